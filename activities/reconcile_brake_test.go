package activities_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// manyOpen returns n alerts on as many devices, whose requests were opened an hour ago.
func (f *alertFixture) manyOpen(n int) []rules.Alert {
	f.t.Helper()
	alerts := make([]rules.Alert, n)
	for i := range alerts {
		alerts[i] = f.fixture.triggerAlert(f.fixture.device(f.organization, "BOX-"+strconv.Itoa(i)), "a")
		f.insertOpen(alerts[i])
	}
	f.ageAlerts()
	return alerts
}

func (f *alertFixture) vanish(alerts ...rules.Alert) {
	f.t.Helper()
	for _, alert := range alerts {
		require.NoError(f.t, f.ninja.VanishAlert(alert.UID))
	}
}

// resetsIn compares active alerts and returns how many resets it found, and why others need approval. The resets are carried out.
func (f *alertFixture) resetsIn(in activities.NinjaCompareAlertsInput) (resets int, held string) {
	f.t.Helper()
	in.Now = true
	result := f.compareAlerts(in)
	for _, missed := range result.Missed {
		if missed.Reset != nil {
			resets++
			f.sql(`UPDATE alerts SET state = 'reset' WHERE uid = '` + missed.UID + `'`)
		}
	}
	return resets, result.Held
}

// holdFor stores that a run waits for what its check held, and returns when a user could read that.
func (f *fixture) holdFor(check time.Time, reason string) activities.ReconcileHoldResult {
	f.t.Helper()
	held, err := runIn[activities.ReconcileHoldResult](f.env(), f.steps.ReconcileHold, activities.ReconcileHoldInput{
		Connection: "default", WorkflowID: "reconcile/default", RunID: "run", Reason: reason, Check: check, Interval: time.Hour,
	})
	require.NoError(f.t, err)
	require.True(f.t, held.Ours)
	return held
}

// A change needs approval above ten and above a fifth of the alerts, both. Resets that the log reports need none.
func TestMassResetNeedsApproval(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		open, vanish int
		held         bool
	}{
		{name: "ten of ten", open: 10, vanish: 10},
		{name: "eleven of eleven", open: 11, vanish: 11, held: true},
		{name: "eleven of fifty-five", open: 55, vanish: 11},
		{name: "eleven of fifty-four", open: 54, vanish: 11, held: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{})
			alerts := f.manyOpen(test.open)
			f.vanish(alerts[:test.vanish]...)
			resets, held := f.resetsIn(activities.NinjaCompareAlertsInput{})
			require.Zero(t, resets, "one look is not enough")
			require.Equal(t, test.held, held != "")
			resets, held = f.resetsIn(activities.NinjaCompareAlertsInput{})
			if !test.held {
				require.Equal(t, test.vanish, resets)
				require.Empty(t, held)
				return
			}
			require.Zero(t, resets)
			require.Equal(t, strconv.Itoa(test.vanish)+" of "+strconv.Itoa(test.open)+" open alerts are no longer listed by NinjaOne", held)
		})
	}
	t.Run("the log reports them", func(t *testing.T) {
		t.Parallel()
		f := newAlertFixture(t, settings{})
		for _, alert := range f.manyOpen(20) {
			f.reset(alert)
		}
		resets, held := f.resetsIn(activities.NinjaCompareAlertsInput{})
		require.Equal(t, 20, resets)
		require.Empty(t, held)
	})
}

// An approval lets through what was shown, and nothing that is missing since.
func TestApprovalCoversWhatWasShown(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alerts := f.manyOpen(30)
	f.vanish(alerts[:12]...)
	check := time.Now().Truncate(time.Microsecond)
	_, reason := f.resetsIn(activities.NinjaCompareAlertsInput{Check: check})
	require.NotEmpty(t, reason)
	shown := f.holdFor(check, reason)
	require.Equal(t, 12, shown.Count)
	require.Contains(t, shown.Changes, "alert "+alerts[0].UID)

	f.vanish(alerts[12:24]...)
	fresh := f.triggerAlert("b")
	f.mustOpen(fresh, flow.Opened)
	f.vanish(fresh)
	check = time.Now().Truncate(time.Microsecond)
	resets, held := f.resetsIn(activities.NinjaCompareAlertsInput{Check: check, Approved: true, ApprovedAt: shown.ShownAt})
	require.Equal(t, 12, resets)
	require.Equal(t, "12 of 19 open alerts are no longer listed by NinjaOne (12 more were closed for that reason in the last 24 hours)", held,
		"the others wait for an approval of their own")
	again := f.holdFor(check, held)
	require.Equal(t, 12, again.Count)
	require.NotContains(t, again.Changes, "alert "+alerts[0].UID)
	resets, _ = f.resetsIn(activities.NinjaCompareAlertsInput{Approved: true, ApprovedAt: shown.ShownAt})
	require.Zero(t, resets, "the first approval is used up")
	resets, held = f.resetsIn(activities.NinjaCompareAlertsInput{Approved: true, ApprovedAt: again.ShownAt})
	require.Equal(t, 12, resets)
	require.Empty(t, held)
	f.vanish(alerts[24])
	_, held = f.resetsIn(activities.NinjaCompareAlertsInput{})
	require.NotEmpty(t, held, "one more after an approval is more than was shown")
}

// What was shown and approved is looked at once more: an alert that is active after all stays so.
func TestApprovalIsNoEvidence(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	f.manyOpen(12)
	f.ninjaFaults(listEmpty(), deviceAlertsEmpty())
	check := time.Now().Truncate(time.Microsecond)
	_, reason := f.resetsIn(activities.NinjaCompareAlertsInput{Check: check})
	shown := f.holdFor(check, reason)
	f.ninjaFaults(listEmpty())
	resets, held := f.resetsIn(activities.NinjaCompareAlertsInput{Approved: true, ApprovedAt: shown.ShownAt})
	require.Zero(t, resets)
	require.Empty(t, held, "their devices list them")
	f.ninjaFaults(listEmpty(), deviceAlertsEmpty())
	resets, held = f.resetsIn(activities.NinjaCompareAlertsInput{})
	require.Zero(t, resets, "the approval was for another change")
	require.NotEmpty(t, held)
}

// The brake counts a day, not a run: changes that are each small enough add up.
func TestBrakeCountsADay(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alerts := f.manyOpen(40)
	f.vanish(alerts[:8]...)
	f.resetsIn(activities.NinjaCompareAlertsInput{})
	resets, _ := f.resetsIn(activities.NinjaCompareAlertsInput{})
	require.Equal(t, 8, resets)

	f.vanish(alerts[8:12]...)
	check := time.Now().Truncate(time.Microsecond)
	_, reason := f.resetsIn(activities.NinjaCompareAlertsInput{Check: check})
	require.Equal(t, "4 of 32 open alerts are no longer listed by NinjaOne (8 more were closed for that reason in the last 24 hours)", reason)
	shown := f.holdFor(check, reason)
	require.Equal(t, 4, shown.Count)
	resets, held := f.resetsIn(activities.NinjaCompareAlertsInput{Approved: true, ApprovedAt: shown.ShownAt})
	require.Equal(t, 4, resets)
	require.Empty(t, held)

	f.sql(`UPDATE conclusions SET at = at - interval '25 hours'`)
	f.vanish(alerts[12:17]...)
	f.resetsIn(activities.NinjaCompareAlertsInput{})
	resets, held = f.resetsIn(activities.NinjaCompareAlertsInput{})
	require.Equal(t, 5, resets)
	require.Empty(t, held, "yesterday doesn't count")
}
