//go:build !unit

package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// An alert whose organization is known completes within its first workflow task.
func TestOneWorkflowTaskOnAServer(t *testing.T) {
	t.Parallel()
	fake := newFakeActivities(0)
	fake.openResults = []activities.AcceloOpenRequestResult{openResult(flow.Opened)}
	s := newServer(t, fake)
	id := flow.AlertTriggeredID("default", triggeredInput.Alert.UID)
	require.NoError(t, s.launcher().AlertTriggered(t.Context(), triggeredInput))
	_, err := s.waitForAlert(id)
	require.NoError(t, err)
	var history []string
	events := s.GetWorkflowHistory(t.Context(), id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		history = append(history, event.GetEventType().String())
	}
	require.Equal(t, []string{
		"WorkflowExecutionStarted", "WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted",
		"MarkerRecorded", "UpsertWorkflowSearchAttributes", "MarkerRecorded", "WorkflowExecutionCompleted",
	}, history)
}

// A workflow can be found by its request while it still waits for its device.
func TestSearchableByRequestBeforeTheEndOnAServer(t *testing.T) {
	t.Parallel()
	fake := newFakeActivities(0)
	fake.openResults = []activities.AcceloOpenRequestResult{openResult(flow.Opened)}
	fake.failFirst = map[string]error{"AcceloSyncAlertDevice": claimHeld(time.Hour)}
	s := newServer(t, fake)
	require.NoError(t, s.launcher().AlertTriggered(t.Context(), triggeredInput))
	s.waitUntil(func() bool {
		found, err := s.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{
			Query: "AcceloRequestId = '31' AND ExecutionStatus = 'Running'",
		})
		require.NoError(t, err)
		return found.GetCount() == 1
	})
	require.Equal(t, []any{openInput, linkInput}, fake.inputs())
}

// A first attempt that outlasts its workflow task continues and stays the only attempt.
func TestSlowFirstAttemptOnAServer(t *testing.T) {
	t.Parallel()
	fake := newFakeActivities(0)
	fake.openResults = []activities.AcceloOpenRequestResult{openResult(flow.Opened)}
	finish := make(chan struct{})
	fake.during = func(string) { <-finish }
	s := newServer(t, fake)
	id := flow.AlertTriggeredID("default", triggeredInput.Alert.UID)
	require.NoError(t, s.launcher().AlertTriggered(t.Context(), triggeredInput))
	s.waitUntil(func() bool {
		described, err := s.DescribeWorkflowExecution(t.Context(), id, "")
		require.NoError(t, err)
		return described.GetWorkflowExecutionInfo().GetHistoryLength() > 5 // the start and one complete workflow task
	})
	close(finish)
	_, err := s.waitForAlert(id)
	require.NoError(t, err)
	require.Equal(t, []any{openInput, linkInput}, fake.inputs())
}
