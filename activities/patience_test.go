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

// A device that keeps failing while Accelo is well otherwise is parked in the end, so that it does not hold up the import
// for ever. This takes a real server, since only that counts attempts.
func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{claims: short})
	id, organization, devices := w.inOrder(names(3)...)
	w.trouble(lab.Fault{Kind: lab.FaultStatus, Status: 500, Method: "POST", Path: "/assets$"})
	quiet := log.NewStructuredLogger(slog.New(slog.DiscardHandler))
	address, namespace := localtest.Temporal(t)
	c, err := client.DialContext(t.Context(), client.Options{HostPort: address, Namespace: namespace, Logger: quiet})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	queue := worker.New(c, "devices", w.workerOptions())
	queue.RegisterActivity(w.steps)
	queue.RegisterWorkflowWithOptions(func(ctx workflow.Context) (activities.AcceloSyncDevicesResult, error) {
		var result activities.AcceloSyncDevicesResult
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Millisecond, BackoffCoefficient: 1},
		})
		err := workflow.ExecuteActivity(ctx, w.steps.AcceloSyncDevices,
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
	require.Len(t, w.parked(), len(devices))
	require.Equal(t, 8*len(devices), w.writes()["POST /api/v0/assets"])

	w.trouble()
	require.Equal(t, flow.Counts{Created: len(devices)}, w.fullImport().Devices)
	require.Empty(t, w.parked())
	require.Len(t, w.titles(), len(devices))
}
