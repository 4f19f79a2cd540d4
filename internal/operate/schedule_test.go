package operate_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/store"
)

// The option import_interval makes, changes and removes the schedule at once.
func TestImportInterval(t *testing.T) {
	t.Parallel()
	started := make(chan flow.ScheduledImportInput, 1)
	f := newFixture(t).withTemporal(map[string]any{
		flow.ScheduledImport: func(_ workflow.Context, in flow.ScheduledImportInput) error {
			started <- in
			return nil
		},
	})
	require.NoError(t, f.store.SaveSettings(t.Context(), "msp", store.Settings{Connected: true}, true, nil))
	schedule := func() (*client.ScheduleDescription, error) {
		return f.temporal.ScheduleClient().GetHandle(t.Context(), "scheduled-import/msp").Describe(t.Context())
	}
	set := func(interval string) {
		t.Helper()
		_, err := f.SetOptions(t.Context(), admin, operate.SetOptions{Connection: "msp", Options: map[string]string{"import_interval": interval}})
		require.NoError(t, err)
	}
	var missing *serviceerror.NotFound
	for _, interval := range []string{"24h", "12h"} {
		set(interval)
		made, err := schedule()
		require.NoError(t, err)
		every, err := time.ParseDuration(interval)
		require.NoError(t, err)
		require.Equal(t, every, made.Schedule.Spec.Intervals[0].Every)
	}
	require.NoError(t, f.temporal.ScheduleClient().GetHandle(t.Context(), "scheduled-import/msp").Trigger(t.Context(), client.ScheduleTriggerOptions{}))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	select {
	case in := <-started:
		require.Equal(t, "msp", in.Connection)
	case <-ctx.Done():
		require.Fail(t, "the schedule starts nothing")
	}
	set("0")
	_, err := schedule()
	require.ErrorAs(t, err, &missing)
	scheduled, err := f.Schedule(t.Context(), "msp")
	require.NoError(t, err)
	require.Zero(t, scheduled.ImportEvery)
}
