//go:build !unit

package launch_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/temporalx"
)

func TestMain(m *testing.M) { os.Exit(localtest.Run(m)) }

// server is a real Temporal server with workflows that wait, except alerts, which end at once.
type server struct {
	t testing.TB
	client.Client
	*launch.Launcher
}

func newServer(t testing.TB) *server {
	t.Helper()
	address, namespace := localtest.Temporal(t)
	c, err := temporalx.Dial(t.Context(), temporalx.Options{Environ: []string{"TEMPORAL_ADDRESS=" + address, "TEMPORAL_NAMESPACE=" + namespace}})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	w := worker.New(c, "queue", worker.Options{})
	wait := func(ctx workflow.Context, _ map[string]any) error {
		return workflow.Await(ctx, func() bool { return false })
	}
	end := func(ctx workflow.Context, _ map[string]any) (flow.Pair, error) { return flow.PairOf(ctx), nil }
	for _, name := range []string{flow.FullImport, flow.Reconcile, flow.ImportOrganization} {
		w.RegisterWorkflowWithOptions(wait, workflow.RegisterOptions{Name: name})
	}
	w.RegisterWorkflowWithOptions(end, workflow.RegisterOptions{Name: flow.AlertTriggered})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	return &server{t: t, Client: c, Launcher: launch.New(c, "queue", flow.SearchAttributes())}
}

// pair binds a context to a pair of the connection that began now, by the server's clock.
func (s *server) pair(number int64) context.Context {
	return store.WithPair(s.t.Context(), store.Pair{Connection: "msp", Number: number, Since: time.Now()})
}

func (s *server) status(id string) enumspb.WorkflowExecutionStatus {
	s.t.Helper()
	description, err := s.DescribeWorkflowExecution(s.t.Context(), id, "")
	require.NoError(s.t, err)
	return description.GetWorkflowExecutionInfo().GetStatus()
}

// An alert that was synced under a former pair is synced again under the next one: the workflow that completed opened its request in
// another deployment. Within a pair it is still synced once.
func TestAlertOfTheNextPair(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	in := flow.AlertTriggeredInput{Connection: "msp", Alert: rules.Alert{UID: "5f9c"}}
	runs := func(ctx context.Context) (run string, pair flow.Pair) {
		t.Helper()
		require.NoError(t, s.AlertTriggered(ctx, in))
		execution := s.GetWorkflow(t.Context(), in.Execution().ID, "")
		require.NoError(t, execution.Get(t.Context(), &pair))
		return execution.GetRunID(), pair
	}
	first := s.pair(1)
	firstRun, carried := runs(first)
	require.Equal(t, flow.Pair{Connection: "msp", Number: 1}, carried)
	again, _ := runs(first)
	require.Equal(t, firstRun, again)

	second := s.pair(2)
	secondRun, carried := runs(second)
	require.NotEqual(t, firstRun, secondRun)
	require.Equal(t, flow.Pair{Connection: "msp", Number: 2}, carried)
	again, _ = runs(second)
	require.Equal(t, secondRun, again, "a second delivery starts nothing")
}

// An import that waits under a former pair does not keep the next pair from its own, which starts over.
func TestImportOfTheNextPair(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	first := s.pair(1)
	former, err := s.FullImport(first, "msp", false)
	require.NoError(t, err)
	_, err = s.FullImport(first, "msp", false)
	require.ErrorAs(t, err, new(*launch.RunningError))

	second := s.pair(2)
	next, err := s.FullImport(second, "msp", false)
	require.NoError(t, err)
	require.NotEqual(t, former.GetRunID(), next.GetRunID())
	require.ErrorContains(t, former.Get(t.Context(), nil), "terminated")
	_, err = s.FullImport(second, "msp", false)
	require.ErrorAs(t, err, new(*launch.RunningError))
}

// After a move, everything that still runs for the former pair is ended, and nothing else.
func TestEndFormer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	start := func(connection string) {
		t.Helper()
		_, err := s.FullImport(t.Context(), connection, false)
		require.NoError(t, err)
		_, err = s.Reconcile(t.Context(), connection, time.Minute)
		require.NoError(t, err)
		_, err = s.ImportOrganization(t.Context(), flow.ImportOrganizationInput{Connection: connection, OrganizationID: 7})
		require.NoError(t, err)
	}
	start("msp")
	start("msp-2")
	pair, _ := store.PairFrom(s.pair(2))
	later, err := s.ImportOrganization(t.Context(), flow.ImportOrganizationInput{Connection: "msp", OrganizationID: 8})
	require.NoError(t, err)
	_, err = s.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "of another product", TaskQueue: "queue"}, flow.FullImport, nil)
	require.NoError(t, err)

	total := 0
	require.Eventually(t, func() bool { // visibility lags
		ended, err := s.EndFormer(t.Context(), pair)
		require.NoError(t, err)
		total += ended
		return total >= 3
	}, time.Minute, 100*time.Millisecond)
	require.Equal(t, 3, total)
	for _, id := range []string{"full-import/msp", "reconcile/msp", "import-organization/msp/7"} {
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, s.status(id), id)
	}
	for _, id := range []string{"full-import/msp-2", "reconcile/msp-2", "import-organization/msp-2/7", later.GetID(), "of another product"} {
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, s.status(id), id)
	}

	pair.Number = 1
	ended, err := s.EndFormer(t.Context(), pair)
	require.NoError(t, err)
	require.Zero(t, ended, "the first pair has none before it")
}

// A removed connection has no schedule any more, and nothing runs for it. Another connection's stay.
func TestRetire(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, connection := range []string{"msp", "msp-2"} {
		_, err := s.ScheduleReconcile(t.Context(), connection, time.Hour)
		require.NoError(t, err)
		_, err = s.ScheduleImport(t.Context(), connection, time.Hour)
		require.NoError(t, err)
		_, err = s.FullImport(t.Context(), connection, false)
		require.NoError(t, err)
	}
	total := 0
	require.Eventually(t, func() bool { // visibility lags
		ended, err := s.Retire(t.Context(), "msp")
		require.NoError(t, err, "it may be called again")
		total += ended
		return total == 1
	}, time.Minute, 100*time.Millisecond)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, s.status("full-import/msp"))
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, s.status("full-import/msp-2"))
	_, err := s.ScheduleClient().GetHandle(t.Context(), "reconcile/msp").Describe(t.Context())
	require.Error(t, err)
	var missing *serviceerror.NotFound
	_, err = s.ScheduleClient().GetHandle(t.Context(), "scheduled-import/msp").Describe(t.Context())
	require.ErrorAs(t, err, &missing)
	_, err = s.ScheduleClient().GetHandle(t.Context(), "scheduled-import/msp-2").Describe(t.Context())
	require.NoError(t, err)
	_, err = s.ScheduleClient().GetHandle(t.Context(), "reconcile/msp-2").Describe(t.Context())
	require.NoError(t, err)
}
