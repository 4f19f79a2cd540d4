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

// flows stands for the alert flows: each step is what an activity does with the state machine, and requests are what Accelo
// would hold.
type flows struct {
	*database
	mu       sync.Mutex
	requests map[int64]string // standing by incident
	next     int64
}

func newFlows(t testing.TB) *flows {
	return &flows{database: open(t, store.ClaimTimes{}), requests: map[int64]string{}}
}

func (f *flows) set(incident int64, standing string) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests[incident] = standing
	f.next++
	return f.next
}

// trigger is AlertTriggered: open the request, then close it when every alert was reset meanwhile.
func (f *flows) trigger(t testing.TB, key, uid string) {
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

// reset is AlertReset: close the request when this was the last of its alerts.
func (f *flows) reset(t testing.TB, uid string) {
	incident, last, err := f.ResetAlert(t.Context(), connection, uid, 0)
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

// TestTriggerAndResetAtOnce lets an alert's reset run against its trigger, a thousand times: the request ends closed or was
// never opened, whichever comes first.
func TestTriggerAndResetAtOnce(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
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

// TestAlertsInAnyOrder plays the triggers and resets of a few alerts of two faults in any order, any of them any number of
// times: in the end a request is open exactly when one of its alerts is, and no fault ever has two requests open.
func TestAlertsInAnyOrder(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		prefix := fmt.Sprintf("round-%d-", round)
		fired, over := map[string]bool{}, map[string]bool{}
		for range rapid.IntRange(1, 12).Draw(r, "events") {
			alert := rapid.IntRange(0, 5).Draw(r, "alert")
			uid := fmt.Sprintf("%s%d", prefix, alert)
			if rapid.Bool().Draw(r, "resets") {
				f.reset(t, uid)
				over[uid] = true
			} else {
				f.trigger(t, fmt.Sprintf("%sfault-%d", prefix, alert%2), uid)
				fired[uid] = true
			}
		}
		for fault := range 2 {
			wanted := 0
			for alert := fault; alert < 6; alert += 2 {
				if uid := fmt.Sprintf("%s%d", prefix, alert); fired[uid] && !over[uid] {
					wanted = 1
				}
			}
			key := fmt.Sprintf("%sfault-%d", prefix, fault)
			require.Equal(r, wanted, value[int](f.database,
				`SELECT count(*)::int FROM incidents WHERE recurrence_key = $1 AND state IN ('opening', 'open')`, key))
		}
	})
}
