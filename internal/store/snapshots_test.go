package store_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// run is an import with its working set.
type run struct {
	*database
	id string
}

// beginRun starts an import of its own workflow, so that several runs can have working sets.
func beginRun(t testing.TB, d *database, id string) *run {
	t.Helper()
	require.NoError(t, d.BeginImport(t.Context(), store.Import{ID: id, Connection: connection, WorkflowID: "full-import/" + id}))
	return &run{database: d, id: id}
}

func (r *run) stage(kind store.RecordKind, records ...store.Record) {
	r.t.Helper()
	for i := range records {
		if records[i].Data == nil {
			records[i].Data = json.RawMessage(`{}`)
		}
	}
	require.NoError(r.t, r.StageRecords(r.t.Context(), r.id, kind, records))
}

func (r *run) outcome(kind store.RecordKind, id string, outcome rules.Outcome, reason string) {
	r.t.Helper()
	require.NoError(r.t, r.SetOutcomes(r.t.Context(), r.id, kind, []store.RecordOutcome{{ID: id, Outcome: outcome, Error: reason}}))
}

// record returns a record that belongs to a parent.
func record(parent int64, id int) store.Record {
	return store.Record{ID: strconv.Itoa(id), ParentID: parent, Key: "key " + strconv.Itoa(id)}
}

func ids(records []store.Record, err error) func(testing.TB) []string {
	return func(t testing.TB) []string {
		t.Helper()
		require.NoError(t, err)
		found := []string{}
		for _, record := range records {
			found = append(found, record.ID)
		}
		return found
	}
}

// A staged record is read back unchanged. Staging it again replaces it and keeps its outcome.
func TestStageRecords(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := beginRun(t, d, "i1")
	data, err := json.Marshal(rules.Device{ID: 7, SystemName: nasty})
	require.NoError(t, err)
	record := store.Record{ID: "7", ParentID: 1 << 40, Key: nasty, Data: data}
	r.stage(store.DeviceRecord, record)
	r.stage(store.DeviceRecord)
	found, err := d.RecordsByID(t.Context(), r.id, store.DeviceRecord, "7", "8")
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.JSONEq(t, string(data), string(found[0].Data))
	found[0].Data = data
	require.Equal(t, record, found[0])

	r.outcome(store.DeviceRecord, "7", rules.Created, "why")
	r.stage(store.DeviceRecord, store.Record{ID: "7", ParentID: 2, Key: "new", Data: json.RawMessage(`{"id": 8}`)})
	found, err = d.RecordsByID(t.Context(), r.id, store.DeviceRecord, "7")
	require.NoError(t, err)
	require.Equal(t, []store.Record{
		{ID: "7", ParentID: 2, Key: "new", Data: json.RawMessage(`{"id": 8}`), Outcome: rules.Created, Error: "why"},
	}, found)
}

func TestStageRecordsRequiresARun(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	records := []store.Record{{ID: "7", Data: json.RawMessage(`{}`)}}
	require.ErrorContains(t, d.StageRecords(t.Context(), "unknown", store.DeviceRecord, records), "stage 1 device")
}

// Pages are in numeric order, not text order.
func TestRecordsAfter(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := beginRun(t, d, "i1")
	r.stage(store.DeviceRecord, record(1, 10), record(1, 9), record(2, 100), record(2, 2))
	r.stage(store.OrganizationRecord, record(0, 3))
	beginRun(t, d, "i2").stage(store.DeviceRecord, record(1, 5))
	var pages [][]string
	for after := int64(0); ; {
		page := ids(d.RecordsAfter(t.Context(), r.id, store.DeviceRecord, after, 3))(t)
		if len(page) == 0 {
			break
		}
		pages = append(pages, page)
		last, err := strconv.ParseInt(page[len(page)-1], 10, 64)
		require.NoError(t, err)
		after = last
	}
	require.Equal(t, [][]string{{"2", "9", "10"}, {"100"}}, pages)
}

func TestRecordsByKeyAndParent(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := beginRun(t, d, "i1")
	same := func(id int, parent int64) store.Record {
		record := record(parent, id)
		record.Key = "same"
		return record
	}
	r.stage(store.AssetRecord, same(10, 1), same(9, 2), record(2, 8))
	r.stage(store.CompanyRecord, same(1, 0))
	require.Equal(t, []string{"9", "10"}, ids(d.RecordsByKey(t.Context(), r.id, store.AssetRecord, "same", "absent"))(t))
	require.Equal(t, []string{"8", "9"}, ids(d.RecordsByParent(t.Context(), r.id, store.AssetRecord, 2, 3))(t))
	require.Empty(t, ids(d.RecordsByParent(t.Context(), r.id, store.AssetRecord))(t))
	require.Empty(t, ids(d.RecordsByKey(t.Context(), "i2", store.AssetRecord, "same"))(t))
}

