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

// Workflows that started under a released version must continue under this one: replayed, the code has to take the same steps as
// recorded in their histories.
//
// If this test fails, a change to a workflow's code breaks workflows that are running now, permanently. Put the change behind
// workflow.GetVersion, so that workflows that started before it keep the old steps. Never record a history again to make this test
// pass: histories come from released commits. `make histories` only adds new ones (see TestRecordHistories).
func TestReplay(t *testing.T) {
	t.Parallel()
	histories, err := filepath.Glob("testdata/replay/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, histories, "without histories this test proves nothing")
	for _, history := range histories {
		t.Run(filepath.Base(history), func(t *testing.T) {
			t.Parallel()
			replayer := worker.NewWorkflowReplayer()
			workflows.RegisterWorkflows(replayer)
			require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(quietLogger(), history))
		})
	}
}

// The replay fails if the steps differ.
func TestReplayNoticesAChange(t *testing.T) {
	t.Parallel()
	replayer := worker.NewWorkflowReplayer()
	replayer.RegisterWorkflowWithOptions(func(ctx workflow.Context, _ flow.FullImportInput) (flow.ImportResult, error) {
		return flow.ImportResult{}, workflow.Sleep(ctx, 1)
	}, workflow.RegisterOptions{Name: flow.FullImport})
	require.Error(t, replayer.ReplayWorkflowHistoryFromJSONFile(quietLogger(), "testdata/replay/full-import.json"))
}

func quietLogger() log.Logger { return log.NewStructuredLogger(slog.New(slog.DiscardHandler)) }
