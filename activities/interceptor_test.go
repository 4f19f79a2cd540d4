package activities_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/local/localtest"
)

// A real worker applies the interceptor to normal and to local activities.
func TestInterceptorOnServer(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	address, namespace := localtest.Temporal(t)
	c, err := client.Dial(client.Options{
		HostPort: address, Namespace: namespace, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	queue := worker.New(c, "interceptor", f.workerOptions())
	queue.RegisterActivity(f.steps)
	in := activities.ImportBeginInput{Connection: "nowhere", ImportID: "import-1"}
	queue.RegisterWorkflowWithOptions(func(ctx workflow.Context, local bool) error {
		if local {
			ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute})
			return workflow.ExecuteLocalActivity(ctx, f.steps.ImportBegin, in).Get(ctx, nil)
		}
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		return workflow.ExecuteActivity(ctx, f.steps.ImportBegin, in).Get(ctx, nil)
	}, workflow.RegisterOptions{Name: "Begin"})
	require.NoError(t, queue.Start())
	t.Cleanup(queue.Stop)
	for _, local := range []bool{false, true} {
		run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: "interceptor"}, "Begin", local)
		require.NoError(t, err)
		err = run.Get(t.Context(), nil)
		require.Equal(t, activities.UnknownConnection, applicationError(t, err).Type(), "local: %v", local)
		require.True(t, applicationError(t, err).NonRetryable())
	}
}
