package server

import (
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
)

// workflowTaskTimeout is how long a worker may be silent about a workflow task, as in production.
const workflowTaskTimeout = 10 * time.Second

type status string

const (
	running    status = "running"
	completed  status = "completed"
	failed     status = "failed"
	canceled   status = "canceled"
	terminated status = "terminated"
	continued  status = "continued as new"
)

// run is one execution with its history.
type run struct {
	server                *Server
	id, runID, firstRunID string
	kind                  *commonpb.WorkflowType
	queue                 *taskqueuepb.TaskQueue
	attributes            *commonpb.SearchAttributes
	status                status
	result                *commonpb.Payloads
	failure               *failurepb.Failure
	parent                *child

	history []*historypb.HistoryEvent
	// buffered are events that happened during a workflow task, or because of its commands; they follow it.
	buffered []func()
	// deciding means that the commands of a workflow task are being carried out.
	deciding bool
	// task is the workflow task that is ready or that a worker has.
	task *Task
	// started is the event of the task that a worker has, 0 without one; previous that of the last completed one.
	started, previous int64
	scheduled         int64

	activities map[int64]*activity
	timers     map[string]int64
	children   map[int64]*child
	cancelled  bool
}

// append adds an event to the history and returns its id.
func (r *run) append(kind enumspb.EventType, fill func(*historypb.HistoryEvent)) int64 {
	e := &historypb.HistoryEvent{EventId: int64(len(r.history) + 1), EventTime: timestamp(time.Now()), EventType: kind}
	fill(e)
	// An event's maps may also be those of another execution's event, such as its parent's. The SDK visits and changes both at a time.
	r.history = append(r.history, proto.CloneOf(e))
	return e.EventId
}

// add records something that happened to the execution, after the workflow task that a worker has, and schedules the next one.
func (r *run) add(kind enumspb.EventType, fill func(*historypb.HistoryEvent)) {
	r.record(func() { r.append(kind, fill) })
}

func (r *run) record(record func()) {
	if r.status != running {
		return
	}
	if r.started != 0 || r.deciding {
		r.buffered = append(r.buffered, record)
		return
	}
	record()
	r.schedule()
}

// schedule makes a workflow task ready unless there is one.
func (r *run) schedule() {
	if r.task != nil || r.status != running {
		return
	}
	r.scheduled = r.append(enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, func(e *historypb.HistoryEvent) {
		e.Attributes = &historypb.HistoryEvent_WorkflowTaskScheduledEventAttributes{
			WorkflowTaskScheduledEventAttributes: &historypb.WorkflowTaskScheduledEventAttributes{TaskQueue: r.queue, Attempt: 1},
		}
	})
	r.task = &Task{Kind: WorkflowTask, WorkflowID: r.id, RunID: r.runID, Name: r.kind.GetName(), Attempt: 1, run: r}
	r.server.ready(r.task)
}

// startWorkflowTask returns the task with the whole history, because no worker keeps an execution.
func (r *run) startWorkflowTask(t *Task) *workflowservice.PollWorkflowTaskQueueResponse {
	r.started = r.append(enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED, func(e *historypb.HistoryEvent) {
		e.Attributes = &historypb.HistoryEvent_WorkflowTaskStartedEventAttributes{
			WorkflowTaskStartedEventAttributes: &historypb.WorkflowTaskStartedEventAttributes{ScheduledEventId: r.scheduled, HistorySizeBytes: 1},
		}
	})
	started := r.started
	r.server.after(workflowTaskTimeout, func() {
		if r.task == t && r.started == started {
			r.workflowTaskOver(enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT, 0)
		}
	})
	events := make([]*historypb.HistoryEvent, len(r.history))
	copy(events, r.history)
	return &workflowservice.PollWorkflowTaskQueueResponse{
		TaskToken: []byte(t.token), WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: r.id, RunId: r.runID}, WorkflowType: r.kind,
		PreviousStartedEventId: r.previous, StartedEventId: r.started, Attempt: 1, History: &historypb.History{Events: events},
		WorkflowExecutionTaskQueue: r.queue, ScheduledTime: timestamp(time.Now()), StartedTime: timestamp(time.Now()),
	}
}

