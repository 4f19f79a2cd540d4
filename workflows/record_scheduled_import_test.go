//go:build record

package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
)

func recordScheduledImport(t *testing.T, record recorder) {
	fake := newFakeActivities(1)
	s := newServer(t, fake)
	in := flow.ScheduledImportInput{Connection: "default", Searchable: true}
	started := s.start(in)
	var result flow.ScheduledImportResult
	require.NoError(t, started.Get(t.Context(), &result))
	require.True(t, result.Started)
	_, err := s.waitForImport(s.GetWorkflow(t.Context(), result.WorkflowID, ""))
	require.NoError(t, err)
	record.keepRun(s, "scheduled-import-started", started)

	fake = newFakeActivities(20)
	fake.devices = stopWhenCancelled
	s = newServer(t, fake)
	running := s.start(flow.FullImportInput{Connection: "default"})
	skipped := s.start(in)
	require.NoError(t, skipped.Get(t.Context(), &result))
	require.False(t, result.Started)
	record.keepRun(s, "scheduled-import-skipped", skipped)
	require.NoError(t, s.CancelWorkflow(t.Context(), running.GetID(), ""))
}