// The next organizations, by id, are those that are unfinished or have unfinished devices.
func TestNextOrganizations(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := beginRun(t, d, "i1")
	for id := 1; id <= 5; id++ {
		r.stage(store.OrganizationRecord, store.Record{ID: strconv.Itoa(id), Data: json.RawMessage(fmt.Sprintf(`{"name": "Org %d"}`, id))})
	}
	r.stage(store.DeviceRecord, record(2, 21), record(2, 22), record(3, 31), record(4, 41), record(99, 991))
	r.outcome(store.OrganizationRecord, "1", rules.Matched, "")
	r.outcome(store.OrganizationRecord, "2", rules.Created, "")
	r.outcome(store.DeviceRecord, "21", rules.Created, "")
	r.outcome(store.DeviceRecord, "31", rules.Created, "")
	r.outcome(store.OrganizationRecord, "4", rules.Unchanged, "")
	next, err := d.NextOrganizations(t.Context(), r.id, 0, 3)
	require.NoError(t, err)
	require.Equal(t, []store.OrganizationWork{
		{OrganizationID: 2, Name: "Org 2", Devices: 1}, {OrganizationID: 3, Name: "Org 3", Devices: 0}, {OrganizationID: 4, Name: "Org 4", Devices: 1},
	}, next)
	next, err = d.NextOrganizations(t.Context(), r.id, 4, 3)
	require.NoError(t, err)
	require.Equal(t, []store.OrganizationWork{{OrganizationID: 5, Name: "Org 5"}}, next)
	next, err = d.NextOrganizations(t.Context(), r.id, 5, 3)
	require.NoError(t, err)
	require.Empty(t, next)
}

// Alerts have no numeric ids, so they are ordered by uid.
func TestNextAlerts(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := beginRun(t, d, "i1")
	r.stage(store.AlertRecord, store.Record{ID: "b-2"}, store.Record{ID: "a-1"}, store.Record{ID: "c-3"}, store.Record{ID: "d-4"})
	r.outcome(store.AlertRecord, "b-2", rules.Created, "")
	require.Equal(t, []string{"a-1", "c-3"}, ids(d.NextAlerts(t.Context(), r.id, "", 2))(t))
	require.Equal(t, []string{"d-4"}, ids(d.NextAlerts(t.Context(), r.id, "c-3", 2))(t))
}

func TestOrphanDevices(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := beginRun(t, d, "i1")
	r.stage(store.OrganizationRecord, record(0, 1))
	r.stage(store.DeviceRecord, record(1, 11), record(2, 21), record(2, 3))
	beginRun(t, d, "i2").stage(store.OrganizationRecord, record(0, 2))
	require.Equal(t, []string{"3", "21"}, ids(d.OrphanDevices(t.Context(), r.id))(t))
}

// A failed organization also fails its unfinished devices.
func TestFailOrganization(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := beginRun(t, d, "i1")
	r.stage(store.OrganizationRecord, record(0, 1), record(0, 2))
	r.stage(store.DeviceRecord, record(1, 11), record(1, 12), record(2, 21))
	r.outcome(store.DeviceRecord, "11", rules.Created, "")
	require.NoError(t, d.FailOrganization(t.Context(), r.id, 1, nasty))
	tallies, err := d.Tallies(t.Context(), r.id)
	require.NoError(t, err)
	require.ElementsMatch(t, []store.Tally{
		{Kind: store.OrganizationRecord, Outcome: rules.Failed, Count: 1},
		{Kind: store.OrganizationRecord, Count: 1},
		{Kind: store.DeviceRecord, Outcome: rules.Created, Count: 1},
		{Kind: store.DeviceRecord, Outcome: rules.Failed, Count: 1},
		{Kind: store.DeviceRecord, Count: 1},
	}, tallies)
	ofOne, err := d.OutcomesByParent(t.Context(), r.id, store.DeviceRecord, 1)
	require.NoError(t, err)
	require.ElementsMatch(t, []store.Tally{
		{Kind: store.DeviceRecord, Outcome: rules.Created, Count: 1}, {Kind: store.DeviceRecord, Outcome: rules.Failed, Count: 1},
	}, ofOne)
}

