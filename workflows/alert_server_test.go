//go:build !unit

package workflows_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdkpb "go.temporal.io/api/sdk/v1"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
)

// launcher returns a Launcher for the server, as in production.
func (s *server) launcher() *launch.Launcher {
	return launch.New(s.Client, taskQueue, flow.SearchAttributes())
}

// waitForAlert waits for an alert workflow to end and returns its result or error.
func (s *server) waitForAlert(id string) (flow.AlertResult, error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), serverTimeout)
	defer cancel()
	var result flow.AlertResult
	err := s.GetWorkflow(ctx, id, "").Get(ctx, &result)
	require.NoError(s.t, ctx.Err(), "the workflow doesn't end")
	return result, err
}

// details returns what Temporal's UI currently shows about a workflow.
func (s *server) details(id string) string {
	s.t.Helper()
	answer, err := s.QueryWorkflow(s.t.Context(), id, "", "__temporal_workflow_metadata")
	require.NoError(s.t, err)
	var metadata sdkpb.WorkflowMetadata
	require.NoError(s.t, answer.Get(&metadata))
	return metadata.GetCurrentDetails()
}

// A real server accepts an alert workflow's attributes and options, and a second delivery starts nothing.
func TestAlertOnAServer(t *testing.T) {
	t.Parallel()
	fake := newFakeActivities(0)
	fake.openResults = []activities.AcceloOpenRequestResult{unknownOrganization(false), openResult(flow.Opened)}
	s := newServer(t, fake)
	launcher := s.launcher()
	id := flow.AlertTriggeredID("default", triggeredInput.Alert.UID)
	require.NoError(t, launcher.AlertTriggered(t.Context(), triggeredInput))
	result, err := s.waitForAlert(id)
	require.NoError(t, err)
	require.Equal(t, flow.Opened, result.Outcome)
	require.Equal(t, []any{openInput, companyInput, deviceInput, openInput, linkInput}, fake.inputs())
	require.Equal(t, result.Text, s.details(id))
	described, err := s.DescribeWorkflow(t.Context(), id, "")
	require.NoError(t, err)
	request, _ := described.TypedSearchAttributes.GetKeyword(flow.RequestAttribute)
	require.Equal(t, "31", request)

	require.NoError(t, launcher.AlertTriggered(t.Context(), triggeredInput), "a second delivery")
	require.NoError(t, launcher.AlertReset(t.Context(), resetInput))
	_, err = s.waitForAlert(flow.AlertResetID("default", resetInput.UID))
	require.NoError(t, err)
	require.Len(t, fake.inputs(), 6, "the second delivery starts nothing")
}

// However fast someone changes a request's status, and whatever the workflow is doing at that moment, it reads the request after
// the last change.
func TestLastRequestChangeCountsOnAServer(t *testing.T) {
	t.Parallel()
	var current, seen atomic.Int64
	fake := newFakeActivities(0)
	fake.followResults = []activities.AcceloFollowRequestResult{followResult(flow.Echo)}
	fake.during = func(string) { seen.Store(current.Load()) }
	s := newServer(t, fake)
	launcher := s.launcher()
	for range 100 {
		current.Add(1)
		require.NoError(t, launcher.RequestChanged(t.Context(), changedInput))
	}
	s.waitUntil(func() bool { return seen.Load() == current.Load() })
	_, err := s.waitForAlert(flow.RequestClosedID("default", changedInput.RequestID))
	require.NoError(t, err)
	require.Less(t, len(fake.inputs()), 101, "one read covers several changes")
}

// startWhileFollowing returns a server whose RequestClosed is reading the request while a reconciliation finds it changed. The read
// ends once finish is called.
func startWhileFollowing(t *testing.T) (s *server, fake *fakeReconcileActivities, finish func()) {
	t.Helper()
	reading, finished := make(chan struct{}), make(chan struct{})
	fake = &fakeReconcileActivities{
		fakeActivities:  newFakeActivities(0),
		changedRequests: activities.AcceloReadChangedRequestsResult{RequestIDs: []int64{changedInput.RequestID}, Seen: time.Now()},
	}
	fake.followResults = []activities.AcceloFollowRequestResult{followResult(flow.Closed), followResult(flow.Reopened)}
	fake.during = func(string) {
		if count[activities.AcceloFollowRequestInput](fake.inputs()) == 1 {
			close(reading)
			<-finished
		}
	}
	s = newServer(t, fake)
	require.NoError(t, s.launcher().RequestChanged(t.Context(), changedInput))
	<-reading
	return s, fake, func() { close(finished) }
}

// If a request's workflow is running when a reconciliation finds the request changed, it may have read the request before the
// change. It is notified to read again, and not to take the change for an echo.
func TestReconcileNotifiesRunningWorkflowOnAServer(t *testing.T) {
	t.Parallel()
	s, fake, finish := startWhileFollowing(t)
	run := s.start(flow.ReconcileInput{Connection: "default"})
	var result flow.ReconcileResult
	require.NoError(t, run.Get(t.Context(), &result))
	require.Zero(t, result.Healed.Requests, "it was not missed")
	finish()
	followed, err := s.waitForAlert(flow.RequestClosedID("default", changedInput.RequestID))
	require.NoError(t, err)
	require.Equal(t, flow.Reopened, followed.Outcome)
	first := followInput(1)
	second := first
	second.Compared = true
	require.Equal(t, []any{first, second}, fake.inputs())
}
