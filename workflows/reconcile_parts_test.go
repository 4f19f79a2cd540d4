package workflows_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// A question that NinjaOne refuses again and again keeps neither the other parts from being done nor the run from ending.
func TestReconcileWithARefusedQuestion(t *testing.T) {
	t.Parallel()
	env := newReconcileEnv(t)
	env.logError = temporal.NewApplicationErrorWithOptions("ninjaone: 403 Forbidden", activities.WrongCredential, temporal.ApplicationErrorOptions{})
	env.comparedPages = []activities.NinjaCompareAlertsResult{{Missed: []flow.MissedAlert{missedAlert("b", true, false)}}}
	env.overdue = activities.ReconcileOverdueResult{Alerts: []rules.Alert{{UID: "c"}}}
	env.deleted = activities.NinjaFindGoneResult{Devices: []int{4}}
	result := env.run()
	require.Len(t, result.Left, 1)
	require.Contains(t, result.Left[0], "NinjaOne's activity log: ninjaone: 403 Forbidden")
	require.Subset(t, env.started, []string{"alert-triggered/default/b", "alert-triggered/default/c"})
	require.Len(t, env.registered, 1)
	require.Equal(t, 1, result.Gone.Devices)
	require.Empty(t, env.cursors, "the log was not read")
	require.Len(t, env.finished, 1)
}

// What takes no answer from NinjaOne doesn't wait for one.
func TestReconcilePartsDontWait(t *testing.T) {
	t.Parallel()
	env := newReconcileEnv(t)
	env.logError = temporal.NewApplicationErrorWithOptions("ninjaone: 403 Forbidden", activities.WrongCredential, temporal.ApplicationErrorOptions{})
	env.overdue = activities.ReconcileOverdueResult{Alerts: []rules.Alert{{UID: "c"}}}
	began := env.Now()
	env.run()
	require.Contains(t, env.startedAt, "alert-triggered/default/c")
	require.Zero(t, env.startedAt["alert-triggered/default/c"].Sub(began))
	require.Positive(t, env.Now().Sub(began))
}

// What has ended long ago is removed whether or not a vendor answers, and a database that can't do it now keeps nothing else from being done.
func TestReconcileSweeps(t *testing.T) {
	t.Parallel()
	env := newReconcileEnv(t)
	env.logError = temporal.NewApplicationErrorWithOptions("ninjaone: 403 Forbidden", activities.WrongCredential, temporal.ApplicationErrorOptions{})
	result := env.run()
	require.Equal(t, []activities.ReconcileSweepInput{{Connection: "default"}}, env.swept)
	require.Equal(t, 3, result.Removed)

	env = newReconcileEnv(t)
	env.sweepError = errors.New("deadlock detected")
	env.overdue = activities.ReconcileOverdueResult{Alerts: []rules.Alert{{UID: "c"}}}
	result = env.run()
	require.Len(t, result.Left, 1)
	require.Contains(t, result.Left[0], "what is past its retention: ")
	require.Contains(t, env.started, "alert-triggered/default/c")
}
