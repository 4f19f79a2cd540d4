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
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/workflows"
)

func TestMain(m *testing.M) { os.Exit(localtest.Run(m)) }

// serverPatience bounds a workflow on a real server, whatever else the machine does.
const serverPatience = 5 * time.Minute

// beat is how often activities heartbeat that wait to be cancelled, and how long the SDK lets a heartbeat take, as in production: on a
// busy machine a heartbeat that has to be quick ends activities that nobody has cancelled.
const beat = 5 * time.Second

// server is a real Temporal server with a worker whose activities are faked: it shows what the test environment does not,
// such as activities that take their time to be cancelled.
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
	w := worker.New(c, "imports", worker.Options{Identity: "test", MaxHeartbeatThrottleInterval: beat, DeadlockDetectionTimeout: serverPatience})
	workflows.RegisterWorkflows(w)
	w.RegisterActivity(fake)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	return &server{Client: c, t: t}
}

// begin starts a workflow of a type under an id of production.
func (s *server) begin(workflowType, id string, in any) client.WorkflowRun {
	s.t.Helper()
	run, err := s.ExecuteWorkflow(s.t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: "imports"}, workflowType, in)
	require.NoError(s.t, err)
	return run
}

func (s *server) beginImport(in flow.FullImportInput) client.WorkflowRun {
	s.t.Helper()
	return s.begin(flow.FullImport, flow.FullImportID(in.Connection), in)
}

// wait waits for a workflow's end and returns its result, or that in the details of its cancellation, and its error.
func (s *server) wait(run client.WorkflowRun) (flow.ImportResult, error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), serverPatience)
	defer cancel()
	var result flow.ImportResult
	err := run.Get(ctx, &result)
	require.NoError(s.t, ctx.Err(), "the workflow does not come to its end")
	var cancelled *temporal.CanceledError
	if temporal.IsCanceledError(err) {
		require.ErrorAs(s.t, err, &cancelled)
		require.NoError(s.t, cancelled.Details(&result))
	}
	return result, err
}

// until waits for a condition.
func (s *server) until(holds func() bool) {
	s.t.Helper()
	patience := time.NewTimer(serverPatience)
	defer patience.Stop()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-again.C:
		case <-patience.C:
			require.Fail(s.t, "this does not happen")
		}
	}
}

// ran waits until an activity has begun.
func (s *server) ran(fake *fakeSteps, name string) {
	s.t.Helper()
	s.until(func() bool { return slices.Contains(fake.called(), name) })
}

// syncing waits until the devices of so many organizations have been begun.
func (s *server) syncing(fake *fakeSteps, organizations int) {
	s.t.Helper()
	s.until(func() bool {
		fake.mu.Lock()
		defer fake.mu.Unlock()
		return len(fake.syncing) >= organizations
	})
}

// untilCancelled is an activity that goes on until it is cancelled. One whose heartbeat does not get through in time is ended too, by
// the SDK, and then another attempt goes on, as with those of production.
func untilCancelled(ctx context.Context) error {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			activity.RecordHeartbeat(ctx)
		case <-ctx.Done():
			if cause := context.Cause(ctx); !temporal.IsCanceledError(cause) {
				return fmt.Errorf("ended without having been cancelled: %w", cause)
			}
			return ctx.Err()
		}
	}
}

// stoppedByCancellation are devices that go on until they are cancelled, and then report what was done.
func stoppedByCancellation(ctx context.Context, _ activities.AcceloSyncDevicesInput) (activities.AcceloSyncDevicesResult, error) {
	if err := untilCancelled(ctx); !errors.Is(err, context.Canceled) {
		return activities.AcceloSyncDevicesResult{}, err
	}
	return activities.AcceloSyncDevicesResult{Devices: flow.Counts{Created: 1}, Stopped: true}, nil
}

// A real server accepts everything that an import asks of it, and the organizations share the import's working set.
func TestImportOnAServer(t *testing.T) {
	t.Parallel()
	fake := newFakeSteps(3)
	s := newServer(t, fake)
	run := s.beginImport(flow.FullImportInput{Connection: "default", Searchable: true})
	result, err := s.wait(run)
	require.NoError(t, err)
	require.Equal(t, flow.Counts{Created: 3}, result.Organizations)
	require.Equal(t, flow.Counts{Created: 6}, result.Devices)
	require.Equal(t, upTo(3), fake.taken())
	require.Equal(t, []activities.ImportFinishInput{{Connection: "default", ImportID: run.GetRunID()}}, fake.finished, "one import, added up once")
	for _, in := range fake.read {
		require.Equal(t, run.GetRunID(), in.ImportID)
	}
}

// A cancelled import waits for the devices in hand, and reports them.
func TestCancelOnAServer(t *testing.T) {
	t.Parallel()
	fake := newFakeSteps(20)
	fake.devices = stoppedByCancellation
	s := newServer(t, fake)
	run := s.beginImport(flow.FullImportInput{Connection: "default"})
	s.syncing(fake, 16)
	require.NoError(t, s.CancelWorkflow(t.Context(), run.GetID(), ""))
	result, err := s.wait(run)
	require.True(t, temporal.IsCanceledError(err))
	require.True(t, result.Cancelled)
	require.Equal(t, flow.Counts{Created: 16}, result.Organizations)
	require.Equal(t, flow.Counts{Created: 16}, result.Devices)
}

// The working set is dropped only once nobody reads into it any more.
func TestReadingsEndBeforeTheImport(t *testing.T) {
	t.Parallel()
	reading := func(ctx context.Context, _ activities.ReadInput) error { return untilCancelled(ctx) }
	ended := []string{"NinjaRead ended", "AcceloRead ended"}
	t.Run("cancelled", func(t *testing.T) {
		t.Parallel()
		fake := newFakeSteps(1)
		fake.readNinja, fake.readAccelo = reading, reading
		s := newServer(t, fake)
		run := s.beginImport(flow.FullImportInput{Connection: "default"})
		s.ran(fake, "NinjaRead")
		s.ran(fake, "AcceloRead")
		require.NoError(t, s.CancelWorkflow(t.Context(), run.GetID(), ""))
		result, err := s.wait(run)
		require.True(t, temporal.IsCanceledError(err))
		require.True(t, result.Cancelled)
		calls := fake.called()
		require.ElementsMatch(t, ended, calls[3:5])
		require.Equal(t, "ImportFinish", calls[5])
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		fake := newFakeSteps(1)
		s := newServer(t, fake)
		fake.readAccelo = reading
		fake.readNinja = func(context.Context, activities.ReadInput) error {
			s.ran(fake, "AcceloRead")
			return final(activities.Refused)
		}
		_, err := s.wait(s.beginImport(flow.FullImportInput{Connection: "default"}))
		var failure *temporal.ApplicationError
		require.ErrorAs(t, err, &failure)
		require.Equal(t, activities.Refused, failure.Type(), "the reason, not what followed from it")
		require.Subset(t, fake.called(), ended)
	})
}
