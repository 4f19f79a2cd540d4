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
func marked(t *testing.T, s settings) *office {
	t.Helper()
	o := newOffice(t, s)
	require.Empty(t, o.missed().Missed, "the first look only sets the mark")
	o.forget()
	return o
}

// missed is what one look at the log finds.
func (w *world) missed() activities.NinjaReadMissedResult {
	w.t.Helper()
	result, err := runIn[activities.NinjaReadMissedResult](w.env(), w.steps.NinjaReadMissed, activities.NinjaReadMissedInput{Connection: "default"})
	require.NoError(w.t, err)
	return result
}

// raise moves the mark to where a look came to.
func (w *world) raise(looked activities.NinjaReadMissedResult) {
	w.t.Helper()
	_, err := runIn[any](w.env(), w.steps.ReconcileRaise, activities.ReconcileRaiseInput{
		Connection: "default", Mark: looked.Mark, MarkedTime: looked.MarkedTime, Whole: !looked.More,
	})
	require.NoError(w.t, err)
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

func (o *office) reset(alert rules.Alert) {
	o.t.Helper()
	_, err := o.ninja.ResetAlertBy(alert.UID, 0)
	require.NoError(o.t, err)
}

// Only what left no trace with us was missed: not what has a request, nor what was reset, nor what is parked.
func TestMissedIsWhatLeftNoTrace(t *testing.T) {
	t.Parallel()
	o := marked(t, settings{})
	heard, unheard, passed, halfHeard, lateReset := o.fires("a"), o.fires("b"), o.fires("c"), o.fires("d"), o.fires("e")
	for _, alert := range []rules.Alert{heard, lateReset} {
		o.opens(alert, flow.Opened)
	}
	o.reset(passed)
	o.reset(lateReset)
	o.reset(halfHeard)
	o.closes(halfHeard, "tombstone")
	looked := o.missed()
	require.Equal(t, map[string]string{unheard.UID: "T", passed.UID: "TR", lateReset.UID: "R"}, told(looked.Missed))
	require.Equal(t, unheard.UID, looked.Missed[0].UID, "the oldest first")
	require.Equal(t, "SHIP", looked.Missed[0].Trigger.DeviceName)
	require.Equal(t, o.organization, looked.Missed[0].Trigger.OrganizationID)

	o.opens(unheard, flow.Opened)
	o.opens(passed, flow.Opened)
	o.closes(passed, "closed")
	o.closes(lateReset, "closed")
	o.raise(looked)
	require.Empty(t, o.missed().Missed)
}

// What NinjaOne writes down late, below the mark, is still found.
func TestMissedLooksBehindTheMark(t *testing.T) {
	t.Parallel()
	o := marked(t, settings{})
	late, early := o.fires("a"), o.fires("b")
	o.opens(early, flow.Opened)
	o.raise(activities.NinjaReadMissedResult{Mark: early.ActivityID, MarkedTime: time.Now()})
	require.Equal(t, map[string]string{late.UID: "T"}, told(o.missed().Missed))
}

// A long outage is handed out in portions, each of which moves the mark to just before what is left; none is lost or told twice.
func TestMissedInPortions(t *testing.T) {
	t.Parallel()
	o := marked(t, settings{})
	var fired []string
	for range 450 {
		fired = append(fired, o.fires("a").UID)
	}
	var found []string
	for portions := 1; ; portions++ {
		looked := o.missed()
		for _, alert := range looked.Missed {
			found = append(found, alert.UID)
			_, err := o.open(*alert.Trigger)
			require.NoError(t, err)
		}
		o.raise(looked)
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
	o := marked(t, settings{alerts: flow.AlertRules{MinSeverity: "CRITICAL"}})
	o.reset(o.fires("a"))
	require.Empty(t, o.missed().Missed)

	held := marked(t, settings{alerts: flow.AlertRules{HoldDown: time.Hour}})
	passed := held.fires("a")
	held.reset(passed)
	looked := held.missed()
	require.Equal(t, map[string]string{passed.UID: "R"}, told(looked.Missed))
	require.Equal(t, time.Hour, looked.Rules.HoldDown)
}

// A feed that does not go back when it is asked to is no feed that was read to its end.
func TestMissedNotFromAFeedThatStandsStill(t *testing.T) {
	t.Parallel()
	o := marked(t, settings{})
	alert := o.fires("a")
	require.NoError(t, o.ninja.Lab.Faults.Set(lab.Fault{Kind: lab.FaultStatus, Path: "activities"}))
	_, err := runIn[activities.NinjaReadMissedResult](o.env(), o.steps.NinjaReadMissed, activities.NinjaReadMissedInput{Connection: "default"})
	require.Error(t, err)
	require.NoError(t, o.ninja.Lab.Faults.Set())
	require.Equal(t, map[string]string{alert.UID: "T"}, told(o.missed().Missed), "an error moved no mark")
}

// The steady state costs one call, whatever the log holds.
func TestMissedCosts(t *testing.T) {
	t.Parallel()
	o := marked(t, settings{})
	alert := o.fires("a")
	o.opens(alert, flow.Opened)
	o.raise(activities.NinjaReadMissedResult{Mark: alert.ActivityID, MarkedTime: time.Now().Add(time.Hour)})
	o.forget()
	require.Equal(t, flow.APICalls{Ninjaone: 1}, o.missed().APICalls)
	require.Equal(t, []string{"GET /v2/activities"}, slices.Compact(o.calls()))
}
