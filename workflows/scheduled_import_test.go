//go:build !unit

package workflows_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// A scheduled import is the one import that a connection can have: one that runs already is left alone, and nothing waits in line.
func TestScheduledImport(t *testing.T) {
	t.Parallel()
	fake, proceed := newFakeActivities(1), make(chan struct{})
	fake.readNinja = func(ctx context.Context, _ activities.ReadInput) error {
		select {
		case <-proceed:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s := newServer(t, fake)
	in := flow.ScheduledImportInput{Connection: "default"}
	first, second := flow.ScheduledImportResult{}, flow.ScheduledImportResult{}
	require.NoError(t, s.start(in).Get(t.Context(), &first))
	require.True(t, first.Started)
	require.Equal(t, "full-import/default", first.WorkflowID)
	require.NoError(t, s.start(in).Get(t.Context(), &second))
	require.Equal(t, flow.ScheduledImportResult{WorkflowID: "full-import/default"}, second)
	close(proceed)
	result, err := s.waitForImport(s.GetWorkflow(t.Context(), first.WorkflowID, ""))
	require.NoError(t, err)
	require.Equal(t, flow.Counts{Created: 1}, result.Organizations)
}
