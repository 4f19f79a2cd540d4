package store_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// history returns a record's events, the newest first, without their times.
func (d *database) history(key store.Key) []store.LinkEvent {
	d.t.Helper()
	events, err := d.LinkHistory(d.t.Context(), key)
	require.NoError(d.t, err)
	for i := range events {
		require.WithinDuration(d.t, time.Now(), events[i].At, time.Minute)
		events[i].At = time.Time{}
	}
	return events
}

// The history records each write with its import and outcome, but no attempts and no saves without a write.
func TestLinkHistory(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.NoError(t, d.BeginImport(t.Context(), store.Import{ID: "i1", Connection: connection, WorkflowID: "full-import/default"}))
	link := d.ensureLinked(newCreation(device(7), 31))
	created := store.LinkEvent{
		WorkflowID: "full-import/default", ImportID: "i1", Outcome: rules.Created, State: store.Linked, AcceloID: 31,
		Changes: map[string]store.FieldChange{"title": {To: "SRV"}},
	}
	require.Equal(t, []store.LinkEvent{created}, d.history(device(7)))

	link.Baseline["title"] = rules.Value{Ninja: "SRV", Accelo: "SRV", ID: 5} // only an id is new
	link.Facts = store.Facts{Serial: "s"}
	require.NoError(t, d.SaveLink(t.Context(), &link))
	require.Equal(t, []store.LinkEvent{created}, d.history(device(7)), "nothing was written")

	link.Baseline["title"] = rules.Value{Ninja: "NEW", Accelo: "NEW"}
	link.Baseline["role"] = rules.Value{Ninja: nasty, Accelo: strings.Repeat("é", 600)}
	link.ImportID, link.Outcome, link.CompanyID = "", rules.Updated, 6
	require.NoError(t, d.SaveLink(t.Context(), &link))
	updated := store.LinkEvent{Outcome: rules.Updated, State: store.Linked, AcceloID: 31, Changes: map[string]store.FieldChange{
		"title": {From: "SRV", To: "NEW"}, "role": {To: strings.Repeat("é", 500)}, "company_id": {From: "5", To: "6"},
	}}
	require.Equal(t, []store.LinkEvent{updated, created}, d.history(device(7)))
	require.Empty(t, d.history(device(8)))
	require.Empty(t, d.history(organization(7)))
}

// A finished import is not named for later writes.
func TestHistoryNamesOnlyRunningImports(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.NoError(t, d.BeginImport(t.Context(), store.Import{ID: "i1", Connection: connection, WorkflowID: "full-import/default"}))
	link := d.ensureLinked(newCreation(device(7), 31))
	require.NoError(t, d.FinishImport(t.Context(), "i1", json.RawMessage("{}")))
	link.Baseline["title"] = rules.Value{Ninja: "NEW", Accelo: "NEW"}
	require.NoError(t, d.SaveLink(t.Context(), &link))
	require.NoError(t, d.MarkDeleted(t.Context(), device(7), true))
	events := d.history(device(7))
	require.Len(t, events, 3)
	require.Equal(t, []string{"", "", "i1"}, []string{events[0].ImportID, events[1].ImportID, events[2].ImportID})
	require.Empty(t, events[1].Outcome)
	require.Contains(t, events[0].Changes, "gone_at")
	require.Empty(t, events[0].Changes["gone_at"].From)
}

// A waiting device has one event, however often it is tried, and another once it is linked.
func TestHistoryOfWaiting(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	for range 3 {
		require.NoError(t, d.MarkWaiting(t.Context(), waitingLink(7)))
		s := newCreation(device(7), 31)
		s.createErr = createError{store.NotCreated}
		_, _, err := d.Ensure(t.Context(), s.creation())
		require.Error(t, err)
	}
	require.Len(t, d.history(device(7)), 1)
	d.ensureLinked(newCreation(device(7), 31))
	events := d.history(device(7))
	require.Len(t, events, 2)
	require.Equal(t, []store.State{store.Linked, store.Waiting}, []store.State{events[0].State, events[1].State})
}

// A create with an unknown outcome is recorded.
func TestHistoryOfDoubt(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	s := newCreation(device(7), 31)
	s.createErr = createError{store.InFlight}
	_, _, err := d.Ensure(t.Context(), s.creation())
	require.Error(t, err)
	events := d.history(device(7))
	require.Len(t, events, 1)
	require.Equal(t, store.Doubt, events[0].State)
}

// Only the last 50 events of each link are kept.
func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.ensureLinked(newCreation(device(8), 32))
	link := d.ensureLinked(newCreation(device(7), 31))
	for i := range 60 {
		link.Baseline["title"] = rules.Value{Ninja: "n", Accelo: strconv.Itoa(i)}
		require.NoError(t, d.SaveLink(t.Context(), &link))
	}
	events := d.history(device(7))
	require.Len(t, events, 50)
	require.Equal(t, map[string]store.FieldChange{"title": {From: "58", To: "59"}}, events[0].Changes)
	require.Equal(t, "10", events[49].Changes["title"].To)
	require.Len(t, d.history(device(8)), 1)
}

// BenchmarkSaveLink measures what a link's history costs an import, with and without the triggers.
func BenchmarkSaveLink(b *testing.B) {
	for _, history := range []bool{true, false} {
		b.Run(fmt.Sprintf("history=%t", history), func(b *testing.B) {
			d := open(b, store.ClaimTimes{})
			if !history {
				d.exec(`ALTER TABLE links DISABLE TRIGGER USER`)
			}
			link := d.ensureLinked(newCreation(device(7), 31))
			for i := 0; b.Loop(); i++ {
				key := device(i%1000 + 10)
				if i < 1000 {
					link = d.ensureLinked(newCreation(key, int64(i+100)))
					continue
				}
				link.NinjaID, link.AcceloID = key.NinjaID, int64(i%1000+100)
				for _, name := range []string{"last_online", "last_update", "title"} {
					link.Baseline[name] = rules.Value{Ninja: strconv.Itoa(i), Accelo: strconv.Itoa(i), ID: 7}
				}
				require.NoError(b, d.SaveLink(b.Context(), &link))
			}
		})
	}
}
