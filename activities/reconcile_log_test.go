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

// marked is an office whose activity log is known up to now.
func marked(t *testing.T, s settings) *alertFixture {
	t.Helper()
	f := newAlertFixture(t, s)
	require.Empty(t, f.missed().Missed, "the first look only sets the mark")
	f.resetCalls()
	return f
}

// missed is what one look at the log finds.
func (f *fixture) missed() activities.NinjaReadMissedResult {
	f.t.Helper()
	result, err := runIn[activities.NinjaReadMissedResult](f.env(), f.steps.NinjaReadMissed, activities.NinjaReadMissedInput{Connection: "default"})
	require.NoError(f.t, err)
	return result
}

// raise moves the mark to where a look came to.
func (f *fixture) advanceCursor(looked activities.NinjaReadMissedResult) {
	f.t.Helper()
	_, err := runIn[any](f.env(), f.steps.ReconcileRaise, activities.ReconcileRaiseInput{
		Connection: "default", Mark: looked.Mark, MarkedTime: looked.MarkedTime, Whole: !looked.More,
	})
	require.NoError(f.t, err)
}

// told is what is missed of each alert: T a trigger, R a reset.
func told(missed []flow.MissedAlert) map[string]string {
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

// Only what left no trace with us was missed: not what has a request, nor what was reset, nor what is parked.
func TestMissedIsWhatLeftNoTrace(t *testing.T) {
	t.Parallel()
	f := marked(t, settings{})
	heard, unheard, passed, halfHeard, lateReset := f.triggerAlert("a"), f.triggerAlert("b"), f.triggerAlert("c"), f.triggerAlert("d"), f.triggerAlert("e")
	for _, alert := range []rules.Alert{heard, lateReset} {
		f.mustOpen(alert, flow.Opened)
	}
	f.reset(passed)
	f.reset(lateReset)
	f.reset(halfHeard)
	f.mustClose(halfHeard, "tombstone")
	looked := f.missed()
	require.Equal(t, map[string]string{unheard.UID: "T", passed.UID: "TR", lateReset.UID: "R"}, told(looked.Missed))
	require.Equal(t, unheard.UID, looked.Missed[0].UID, "the oldest first")
	require.Equal(t, "SHIP", looked.Missed[0].Trigger.DeviceName)
	require.Equal(t, f.organization, looked.Missed[0].Trigger.OrganizationID)

	f.mustOpen(unheard, flow.Opened)
	f.mustOpen(passed, flow.Opened)
	f.mustClose(passed, "closed")
	f.mustClose(lateReset, "closed")
	f.advanceCursor(looked)
	require.Empty(t, f.missed().Missed)
}

// What NinjaOne writes down late, below the mark, is still found.
func TestMissedLooksBehindTheMark(t *testing.T) {
	t.Parallel()
	f := marked(t, settings{})
	late, early := f.triggerAlert("a"), f.triggerAlert("b")
	f.mustOpen(early, flow.Opened)
	f.advanceCursor(activities.NinjaReadMissedResult{Mark: early.ActivityID, MarkedTime: time.Now()})
	require.Equal(t, map[string]string{late.UID: "T"}, told(f.missed().Missed))
}

// A long outage is handed out in portions, each of which moves the mark to just before what is left; none is lost or told twice.
func TestMissedInPortions(t *testing.T) {
	t.Parallel()
	f := marked(t, settings{})
	var fired []string
	for range 450 {
		fired = append(fired, f.triggerAlert("a").UID)
	}
	var found []string
	for portions := 1; ; portions++ {
		looked := f.missed()
		for _, alert := range looked.Missed {
			found = append(found, alert.UID)
			_, err := f.open(*alert.Trigger)
			require.NoError(t, err)
		}
		f.advanceCursor(looked)
		if !looked.More {
			require.Equal(t, 3, portions)
			break
		}
	}
	require.Equal(t, fired, found)
}

// The operator's rules hold for what is found late as well: too mild an alert opens nothing, and one that passed within the
// hold-down leaves only its reset.
func TestMissedKeepsTheRules(t *testing.T) {
	t.Parallel()
	f := marked(t, settings{alerts: flow.AlertRules{MinSeverity: "CRITICAL"}})
	f.reset(f.triggerAlert("a"))
	require.Empty(t, f.missed().Missed)

	held := marked(t, settings{alerts: flow.AlertRules{HoldDown: time.Hour}})
	passed := held.triggerAlert("a")
	held.reset(passed)
	looked := held.missed()
	require.Equal(t, map[string]string{passed.UID: "R"}, told(looked.Missed))
	require.Equal(t, time.Hour, looked.Rules.HoldDown)
}

// A feed that does not go back when it is asked to is no feed that was read to its end.
func TestMissedNotFromAFeedThatStandsStill(t *testing.T) {
	t.Parallel()
	f := marked(t, settings{})
	alert := f.triggerAlert("a")
	require.NoError(t, f.ninja.Lab.Faults.Set(lab.Fault{Kind: lab.FaultStatus, Path: "activities"}))
	_, err := runIn[activities.NinjaReadMissedResult](f.env(), f.steps.NinjaReadMissed, activities.NinjaReadMissedInput{Connection: "default"})
	require.Error(t, err)
	require.NoError(t, f.ninja.Lab.Faults.Set())
	require.Equal(t, map[string]string{alert.UID: "T"}, told(f.missed().Missed), "an error moved no mark")
}

// The steady state costs one call, whatever the log holds.
func TestMissedCosts(t *testing.T) {
	t.Parallel()
	f := marked(t, settings{})
	alert := f.triggerAlert("a")
	f.mustOpen(alert, flow.Opened)
	f.advanceCursor(activities.NinjaReadMissedResult{Mark: alert.ActivityID, MarkedTime: time.Now().Add(time.Hour)})
	f.resetCalls()
	require.Equal(t, flow.APICalls{Ninjaone: 1}, f.missed().APICalls)
	require.Equal(t, []string{"GET /v2/activities"}, slices.Compact(f.calls()))
}