// Only unfinished records of NinjaOne fail. Records read from Accelo have no outcome.
func TestFailUnprocessed(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := beginRun(t, d, "i1")
	r.stage(store.OrganizationRecord, record(0, 1), record(0, 2))
	r.stage(store.DeviceRecord, record(1, 11), record(2, 21))
	r.stage(store.AlertRecord, store.Record{ID: "a"})
	r.stage(store.CompanyRecord, record(0, 41))
	r.stage(store.AssetRecord, record(41, 31))
	other := beginRun(t, d, "i2")
	other.stage(store.DeviceRecord, record(1, 11))
	r.outcome(store.OrganizationRecord, "1", rules.Matched, "two of that name")
	r.outcome(store.DeviceRecord, "11", rules.Waiting, "")
	require.NoError(t, d.FailUnprocessed(t.Context(), r.id, "cancelled"))
	tallies, err := d.Tallies(t.Context(), r.id)
	require.NoError(t, err)
	require.ElementsMatch(t, []store.Tally{
		{Kind: store.OrganizationRecord, Outcome: rules.Matched, Count: 1},
		{Kind: store.OrganizationRecord, Outcome: rules.Failed, Count: 1},
		{Kind: store.DeviceRecord, Outcome: rules.Waiting, Count: 1},
		{Kind: store.DeviceRecord, Outcome: rules.Failed, Count: 1},
		{Kind: store.AlertRecord, Outcome: rules.Failed, Count: 1},
	}, tallies)
	tallies, err = d.Tallies(t.Context(), other.id)
	require.NoError(t, err)
	require.Equal(t, []store.Tally{{Kind: store.DeviceRecord, Count: 1}}, tallies)
}

// Problems are all records with an error, whatever their outcome: organizations first, then devices, then alerts.
func TestImportProblems(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := beginRun(t, d, "i1")
	named := func(id, data string) store.Record { return store.Record{ID: id, Data: json.RawMessage(data)} }
	r.stage(store.OrganizationRecord, named("1", `{"name": "Acme"}`), named("2", `{"name": "Apex"}`))
	r.stage(store.DeviceRecord,
		named("11", `{"system_name": "SRV-1", "display_name": "Server"}`), named("12", `{"system_name": "", "display_name": "Desk"}`), named("9", `{}`))
	r.stage(store.AlertRecord, named("a", `{}`))
	r.outcome(store.OrganizationRecord, "2", rules.Matched, "several companies")
	r.outcome(store.OrganizationRecord, "1", rules.Created, "")
	r.outcome(store.AlertRecord, "a", rules.Failed, "no request type")
	for _, id := range []string{"11", "12", "9"} {
		r.outcome(store.DeviceRecord, id, rules.Failed, nasty)
	}
	problems, err := d.ImportProblems(t.Context(), r.id, 100)
	require.NoError(t, err)
	require.Equal(t, []store.ImportProblem{
		{Kind: store.OrganizationRecord, ID: "2", Name: "Apex", Outcome: rules.Matched, Error: "several companies"},
		{Kind: store.DeviceRecord, ID: "9", Outcome: rules.Failed, Error: nasty},
		{Kind: store.DeviceRecord, ID: "11", Name: "SRV-1", Outcome: rules.Failed, Error: nasty},
		{Kind: store.DeviceRecord, ID: "12", Name: "Desk", Outcome: rules.Failed, Error: nasty},
		{Kind: store.AlertRecord, ID: "a", Outcome: rules.Failed, Error: "no request type"},
	}, problems)
	problems, err = d.ImportProblems(t.Context(), r.id, 2)
	require.NoError(t, err)
	require.Len(t, problems, 2)
}

// A reason may contain what a vendor sent and PostgreSQL rejects.
func TestOutcomesWithInvalidText(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := beginRun(t, d, "i1")
	r.stage(store.OrganizationRecord, record(0, 1))
	r.stage(store.DeviceRecord, record(1, 11), record(2, 21))
	r.outcome(store.DeviceRecord, "11", rules.Failed, "a\x00\xff")
	require.NoError(t, d.FailOrganization(t.Context(), r.id, 1, "b\x00\xff"))
	require.NoError(t, d.FailUnprocessed(t.Context(), r.id, "c\x00\xff"))
	problems, err := d.ImportProblems(t.Context(), r.id, 100)
	require.NoError(t, err)
	require.Len(t, problems, 3)
	require.Equal(t, []string{"b", "a", "c"}, []string{problems[0].Error, problems[1].Error, problems[2].Error})
}
