package activities_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/simulator/lab"
)

// A device that keeps failing while Accelo works otherwise is marked as failed in the end, so that it does not block the import.
// This needs a real server, since only a server counts attempts.
func TestDeviceFailsAfterMaxAttempts(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: short})
	id, organization, devices := f.prepareImport(names(3)...)
	f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Status: 500, Method: "POST", Path: "/assets$"})
	quiet := log.NewStructuredLogger(slog.New(slog.DiscardHandler))
	address, namespace := localtest.Temporal(t)
	c, err := client.DialContext(t.Context(), client.Options{HostPort: address, Namespace: namespace, Logger: quiet})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	queue := worker.New(c, "devices", f.workerOptions())
	queue.RegisterActivity(f.steps)
	queue.RegisterWorkflowWithOptions(func(ctx workflow.Context) (activities.AcceloSyncDevicesResult, error) {
		var result activities.AcceloSyncDevicesResult
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Millisecond, BackoffCoefficient: 1},
		})
		err := workflow.ExecuteActivity(ctx, f.steps.AcceloSyncDevices,
			activities.AcceloSyncDevicesInput{Connection: "default", ImportID: id, OrganizationID: organization}).Get(ctx, &result)
		return result, err
	}, workflow.RegisterOptions{Name: "Devices"})
	require.NoError(t, queue.Start())
	t.Cleanup(queue.Stop)

	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: "devices"}, "Devices")
	require.NoError(t, err)
	var result activities.AcceloSyncDevicesResult
	require.NoError(t, run.Get(t.Context(), &result))
	require.Equal(t, flow.Counts{Failed: len(devices)}, result.Devices)
	require.Len(t, f.failed(), len(devices))
	require.Equal(t, 8*len(devices), f.writes()["POST /api/v0/assets"])

	f.injectFaults()
	require.Equal(t, flow.Counts{Created: len(devices)}, f.fullImport().Devices)
	require.Empty(t, f.failed())
	require.Len(t, f.titles(), len(devices))
}
