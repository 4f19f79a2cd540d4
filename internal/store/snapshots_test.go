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

// run is an import with a working set.
type run struct {
	*database
	id string
}

// begin starts an import of a workflow of its own, so that several can have working sets.
func begin(t testing.TB, d *database, id string) *run {
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

func (r *run) outcome(kind store.RecordKind, id string, action rules.Outcome, reason string) {
	r.t.Helper()
	require.NoError(r.t, r.SetOutcomes(r.t.Context(), r.id, kind, []store.RecordOutcome{{ID: id, Outcome: action, Error: reason}}))
}

// of makes a record that belongs to a parent.
func of(parent int64, id int) store.Record {
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

// What is staged comes back to the letter; staged again it is replaced, but what became of it stays.
func TestStage(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := begin(t, d, "i1")
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

	r.outcome(store.DeviceRecord, "7", rules.Created, "remark")
	r.stage(store.DeviceRecord, store.Record{ID: "7", ParentID: 2, Key: "new", Data: json.RawMessage(`{"id": 8}`)})
	found, err = d.RecordsByID(t.Context(), r.id, store.DeviceRecord, "7")
	require.NoError(t, err)
	require.Equal(t, []store.Record{
		{ID: "7", ParentID: 2, Key: "new", Data: json.RawMessage(`{"id": 8}`), Outcome: rules.Created, Error: "remark"},
	}, found)
}

func TestStageNeedsARun(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.ErrorContains(t, d.StageRecords(t.Context(), "unknown", store.DeviceRecord, []store.Record{{ID: "7", Data: json.RawMessage(`{}`)}}), "stage 1 device")
}

// Pages go by number, not by text, and end.
func TestRecordsAfter(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := begin(t, d, "i1")
	r.stage(store.DeviceRecord, of(1, 10), of(1, 9), of(2, 100), of(2, 2))
	r.stage(store.OrganizationRecord, of(0, 3))
	begin(t, d, "i2").stage(store.DeviceRecord, of(1, 5))
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
	r := begin(t, d, "i1")
	same := func(id int, parent int64) store.Record {
		record := of(parent, id)
		record.Key = "same"
		return record
	}
	r.stage(store.AssetRecord, same(10, 1), same(9, 2), of(2, 8))
	r.stage(store.CompanyRecord, same(1, 0))
	require.Equal(t, []string{"9", "10"}, ids(d.RecordsByKey(t.Context(), r.id, store.AssetRecord, "same", "absent"))(t))
	require.Equal(t, []string{"8", "9"}, ids(d.RecordsByParent(t.Context(), r.id, store.AssetRecord, 2, 3))(t))
	require.Empty(t, ids(d.RecordsByParent(t.Context(), r.id, store.AssetRecord))(t))
	require.Empty(t, ids(d.RecordsByKey(t.Context(), "i2", store.AssetRecord, "same"))(t))
}

// The next work is organizations in order that are not done, or that have devices which are not.
func TestNextWork(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := begin(t, d, "i1")
	for id := 1; id <= 5; id++ {
		r.stage(store.OrganizationRecord, store.Record{ID: strconv.Itoa(id), Data: json.RawMessage(fmt.Sprintf(`{"name": "Org %d"}`, id))})
	}
	r.stage(store.DeviceRecord, of(2, 21), of(2, 22), of(3, 31), of(4, 41), of(99, 991))
	r.outcome(store.OrganizationRecord, "1", rules.Matched, "")
	r.outcome(store.OrganizationRecord, "2", rules.Created, "")
	r.outcome(store.DeviceRecord, "21", rules.Created, "")
	r.outcome(store.DeviceRecord, "31", rules.Created, "")
	r.outcome(store.OrganizationRecord, "4", rules.Unchanged, "")
	work, err := d.NextOrganizations(t.Context(), r.id, 0, 3)
	require.NoError(t, err)
	require.Equal(t, []store.OrganizationWork{
		{OrganizationID: 2, Name: "Org 2", Devices: 1}, {OrganizationID: 3, Name: "Org 3", Devices: 0}, {OrganizationID: 4, Name: "Org 4", Devices: 1},
	}, work)
	work, err = d.NextOrganizations(t.Context(), r.id, 4, 3)
	require.NoError(t, err)
	require.Equal(t, []store.OrganizationWork{{OrganizationID: 5, Name: "Org 5"}}, work)
	work, err = d.NextOrganizations(t.Context(), r.id, 5, 3)
	require.NoError(t, err)
	require.Empty(t, work)
}

// Alerts have no numbers; they are taken in the order of their uids.
func TestNextAlerts(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := begin(t, d, "i1")
	r.stage(store.AlertRecord, store.Record{ID: "b-2"}, store.Record{ID: "a-1"}, store.Record{ID: "c-3"}, store.Record{ID: "d-4"})
	r.outcome(store.AlertRecord, "b-2", rules.Created, "")
	require.Equal(t, []string{"a-1", "c-3"}, ids(d.NextAlerts(t.Context(), r.id, "", 2))(t))
	require.Equal(t, []string{"d-4"}, ids(d.NextAlerts(t.Context(), r.id, "c-3", 2))(t))
}

func TestOrphans(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := begin(t, d, "i1")
	r.stage(store.OrganizationRecord, of(0, 1))
	r.stage(store.DeviceRecord, of(1, 11), of(2, 21), of(2, 3))
	begin(t, d, "i2").stage(store.OrganizationRecord, of(0, 2))
	require.Equal(t, []string{"3", "21"}, ids(d.OrphanDevices(t.Context(), r.id))(t))
}

// An organization that fails takes those of its devices with it that are not done yet.
func TestFailOrganization(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := begin(t, d, "i1")
	r.stage(store.OrganizationRecord, of(0, 1), of(0, 2))
	r.stage(store.DeviceRecord, of(1, 11), of(1, 12), of(2, 21))
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

// What a run did not reach is failed with the reason, and nothing else; what Accelo holds has no outcome.
func TestFailUnreached(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := begin(t, d, "i1")
	r.stage(store.OrganizationRecord, of(0, 1), of(0, 2))
	r.stage(store.DeviceRecord, of(1, 11), of(2, 21))
	r.stage(store.AlertRecord, store.Record{ID: "a"})
	r.stage(store.CompanyRecord, of(0, 41))
	r.stage(store.AssetRecord, of(41, 31))
	other := begin(t, d, "i2")
	other.stage(store.DeviceRecord, of(1, 11))
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

// Remarks are what has something to say, whatever became of it: organizations first, then devices, then alerts.
func TestRemarks(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := begin(t, d, "i1")
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
	remarks, err := d.ImportProblems(t.Context(), r.id, 100)
	require.NoError(t, err)
	require.Equal(t, []store.ImportProblem{
		{Kind: store.OrganizationRecord, ID: "2", Name: "Apex", Outcome: rules.Matched, Error: "several companies"},
		{Kind: store.DeviceRecord, ID: "9", Outcome: rules.Failed, Error: nasty},
		{Kind: store.DeviceRecord, ID: "11", Name: "SRV-1", Outcome: rules.Failed, Error: nasty},
		{Kind: store.DeviceRecord, ID: "12", Name: "Desk", Outcome: rules.Failed, Error: nasty},
		{Kind: store.AlertRecord, ID: "a", Outcome: rules.Failed, Error: "no request type"},
	}, remarks)
	remarks, err = d.ImportProblems(t.Context(), r.id, 2)
	require.NoError(t, err)
	require.Len(t, remarks, 2)
}

// A reason may hold what a vendor sent, of which PostgreSQL does not take everything.
func TestOutcomesWhatPostgreSQLRefuses(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := begin(t, d, "i1")
	r.stage(store.OrganizationRecord, of(0, 1))
	r.stage(store.DeviceRecord, of(1, 11), of(2, 21))
	r.outcome(store.DeviceRecord, "11", rules.Failed, "a\x00\xff")
	require.NoError(t, d.FailOrganization(t.Context(), r.id, 1, "b\x00\xff"))
	require.NoError(t, d.FailUnprocessed(t.Context(), r.id, "c\x00\xff"))
	remarks, err := d.ImportProblems(t.Context(), r.id, 100)
	require.NoError(t, err)
	require.Len(t, remarks, 3)
	require.Equal(t, []string{"b", "a", "c"}, []string{remarks[0].Error, remarks[1].Error, remarks[2].Error})
}
