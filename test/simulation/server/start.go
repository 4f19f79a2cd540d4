package server

import (
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// beginning is everything that a new execution needs.
type beginning struct {
	id           string
	workflowType *commonpb.WorkflowType
	queue        *taskqueuepb.TaskQueue
	input        *commonpb.Payloads
	header       *commonpb.Header
	attributes   *commonpb.SearchAttributes
	reuse        enumspb.WorkflowIdReusePolicy
	conflict     enumspb.WorkflowIdConflictPolicy
	parent       *child
	continued    *run
	priority     *commonpb.Priority
}

func startOf(r *workflowservice.StartWorkflowExecutionRequest) beginning {
	return beginning{
		id: r.GetWorkflowId(), workflowType: r.GetWorkflowType(), queue: r.GetTaskQueue(), input: r.GetInput(), header: r.GetHeader(),
		attributes: r.GetSearchAttributes(), reuse: r.GetWorkflowIdReusePolicy(), conflict: r.GetWorkflowIdConflictPolicy(),
		priority: r.GetPriority(),
	}
}

func (s *Server) start(b beginning) (*workflowservice.StartWorkflowExecutionResponse, error) {
	existing := s.latest[b.id]
	if existing != nil && existing.status == running && b.conflict == enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING {
		return &workflowservice.StartWorkflowExecutionResponse{RunId: existing.runID}, nil
	}
	if existing != nil && !existing.mayRunAgain(b.reuse) {
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("already started", "", existing.runID)
	}
	return &workflowservice.StartWorkflowExecutionResponse{RunId: s.begin(b).runID, Started: true}, nil
}

// mayRunAgain reports whether an execution with the id of this one may start.
func (r *run) mayRunAgain(policy enumspb.WorkflowIdReusePolicy) bool {
	switch {
	case r.status == running:
		return false
	case policy == enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE:
		return false
	case policy == enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY:
		return r.status != completed
	}
	return true
}

func (s *Server) signalWithStart(r *workflowservice.SignalWithStartWorkflowExecutionRequest) (*workflowservice.SignalWithStartWorkflowExecutionResponse, error) {
	found := s.latest[r.GetWorkflowId()]
	started := false
	if found == nil || found.status != running {
		if found != nil && !found.mayRunAgain(r.GetWorkflowIdReusePolicy()) {
			return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("already started", "", found.runID)
		}
		started = true
		found = s.begin(beginning{
			id: r.GetWorkflowId(), workflowType: r.GetWorkflowType(), queue: r.GetTaskQueue(), input: r.GetInput(), header: r.GetHeader(),
			attributes: r.GetSearchAttributes(), priority: r.GetPriority(),
		})
	}
	found.signaled(r.GetSignalName(), r.GetSignalInput())
	return &workflowservice.SignalWithStartWorkflowExecutionResponse{RunId: found.runID, Started: started}, nil
}

// begin starts an execution.
func (s *Server) begin(b beginning) *run {
	s.nextRun++
	r := &run{
		server: s, id: b.id, runID: fmt.Sprintf("00000000-0000-4000-8000-%012d", s.nextRun), kind: b.workflowType, queue: b.queue, status: running,
		attributes: b.attributes, parent: b.parent, activities: map[int64]*activity{}, timers: map[string]int64{}, children: map[int64]*child{},
	}
	r.firstRunID = r.runID
	if b.continued != nil {
		r.firstRunID = b.continued.firstRunID
	}
	s.runs, s.latest[b.id] = append(s.runs, r), r
	attributes := &historypb.WorkflowExecutionStartedEventAttributes{
		WorkflowType: b.workflowType, TaskQueue: b.queue, Input: b.input, OriginalExecutionRunId: r.runID, FirstExecutionRunId: r.firstRunID,
		Attempt: 1, Header: b.header, SearchAttributes: b.attributes, WorkflowId: b.id, WorkflowTaskTimeout: durationpb.New(workflowTaskTimeout),
		Priority: b.priority, WorkflowExecutionTimeout: durationpb.New(0), WorkflowRunTimeout: durationpb.New(0),
	}
	if b.continued != nil {
		attributes.ContinuedExecutionRunId = b.continued.runID
	}
	if b.parent != nil {
		attributes.ParentWorkflowNamespace = Namespace
		attributes.ParentWorkflowExecution = &commonpb.WorkflowExecution{WorkflowId: b.parent.parent.id, RunId: b.parent.parent.runID}
		attributes.ParentInitiatedEventId = b.parent.initiated
	}
	r.add(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, func(e *historypb.HistoryEvent) {
		e.Attributes = &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{WorkflowExecutionStartedEventAttributes: attributes}
	})
	return r
}

func timeoutFailure(message string, kind enumspb.TimeoutType) *failurepb.Failure {
	return &failurepb.Failure{Message: message, Source: "Server", FailureInfo: &failurepb.Failure_TimeoutFailureInfo{
		TimeoutFailureInfo: &failurepb.TimeoutFailureInfo{TimeoutType: kind},
	}}
}

func timestamp(t time.Time) *timestamppb.Timestamp { return timestamppb.New(t) }
