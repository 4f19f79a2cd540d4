package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ninjaone-accelo/internal/store"
)

// alertFixture plays the alert workflows: its steps do what the activities do with the store, and requests is what Accelo would hold.
type alertFixture struct {
	*database
	mu       sync.Mutex
	requests map[int64]string // standing, by incident
	next     int64
}

func newAlertFixture(t testing.TB) *alertFixture {
	return &alertFixture{database: open(t, store.ClaimTimes{}), requests: map[int64]string{}}
}

func (f *alertFixture) set(incident int64, standing string) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests[incident] = standing
	f.next++
	return f.next
}

// trigger plays AlertTriggered: it opens the request, and closes it if all its alerts were reset in the meantime.
func (f *alertFixture) trigger(t testing.TB, key, uid string) {
	triggered, err := f.TriggerAlert(t.Context(), store.AlertTrigger{
		Connection: connection, UID: uid, OrganizationID: 1, DeviceID: 2, RecurrenceKey: key, NoteInterval: time.Hour,
	})
	require.NoError(t, err)
	if triggered.Role != store.Leads || triggered.Incident.State != store.IncidentOpening {
		return
	}
	request := f.set(triggered.Incident.ID, "open")
	active, err := f.MarkIncidentOpen(t.Context(), triggered.Incident.ID, request)
	require.NoError(t, err)
	if !active {
		f.reset(t, uid)
	}
}

// reset plays AlertReset: it closes the request after the last of its alerts.
func (f *alertFixture) reset(t testing.TB, uid string) {
	incident, last, err := f.ResetAlert(t.Context(), connection, uid, 0, nil)
	require.NoError(t, err)
	if incident == nil || !last || incident.State != store.IncidentOpen {
		return
	}
	begun, err := f.BeginClose(t.Context(), incident.ID, time.Now())
	require.NoError(t, err)
	if begun {
		f.set(incident.ID, "closed")
		require.NoError(t, f.CloseIncident(t.Context(), incident.ID, store.ByReset))
	}
}

// A reset that races its trigger leaves no open request, whichever comes first.
func TestTriggerAndResetConcurrently(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t)
	for i := range 1000 {
		uid := fmt.Sprintf("alert-%d", i)
		var both sync.WaitGroup
		first, second := f.trigger, func(t testing.TB, _, uid string) { f.reset(t, uid) }
		if i%2 == 1 {
			first, second = second, first
		}
		both.Go(func() { first(t, "key-"+uid, uid) })
		both.Go(func() { second(t, "key-"+uid, uid) })
		both.Wait()
	}
	for incident, standing := range f.requests {
		require.Equal(t, "closed", standing, "incident %d", incident)
	}
	open, err := f.CountOpenAlerts(t.Context(), connection)
	require.NoError(t, err)
	require.Zero(t, open)
}

// Triggers and resets may come in any order and more than once. In the end a request is open exactly if one of its alerts is active, and no
// recurrence key has two open requests.
func TestAlertsInAnyOrder(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t)
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		prefix := fmt.Sprintf("round-%d-", round)
		triggered, reset := map[string]bool{}, map[string]bool{}
		for range rapid.IntRange(1, 12).Draw(r, "events") {
			alert := rapid.IntRange(0, 5).Draw(r, "alert")
			uid := fmt.Sprintf("%s%d", prefix, alert)
			if rapid.Bool().Draw(r, "resets") {
				f.reset(t, uid)
				reset[uid] = true
			} else {
				f.trigger(t, fmt.Sprintf("%skey-%d", prefix, alert%2), uid)
				triggered[uid] = true
			}
		}
		for group := range 2 {
			want := 0
			for alert := group; alert < 6; alert += 2 {
				if uid := fmt.Sprintf("%s%d", prefix, alert); triggered[uid] && !reset[uid] {
					want = 1
				}
			}
			key := fmt.Sprintf("%skey-%d", prefix, group)
			require.Equal(r, want, value[int](f.database,
				`SELECT count(*)::int FROM incidents WHERE recurrence_key = $1 AND state IN ('opening', 'open')`, key))
		}
	})
}
