package activities_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// An alert that an import brings begins nothing while only the reserve is left, because a live alert of the same fault would join it and wait
// with it. It is owed all the same.
func TestImportedAlertWithoutBudgetHoldsUpNoLiveOne(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{reserve: 0.2})
	imported, live := f.triggerAlert(full), f.triggerAlert(full)
	f.accelo.SetRateLimit(1000, time.Hour)
	f.accelo.SpendCalls(1000 - 200)
	f.mustOpen(f.triggerAlert("another condition"), flow.Opened) // and the budget is known

	env := f.env()
	env.SetWorkerOptions(f.workerOptionsUnder(accelo.WithLane(t.Context(), accelo.Bulk)))
	_, err := runIn[activities.AcceloOpenRequestResult](env, f.steps.AcceloOpenRequest,
		activities.AcceloOpenRequestInput{Connection: "default", Alert: imported})
	require.Equal(t, activities.WaitingForBudget, applicationError(t, err).Type())

	f.mustOpen(live, flow.Opened)
	owed := func(alert rules.Alert) bool { return alert.UID == imported.UID }
	require.True(t, slices.ContainsFunc(f.overdue().Alerts, owed))
	f.mustOpen(imported, flow.Joined)
	require.False(t, slices.ContainsFunc(f.overdue().Alerts, owed))
}
