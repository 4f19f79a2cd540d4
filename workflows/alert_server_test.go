//go:build !unit

package workflows_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/api/workflowservice/v1"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
)

// alertEnded waits for the end of an alert flow and returns its result, or its error.
func (s *server) alertEnded(id string) (flow.AlertResult, error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), serverPatience)
	defer cancel()
	var result flow.AlertResult
	err := s.GetWorkflow(ctx, id, "").Get(ctx, &result)
	require.NoError(s.t, ctx.Err(), "the workflow does not come to its end")
	return result, err
}

// details is what Temporal's UI shows of a workflow at the moment.
func (s *server) details(id string) string {
	s.t.Helper()
	answer, err := s.QueryWorkflow(s.t.Context(), id, "", "__temporal_workflow_metadata")
	require.NoError(s.t, err)
	var metadata sdkpb.WorkflowMetadata
	require.NoError(s.t, answer.Get(&metadata))
	return metadata.GetCurrentDetails()
}

// A real server takes an alert flow's attributes and options, from the launcher to the request.
func TestAlertOnAServer(t *testing.T) {
	t.Parallel()
	fake := newFakeSteps(0)
	fake.opens = []activities.AcceloOpenRequestResult{nowhere(false), opens("opened")}
	s := newServer(t, fake)
	launcher := launch.New(s.Client, "imports", flow.SearchAttributes())
	id := flow.AlertTriggeredID("default", fired.Alert.UID)
	require.NoError(t, launcher.AlertTriggered(t.Context(), fired))
	result, err := s.alertEnded(id)
	require.NoError(t, err)
	require.Equal(t, flow.Opened, result.Outcome)
	require.Equal(t, []any{opening, company, device, opening, linking}, fake.inputs())
	require.Equal(t, result.Text, s.details(id))
	described, err := s.DescribeWorkflow(t.Context(), id, "")
	require.NoError(t, err)
	request, _ := described.TypedSearchAttributes.GetKeyword(flow.RequestAttribute)
	require.Equal(t, "31", request)

	require.NoError(t, launcher.AlertTriggered(t.Context(), fired), "a second delivery")
	require.NoError(t, launcher.AlertReset(t.Context(), over))
	_, err = s.alertEnded(flow.AlertResetID("default", over.UID))
	require.NoError(t, err)
	require.Len(t, fake.inputs(), 6, "the second delivery starts nothing")
}

// However fast a person changes a request's status, and whatever the flow is just doing: its last look comes after the last
// change.
func TestLastRequestChangeCountsOnAServer(t *testing.T) {
	t.Parallel()
	var standing, seen atomic.Int64
	fake := newFakeSteps(0)
	fake.follows = []activities.AcceloFollowRequestResult{saw("echo")}
	fake.meanwhile = func(string) { seen.Store(standing.Load()) }
	s := newServer(t, fake)
	launcher := launch.New(s.Client, "imports", flow.SearchAttributes())
	for range 100 {
		standing.Add(1)
		require.NoError(t, launcher.RequestChanged(t.Context(), changed))
	}
	s.until(func() bool { return seen.Load() == standing.Load() })
	_, err := s.alertEnded(flow.RequestClosedID("default", changed.RequestID))
	require.NoError(t, err)
	require.Less(t, len(fake.inputs()), 101, "changes that come at once are seen by one look")
}

// followedAlready is a server on which the flow of a request is just reading it, before a change that a reconcile finds. It goes on when
// the returned function is called.
func followedAlready(t *testing.T) (s *server, fake *reconcileSteps, goOn func()) {
	t.Helper()
	reading, compared := make(chan struct{}), make(chan struct{})
	fake = &reconcileSteps{
		fakeSteps: newFakeSteps(0),
		changed:   activities.AcceloReadChangedRequestsResult{RequestIDs: []int64{changed.RequestID}, Seen: time.Now()},
	}
	fake.follows = []activities.AcceloFollowRequestResult{saw("closed"), saw("reopened")}
	fake.meanwhile = func(string) {
		if count[activities.AcceloFollowRequestInput](fake.inputs()) == 1 {
			close(reading)
			<-compared
		}
	}
	s = newServer(t, fake)
	require.NoError(t, launch.New(s.Client, "imports", flow.SearchAttributes()).RequestChanged(t.Context(), changed))
	<-reading
	return s, fake, func() { close(compared) }
}

// The flow of a request runs already when a reconcile finds that the request has changed, and may have read it before the change: it
// is told to look once more, and that what it will see is no echo.
func TestReconcileTellsTheFlowThatRunsOnAServer(t *testing.T) {
	t.Parallel()
	s, fake, goOn := followedAlready(t)
	run := s.begin(flow.Reconcile, flow.ReconcileID("default"), flow.ReconcileInput{Connection: "default"})
	var result flow.ReconcileResult
	require.NoError(t, run.Get(t.Context(), &result))
	require.Zero(t, result.Healed.Requests, "it was not missed")
	goOn()
	followed, err := s.alertEnded(flow.RequestClosedID("default", changed.RequestID))
	require.NoError(t, err)
	require.Equal(t, flow.Reopened, followed.Outcome)
	look := activities.AcceloFollowRequestInput{Connection: "default", RequestID: changed.RequestID, Changes: 1}
	again := look
	again.Compared = true
	require.Equal(t, []any{look, again}, fake.inputs())
}

func TestWarmAlertOnAServer(t *testing.T) {
	t.Parallel()
	fake := newFakeSteps(0)
	fake.opens = []activities.AcceloOpenRequestResult{opens("opened")}
	s := newServer(t, fake)
	id := flow.AlertTriggeredID("default", fired.Alert.UID)
	require.NoError(t, launch.New(s.Client, "imports", flow.SearchAttributes()).AlertTriggered(t.Context(), fired))
	_, err := s.alertEnded(id)
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

func TestFoundByItsRequestBeforeTheEndOnAServer(t *testing.T) {
	t.Parallel()
	fake := newFakeSteps(0)
	fake.opens = []activities.AcceloOpenRequestResult{opens("opened")}
	fake.stumbles = map[string]error{"AcceloSyncAlertDevice": claimed(time.Hour)}
	s := newServer(t, fake)
	require.NoError(t, launch.New(s.Client, "imports", flow.SearchAttributes()).AlertTriggered(t.Context(), fired))
	s.until(func() bool {
		found, err := s.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{
			Query: "AcceloRequestId = '31' AND ExecutionStatus = 'Running'",
		})
		require.NoError(t, err)
		return found.GetCount() == 1
	})
	require.Equal(t, []any{opening, linking}, fake.inputs())
}

func TestSlowFirstAttemptOnAServer(t *testing.T) {
	t.Parallel()
	fake := newFakeSteps(0)
	fake.opens = []activities.AcceloOpenRequestResult{opens("opened")}
	goOn := make(chan struct{})
	fake.meanwhile = func(string) { <-goOn }
	s := newServer(t, fake)
	id := flow.AlertTriggeredID("default", fired.Alert.UID)
	require.NoError(t, launch.New(s.Client, "imports", flow.SearchAttributes()).AlertTriggered(t.Context(), fired))
	s.until(func() bool {
		described, err := s.DescribeWorkflowExecution(t.Context(), id, "")
		require.NoError(t, err)
		return described.GetWorkflowExecutionInfo().GetHistoryLength() > 5 // started, and one workflow task that is over
	})
	close(goOn)
	_, err := s.alertEnded(id)
	require.NoError(t, err)
	require.Equal(t, []any{opening, linking}, fake.inputs())
}
