package workflows_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/workflows"
)

// Workflows that began under a released version must go on under this one: replayed, their code has to take the very steps
// that are in their histories.
//
// A red test means that a change of a workflow's code breaks the workflows that run at this moment, for ever. Put the change
// behind workflow.GetVersion, so that those that began before it keep to the old steps. Never record the histories anew to
// make this test pass: they come from released commits (record_test.go tells how), and new ones are added to them.
func TestReplay(t *testing.T) {
	t.Parallel()
	histories, err := filepath.Glob("testdata/replay/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, histories, "there are no histories: this test would prove nothing")
	for _, history := range histories {
		t.Run(filepath.Base(history), func(t *testing.T) {
			t.Parallel()
			replayer := worker.NewWorkflowReplayer()
			workflows.RegisterWorkflows(replayer)
			require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(quietLogger(), history))
		})
	}
}

// Another order of steps under the same name is noticed.
func TestReplayNoticesAChange(t *testing.T) {
	t.Parallel()
	replayer := worker.NewWorkflowReplayer()
	replayer.RegisterWorkflowWithOptions(func(ctx workflow.Context, _ flow.FullImportInput) (flow.ImportResult, error) {
		return flow.ImportResult{}, workflow.Sleep(ctx, 1)
	}, workflow.RegisterOptions{Name: flow.FullImport})
	require.Error(t, replayer.ReplayWorkflowHistoryFromJSONFile(quietLogger(), "testdata/replay/full-import.json"))
}

func quietLogger() log.Logger { return log.NewStructuredLogger(slog.New(slog.DiscardHandler)) }
