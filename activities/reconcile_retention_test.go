package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

func (f *fixture) sweep() activities.ReconcileSweepResult {
	f.t.Helper()
	result, err := runIn[activities.ReconcileSweepResult](f.env(), f.steps.ReconcileSweep,
		activities.ReconcileSweepInput{Connection: "default", Now: true})
	require.NoError(f.t, err)
	return result
}

// longAgo makes what has happened so far happen 500 days earlier, except that NinjaOne named the alerts just now.
func (f *fixture) longAgo() {
	f.sql(`UPDATE alerts SET updated_at = updated_at - interval '500 days'; UPDATE links SET updated_at = updated_at - interval '500 days';
		UPDATE incidents SET updated_at = updated_at - interval '500 days', closed_at = closed_at - interval '500 days', asset_owed_since = NULL`)
}

// The activity log of a quiet tenant ends with an old alert, and each read of it begins a little below the cursor. The alert stays known: without
// its row it would get a second request. Once the log has gone on, it is removed with all that belongs to it. No vendor is called for that.
func TestSweepLeavesWhatTheLogNames(t *testing.T) {
	t.Parallel()
	f := withCursor(t, settings{})
	f.importedOnce()
	alert := f.triggerAlert("a")
	f.mustOpen(alert, flow.Opened)
	f.reset(alert)
	f.mustClose(alert, flow.Closed)
	f.longAgo()
	read := f.missed()
	require.Empty(t, read.Missed)
	f.advanceCursor(read)
	require.Empty(t, f.compareAlerts(activities.NinjaCompareAlertsInput{}).Missed)
	f.resetCalls()
	f.sweep()
	require.Empty(t, f.calls())
	require.Empty(t, f.missed().Missed, "the log still names it")

	f.sql(`UPDATE alerts SET named_at = named_at - interval '500 days'`)
	require.Positive(t, f.sweep().Removed)
	require.Equal(t, map[string]string{alert.UID: "TR"}, missedEvents(f.missed().Missed), "the sweep removed it although the log names it")
	require.Zero(t, f.sweep().Removed)
}

// An alert that was reset here and that NinjaOne still lists as active stays known, even if one list lacks it.
func TestSweepLeavesWhatTheListNames(t *testing.T) {
	t.Parallel()
	f := withCursor(t, settings{})
	f.importedOnce()
	alert := f.triggerAlert("a")
	f.mustOpen(alert, flow.Opened)
	f.mustClose(alert, flow.Closed)
	f.longAgo()
	f.missed()
	f.compareAlerts(activities.NinjaCompareAlertsInput{})
	f.sql(`DELETE FROM differences`)
	f.sweep()
	require.Empty(t, f.compareAlerts(activities.NinjaCompareAlertsInput{}).Missed, "one look doesn't revive it")
}
