//go:build !unit

package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/workflows"
)

func TestMain(m *testing.M) { os.Exit(localtest.Run(m)) }

// serverTimeout bounds a workflow on a real server, even on a busy machine.
const serverTimeout = 5 * time.Minute

// taskQueue is the task queue of the tests.
const taskQueue = "imports"

// heartbeatInterval is how often activities that wait for their cancellation heartbeat, and how long the SDK allows for a heartbeat. If
// it were shorter, a busy machine would end activities that were not cancelled.
const heartbeatInterval = 5 * time.Second

// server is a real Temporal server with a worker that runs fake activities. It covers what the test environment does not, such as
// activities that take time to stop when they are cancelled.
type server struct {
	client.Client
	t *testing.T
}

func newServer(t *testing.T, fake any) *server {
	t.Helper()
	address, namespace := localtest.Temporal(t)
	return serveAt(t, address, namespace, fake)
}

func serveAt(t *testing.T, address, namespace string, fake any) *server {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{HostPort: address, Namespace: namespace, Identity: "test", Logger: quietLogger()})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	s := &server{Client: c, t: t}
	s.startWorkerAt(taskQueue, fake)
	return s
}

// startWorkerAt starts workers that run fake activities.
func (s *server) startWorkerAt(queue string, fake any) {
	s.t.Helper()
	for _, name := range []string{queue, flow.BulkQueue(queue)} {
		w := worker.New(s.Client, name, worker.Options{
			Identity: "test", MaxHeartbeatThrottleInterval: heartbeatInterval, DeadlockDetectionTimeout: serverTimeout,
			Interceptors: []interceptor.WorkerInterceptor{workflows.SignalOrder()}, DisableWorkflowWorker: name != queue,
		})
		if name == queue {
			workflows.RegisterWorkflows(w)
		}
		w.RegisterActivity(fake)
		require.NoError(s.t, w.Start())
		s.t.Cleanup(w.Stop)
	}
}

// start starts the workflow with this input.
func (s *server) start(in interface{ Execution() flow.Execution }) client.WorkflowRun {
	s.t.Helper()
	execution := in.Execution()
	run, err := s.ExecuteWorkflow(s.t.Context(), client.StartWorkflowOptions{ID: execution.ID, TaskQueue: taskQueue}, execution.Workflow, in)
	require.NoError(s.t, err)
	return run
}

// waitForImport waits for an import to end and returns its result and error. The result of a cancelled import is in the details of its
// error.
func (s *server) waitForImport(run client.WorkflowRun) (flow.ImportResult, error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), serverTimeout)
	defer cancel()
	var result flow.ImportResult
	err := run.Get(ctx, &result)
	require.NoError(s.t, ctx.Err(), "the workflow doesn't end")
	var cancelled *temporal.CanceledError
	if temporal.IsCanceledError(err) {
		require.ErrorAs(s.t, err, &cancelled)
		require.NoError(s.t, cancelled.Details(&result))
	}
	return result, err
}

// waitUntil waits until a condition is true.
func (s *server) waitUntil(condition func() bool) {
	s.t.Helper()
	timeout := time.NewTimer(serverTimeout)
	defer timeout.Stop()
	retry := time.NewTicker(10 * time.Millisecond)
	defer retry.Stop()
	for !condition() {
		select {
		case <-retry.C:
		case <-timeout.C:
			require.Fail(s.t, "the condition is still false")
		}
	}
}

// waitForCall waits until an activity has started.
func (s *server) waitForCall(fake *fakeActivities, name string) {
	s.t.Helper()
	s.waitUntil(func() bool { return slices.Contains(fake.callNames(), name) })
}

// waitForDevices waits until the devices of a number of organizations have started to sync.
func (s *server) waitForDevices(fake *fakeActivities, organizations int) {
	s.t.Helper()
	s.waitUntil(func() bool {
		fake.mu.Lock()
		defer fake.mu.Unlock()
		return len(fake.syncing) >= organizations
	})
}

