package activities_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
)

// withCursor returns a fixture whose cursor is at the end of the activity log.
func withCursor(t *testing.T, s settings) *alertFixture {
	t.Helper()
	f := newAlertFixture(t, s)
	require.Empty(t, f.missed().Missed, "the first run only sets the cursor")
	f.resetCalls()
	return f
}

// missed returns what one read of the log finds.
func (f *fixture) missed() activities.NinjaReadMissedResult {
	f.t.Helper()
	result, err := runIn[activities.NinjaReadMissedResult](f.env(), f.steps.NinjaReadMissed, activities.NinjaReadMissedInput{Connection: "default"})
	require.NoError(f.t, err)
	return result
}

// advanceCursor moves the cursor to where a read ended.
func (f *fixture) advanceCursor(read activities.NinjaReadMissedResult) {
	f.t.Helper()
	_, err := runIn[any](f.env(), f.steps.ReconcileRaise, activities.ReconcileRaiseInput{
		Connection: "default", Mark: read.Mark, MarkedTime: read.MarkedTime, Whole: !read.More,
	})
	require.NoError(f.t, err)
}

// missedEvents returns the missed events of each alert: T for a trigger, R for a reset.
func missedEvents(missed []flow.MissedAlert) map[string]string {
	found := map[string]string{}
	for _, alert := range missed {
		if alert.Trigger != nil {
			found[alert.UID] += "T"
		}
		if alert.Reset != nil {
			found[alert.UID] += "R"
		}
	}
	return found
}

func (f *alertFixture) reset(alert rules.Alert) {
	f.t.Helper()
	_, err := f.ninja.ResetAlertBy(alert.UID, 0)
	require.NoError(f.t, err)
}

// Only unknown events were missed: not those of alerts that have a request, were reset, or failed.
func TestMissedEventsAreUnknownOnes(t *testing.T) {
	t.Parallel()
	f := withCursor(t, settings{})
	known, missed, cleared, resetFirst, missedReset := f.triggerAlert("a"), f.triggerAlert("b"), f.triggerAlert("c"), f.triggerAlert("d"), f.triggerAlert("e")
	for _, alert := range []rules.Alert{known, missedReset} {
		f.mustOpen(alert, flow.Opened)
	}
	f.reset(cleared)
	f.reset(missedReset)
	f.reset(resetFirst)
	f.mustClose(resetFirst, "tombstone")
	read := f.missed()
	require.Equal(t, map[string]string{missed.UID: "T", cleared.UID: "TR", missedReset.UID: "R"}, missedEvents(read.Missed))
	require.Equal(t, missed.UID, read.Missed[0].UID, "the oldest first")
	require.Equal(t, "SHIP", read.Missed[0].Trigger.DeviceName)
	require.Equal(t, f.organization, read.Missed[0].Trigger.OrganizationID)

	f.mustOpen(missed, flow.Opened)
	f.mustOpen(cleared, flow.Opened)
	f.mustClose(cleared, "closed")
	f.mustClose(missedReset, "closed")
	f.advanceCursor(read)
	require.Empty(t, f.missed().Missed)
}

// An entry that NinjaOne writes late, below the cursor, is still found.
func TestLateEntryIsFound(t *testing.T) {
	t.Parallel()
	f := withCursor(t, settings{})
	late, early := f.triggerAlert("a"), f.triggerAlert("b")
	f.mustOpen(early, flow.Opened)
	f.advanceCursor(activities.NinjaReadMissedResult{Mark: early.ActivityID, MarkedTime: time.Now()})
	require.Equal(t, map[string]string{late.UID: "T"}, missedEvents(f.missed().Missed))
}

// A long outage is handed out in batches. Each moves the cursor to just before the rest; no event is lost or repeated.
func TestMissedInBatches(t *testing.T) {
	t.Parallel()
	f := withCursor(t, settings{})
	var fired []string
	for range 450 {
		fired = append(fired, f.triggerAlert("a").UID)
	}
	var found []string
	for batches := 1; ; batches++ {
		read := f.missed()
		for _, alert := range read.Missed {
			found = append(found, alert.UID)
			_, err := f.open(*alert.Trigger)
			require.NoError(t, err)
		}
		f.advanceCursor(read)
		if !read.More {
			require.Equal(t, 3, batches)
			break
		}
	}
	require.Equal(t, fired, found)
}

// The alert rules apply to missed events as well: an alert below the severity opens nothing, and of one that cleared within the
// hold-down only the reset counts.
func TestMissedEventsFollowRules(t *testing.T) {
	t.Parallel()
	f := withCursor(t, settings{alerts: flow.AlertRules{MinSeverity: "CRITICAL"}})
	f.reset(f.triggerAlert("a"))
	require.Empty(t, f.missed().Missed)

	held := withCursor(t, settings{alerts: flow.AlertRules{HoldDown: time.Hour}})
	passed := held.triggerAlert("a")
	held.reset(passed)
	read := held.missed()
	require.Equal(t, map[string]string{passed.UID: "R"}, missedEvents(read.Missed))
	require.Equal(t, time.Hour, read.Rules.HoldDown)
}

// A read that fails does not move the cursor.
func TestFailedReadKeepsCursor(t *testing.T) {
	t.Parallel()
	f := withCursor(t, settings{})
	alert := f.triggerAlert("a")
	require.NoError(t, f.ninja.Lab.Faults.Set(lab.Fault{Kind: lab.FaultStatus, Path: "activities"}))
	_, err := runIn[activities.NinjaReadMissedResult](f.env(), f.steps.NinjaReadMissed, activities.NinjaReadMissedInput{Connection: "default"})
	require.Error(t, err)
	require.NoError(t, f.ninja.Lab.Faults.Set())
	require.Equal(t, map[string]string{alert.UID: "T"}, missedEvents(f.missed().Missed), "the cursor did not move")
}

// Without missed events a read takes one call.
func TestReadWithoutMissedEvents(t *testing.T) {
	t.Parallel()
	f := withCursor(t, settings{})
	alert := f.triggerAlert("a")
	f.mustOpen(alert, flow.Opened)
	f.advanceCursor(activities.NinjaReadMissedResult{Mark: alert.ActivityID, MarkedTime: time.Now().Add(time.Hour)})
	f.resetCalls()
	require.Equal(t, flow.APICalls{Ninjaone: 1}, f.missed().APICalls)
	require.Equal(t, []string{"GET /v2/activities"}, slices.Compact(f.calls()))
}
