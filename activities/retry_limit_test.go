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

// A device that keeps failing while Accelo works otherwise is marked as failed in the end, so that it does not block the import. One that only
// gets no answer to a question, which others need as well, has more time. This needs a real server, since only a server counts attempts.
func TestDeviceFailsAfterMaxAttempts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults   []lab.Fault
		call     string
		attempts int
	}{
		"a write": {[]lab.Fault{{Kind: lab.FaultStatus, Status: 500, Method: "POST", Path: "/assets$"}}, "POST /api/v0/assets", 8},
		"a read, after the create": {[]lab.Fault{
			{Kind: lab.FaultDropBefore, Method: "POST", Path: "/assets$", Count: 3}, {Kind: lab.FaultStatus, Status: 500, Method: "GET", Path: "/assets$"},
		}, "GET /api/v0/assets", 23},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, settings{claims: short})
			id, organization, devices := f.prepareImport(names(3)...)
			f.resetCalls()
			f.injectFaults(test.faults...)
			require.Equal(t, flow.Counts{Failed: len(devices)}, f.syncDevicesUntilTheyFail(id, organization))
			require.Len(t, f.failed(), len(devices))
			require.Equal(t, test.attempts*len(devices), f.countCalls(test.call))

			f.injectFaults()
			require.Equal(t, flow.Counts{Created: len(devices)}, f.fullImport().Devices)
			require.Empty(t, f.failed())
			require.Len(t, f.titles(), len(devices))
		})
	}
}

// countCalls returns how many calls of a kind there were, such as "POST /api/v0/assets".
func (f *fixture) countCalls(call string) (count int) {
	f.t.Helper()
	for _, made := range f.calls() {
		if made == call {
			count++
		}
	}
	return count
}

// syncDevicesUntilTheyFail runs the activity as a workflow does, with one attempt after the other.
func (f *fixture) syncDevicesUntilTheyFail(id string, organization int) flow.Counts {
	f.t.Helper()
	quiet := log.NewStructuredLogger(slog.New(slog.DiscardHandler))
	address, namespace := localtest.Temporal(f.t)
	c, err := client.DialContext(f.t.Context(), client.Options{HostPort: address, Namespace: namespace, Logger: quiet})
	require.NoError(f.t, err)
	f.t.Cleanup(c.Close)
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
	require.NoError(f.t, queue.Start())
	f.t.Cleanup(queue.Stop)
	run, err := c.ExecuteWorkflow(f.t.Context(), client.StartWorkflowOptions{TaskQueue: "devices"}, "Devices")
	require.NoError(f.t, err)
	var result activities.AcceloSyncDevicesResult
	require.NoError(f.t, run.Get(f.t.Context(), &result))
	return result.Devices
}