// blockUntilCancelled is an activity that runs until it is cancelled. If a heartbeat times out, the SDK ends it too, and another
// attempt takes over as in production.
func blockUntilCancelled(ctx context.Context) error {
	ticker := time.NewTicker(heartbeatInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			activity.RecordHeartbeat(ctx)
		case <-ctx.Done():
			if cause := context.Cause(ctx); !temporal.IsCanceledError(cause) {
				return fmt.Errorf("ended without being cancelled: %w", cause)
			}
			return ctx.Err()
		}
	}
}

// stopWhenCancelled is a sync of devices that runs until it is cancelled, and then reports what it has done.
func stopWhenCancelled(ctx context.Context, _ activities.AcceloSyncDevicesInput) (activities.AcceloSyncDevicesResult, error) {
	if err := blockUntilCancelled(ctx); !errors.Is(err, context.Canceled) {
		return activities.AcceloSyncDevicesResult{}, err
	}
	return activities.AcceloSyncDevicesResult{Devices: flow.Counts{Created: 1}, Stopped: true}, nil
}

// A real server accepts everything that an import does, and the organizations share the import's working set.
func TestImportOnAServer(t *testing.T) {
	t.Parallel()
	fake := newFakeActivities(3)
	s := newServer(t, fake)
	run := s.start(flow.FullImportInput{Connection: "default", Searchable: true})
	result, err := s.waitForImport(run)
	require.NoError(t, err)
	require.Equal(t, flow.Counts{Created: 3}, result.Organizations)
	require.Equal(t, flow.Counts{Created: 6}, result.Devices)
	require.Equal(t, oneTo(3), fake.syncedOrganizations())
	require.Equal(t, []activities.ImportFinishInput{{Connection: "default", ImportID: run.GetRunID()}}, fake.finished, "the import is summarized once")
	for _, in := range fake.read {
		require.Equal(t, run.GetRunID(), in.ImportID)
	}
}

// A cancelled import waits for the devices that are syncing, and reports them.
func TestCancelOnAServer(t *testing.T) {
	t.Parallel()
	fake := newFakeActivities(20)
	fake.devices = stopWhenCancelled
	s := newServer(t, fake)
	run := s.start(flow.FullImportInput{Connection: "default"})
	s.waitForDevices(fake, 16)
	require.NoError(t, s.CancelWorkflow(t.Context(), run.GetID(), ""))
	result, err := s.waitForImport(run)
	require.True(t, temporal.IsCanceledError(err))
	require.True(t, result.Cancelled)
	require.Equal(t, flow.Counts{Created: 16}, result.Organizations)
	require.Equal(t, flow.Counts{Created: 16}, result.Devices)
}

// The working set is dropped only once both reads have ended.
func TestReadsEndBeforeTheImport(t *testing.T) {
	t.Parallel()
	reading := func(ctx context.Context, _ activities.ReadInput) error { return blockUntilCancelled(ctx) }
	ended := []string{"NinjaRead ended", "AcceloRead ended"}
	t.Run("cancelled", func(t *testing.T) {
		t.Parallel()
		fake := newFakeActivities(1)
		fake.readNinja, fake.readAccelo = reading, reading
		s := newServer(t, fake)
		run := s.start(flow.FullImportInput{Connection: "default"})
		s.waitForCall(fake, "NinjaRead")
		s.waitForCall(fake, "AcceloRead")
		require.NoError(t, s.CancelWorkflow(t.Context(), run.GetID(), ""))
		result, err := s.waitForImport(run)
		require.True(t, temporal.IsCanceledError(err))
		require.True(t, result.Cancelled)
		calls := fake.callNames()
		require.ElementsMatch(t, ended, calls[3:5])
		require.Equal(t, "ImportFinish", calls[5])
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		fake := newFakeActivities(1)
		s := newServer(t, fake)
		fake.readAccelo = reading
		fake.readNinja = func(context.Context, activities.ReadInput) error {
			s.waitForCall(fake, "AcceloRead")
			return nonRetryable(activities.Refused)
		}
		_, err := s.waitForImport(s.start(flow.FullImportInput{Connection: "default"}))
		var failure *temporal.ApplicationError
		require.ErrorAs(t, err, &failure)
		require.Equal(t, activities.Refused, failure.Type(), "the cause, not what followed from it")
		require.Subset(t, fake.callNames(), ended)
	})
}