// workflowTaskOver ends a workflow task without a decision and schedules the next one.
func (r *run) workflowTaskOver(kind enumspb.EventType, cause enumspb.WorkflowTaskFailedCause) {
	r.append(kind, func(e *historypb.HistoryEvent) {
		if kind == enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED {
			e.Attributes = &historypb.HistoryEvent_WorkflowTaskFailedEventAttributes{
				WorkflowTaskFailedEventAttributes: &historypb.WorkflowTaskFailedEventAttributes{
					ScheduledEventId: r.scheduled, StartedEventId: r.started, Cause: cause,
				},
			}
			return
		}
		e.Attributes = &historypb.HistoryEvent_WorkflowTaskTimedOutEventAttributes{
			WorkflowTaskTimedOutEventAttributes: &historypb.WorkflowTaskTimedOutEventAttributes{
				ScheduledEventId: r.scheduled, StartedEventId: r.started, TimeoutType: enumspb.TIMEOUT_TYPE_START_TO_CLOSE,
			},
		}
	})
	r.endTask()
	r.flush()
	r.schedule()
}

func (r *run) endTask() {
	if r.task != nil {
		delete(r.server.tokens, r.task.token)
	}
	r.task, r.started = nil, 0
}

// flush adds the events that happened during a workflow task. It reports whether there were any.
func (r *run) flush() bool {
	events := r.buffered
	r.buffered = nil
	for _, record := range events {
		record()
	}
	return len(events) > 0
}

func (r *run) signaled(name string, input *commonpb.Payloads) {
	r.add(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, func(e *historypb.HistoryEvent) {
		e.Attributes = &historypb.HistoryEvent_WorkflowExecutionSignaledEventAttributes{
			WorkflowExecutionSignaledEventAttributes: &historypb.WorkflowExecutionSignaledEventAttributes{SignalName: name, Input: input},
		}
	})
}

func (r *run) cancel() {
	if r.cancelled {
		return
	}
	r.cancelled = true
	r.add(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED, func(e *historypb.HistoryEvent) {
		e.Attributes = &historypb.HistoryEvent_WorkflowExecutionCancelRequestedEventAttributes{
			WorkflowExecutionCancelRequestedEventAttributes: &historypb.WorkflowExecutionCancelRequestedEventAttributes{},
		}
	})
}

func (r *run) terminate() {
	r.close(terminated, nil, nil)
}

// close ends the execution, tells its parent, and asks its children to end if their policy says so.
func (r *run) close(as status, result *commonpb.Payloads, failure *failurepb.Failure) {
	if r.status != running {
		return
	}
	r.status, r.result, r.failure = as, result, failure
	r.endTask()
	r.buffered = nil
	r.server.drop(func(t *Task) bool { return t.run == r })
	for _, c := range r.children {
		if c.run == nil || c.run.status != running {
			continue
		}
		switch c.policy {
		case enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL:
			c.run.cancel()
		case enumspb.PARENT_CLOSE_POLICY_ABANDON:
		default:
			c.run.terminate()
		}
	}
	if r.parent != nil && as != continued {
		r.parent.closed(r)
	}
}

func (s *Server) workflowTaskFailed(in *workflowservice.RespondWorkflowTaskFailedRequest) (*workflowservice.RespondWorkflowTaskFailedResponse, error) {
	t, err := s.take(in.GetTaskToken())
	if err != nil {
		return nil, err
	}
	s.problem("workflow task of " + t.WorkflowID + " failed: " + in.GetCause().String() + " " + in.GetFailure().GetMessage())
	t.run.workflowTaskOver(enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED, in.GetCause())
	return &workflowservice.RespondWorkflowTaskFailedResponse{}, nil
}

// unhandled ends a workflow task whose worker did not see everything that happened before it closed the execution.
func (r *run) unhandled() error {
	r.workflowTaskOver(enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED, enumspb.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND)
	return serviceerror.NewInvalidArgument("UnhandledCommand")
}
