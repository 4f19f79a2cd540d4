package server

import (
	"fmt"
	"time"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// workflowTaskCompleted carries out what a workflow decided.
func (s *Server) workflowTaskCompleted(in *workflowservice.RespondWorkflowTaskCompletedRequest) (*workflowservice.RespondWorkflowTaskCompletedResponse, error) {
	t, err := s.take(in.GetTaskToken())
	if err != nil {
		return nil, err
	}
	r := t.run
	if len(r.buffered) > 0 && closes(in.GetCommands()) {
		return nil, r.unhandled()
	}
	r.previous = r.started
	completedID := r.append(enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, func(e *historypb.HistoryEvent) {
		e.Attributes = &historypb.HistoryEvent_WorkflowTaskCompletedEventAttributes{
			WorkflowTaskCompletedEventAttributes: &historypb.WorkflowTaskCompletedEventAttributes{
				ScheduledEventId: r.scheduled, StartedEventId: r.started, SdkMetadata: in.GetSdkMetadata(), MeteringMetadata: in.GetMeteringMetadata(),
			},
		}
	})
	r.endTask()
	again := in.GetForceCreateNewWorkflowTask()
	r.deciding = true
	for _, command := range in.GetCommands() {
		again = r.carryOut(command, completedID) || again
	}
	r.deciding = false
	if r.status != running {
		return &workflowservice.RespondWorkflowTaskCompletedResponse{}, nil
	}
	if r.flush() || again {
		r.schedule()
	}
	if in.GetForceCreateNewWorkflowTask() && in.GetReturnNewWorkflowTask() && r.task != nil {
		next := r.task
		s.drop(func(other *Task) bool { return other == next })
		s.nextTok++
		t.token, r.task = fmt.Sprintf("task-%d", s.nextTok), t // the same worker goes on
		s.tokens[t.token] = t
		return &workflowservice.RespondWorkflowTaskCompletedResponse{WorkflowTask: r.startWorkflowTask(t)}, nil
	}
	return &workflowservice.RespondWorkflowTaskCompletedResponse{}, nil
}

func closes(commands []*commandpb.Command) bool {
	for _, command := range commands {
		switch command.GetCommandType() {
		case enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION, enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION,
			enumspb.COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION, enumspb.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
			return true
		}
	}
	return false
}

// carryOut carries out one command. It reports whether the workflow has to see the outcome at once.
func (r *run) carryOut(command *commandpb.Command, completedID int64) (again bool) {
	if r.status != running {
		return false
	}
	switch command.GetCommandType() {
	case enumspb.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK:
		r.scheduleActivity(command.GetScheduleActivityTaskCommandAttributes(), completedID)
	case enumspb.COMMAND_TYPE_REQUEST_CANCEL_ACTIVITY_TASK:
		return r.cancelActivity(command.GetRequestCancelActivityTaskCommandAttributes().GetScheduledEventId(), completedID)
	case enumspb.COMMAND_TYPE_START_TIMER:
		r.startTimer(command.GetStartTimerCommandAttributes(), completedID)
	case enumspb.COMMAND_TYPE_CANCEL_TIMER:
		r.cancelTimer(command.GetCancelTimerCommandAttributes().GetTimerId(), completedID)
	case enumspb.COMMAND_TYPE_RECORD_MARKER:
		marker := command.GetRecordMarkerCommandAttributes()
		r.append(enumspb.EVENT_TYPE_MARKER_RECORDED, func(e *historypb.HistoryEvent) {
			e.Attributes = &historypb.HistoryEvent_MarkerRecordedEventAttributes{MarkerRecordedEventAttributes: &historypb.MarkerRecordedEventAttributes{
				MarkerName: marker.GetMarkerName(), Details: marker.GetDetails(), WorkflowTaskCompletedEventId: completedID,
				Header: marker.GetHeader(), Failure: marker.GetFailure(),
			}}
		})
	case enumspb.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION:
		r.startChild(command.GetStartChildWorkflowExecutionCommandAttributes(), completedID)
		return true
	case enumspb.COMMAND_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION:
		r.signalExternal(command.GetSignalExternalWorkflowExecutionCommandAttributes(), completedID)
		return true
	case enumspb.COMMAND_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION:
		r.cancelExternal(command.GetRequestCancelExternalWorkflowExecutionCommandAttributes(), completedID)
		return true
	case enumspb.COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
		upsert := command.GetUpsertWorkflowSearchAttributesCommandAttributes()
		r.append(enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES, func(e *historypb.HistoryEvent) {
			e.Attributes = &historypb.HistoryEvent_UpsertWorkflowSearchAttributesEventAttributes{
				UpsertWorkflowSearchAttributesEventAttributes: &historypb.UpsertWorkflowSearchAttributesEventAttributes{
					WorkflowTaskCompletedEventId: completedID, SearchAttributes: upsert.GetSearchAttributes(),
				},
			}
		})
	default:
		r.end(command)
	}
	return false
}

// end closes the execution.
func (r *run) end(command *commandpb.Command) {
	switch command.GetCommandType() {
	case enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION:
		r.close(completed, command.GetCompleteWorkflowExecutionCommandAttributes().GetResult(), nil)
	case enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION:
		r.close(failed, nil, command.GetFailWorkflowExecutionCommandAttributes().GetFailure())
	case enumspb.COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION:
		r.close(canceled, command.GetCancelWorkflowExecutionCommandAttributes().GetDetails(), nil)
	case enumspb.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
		next := command.GetContinueAsNewWorkflowExecutionCommandAttributes()
		parent := r.parent
		r.close(continued, nil, nil)
		started := r.server.begin(beginning{
			id: r.id, workflowType: next.GetWorkflowType(), queue: next.GetTaskQueue(), input: next.GetInput(), header: next.GetHeader(),
			attributes: r.attributes, parent: parent, continued: r,
		})
		if parent != nil {
			parent.run = started
		}
	default:
		r.server.problem("the simulated server does not know the command " + command.GetCommandType().String())
	}
}

func (r *run) startTimer(in *commandpb.StartTimerCommandAttributes, completedID int64) {
	started := r.append(enumspb.EVENT_TYPE_TIMER_STARTED, func(e *historypb.HistoryEvent) {
		e.Attributes = &historypb.HistoryEvent_TimerStartedEventAttributes{TimerStartedEventAttributes: &historypb.TimerStartedEventAttributes{
			TimerId: in.GetTimerId(), StartToFireTimeout: in.GetStartToFireTimeout(), WorkflowTaskCompletedEventId: completedID,
		}}
	})
	r.timers[in.GetTimerId()] = started
	r.server.after(in.GetStartToFireTimeout().AsDuration(), func() {
		if r.timers[in.GetTimerId()] != started {
			return
		}
		delete(r.timers, in.GetTimerId())
		r.add(enumspb.EVENT_TYPE_TIMER_FIRED, func(e *historypb.HistoryEvent) {
			e.Attributes = &historypb.HistoryEvent_TimerFiredEventAttributes{TimerFiredEventAttributes: &historypb.TimerFiredEventAttributes{
				TimerId: in.GetTimerId(), StartedEventId: started,
			}}
		})
	})
}

func (r *run) cancelTimer(id string, completedID int64) {
	started := r.timers[id]
	delete(r.timers, id)
	r.append(enumspb.EVENT_TYPE_TIMER_CANCELED, func(e *historypb.HistoryEvent) {
		e.Attributes = &historypb.HistoryEvent_TimerCanceledEventAttributes{TimerCanceledEventAttributes: &historypb.TimerCanceledEventAttributes{
			TimerId: id, StartedEventId: started, WorkflowTaskCompletedEventId: completedID,
		}}
	})
}

// Execution describes an execution for the driver.
type Execution struct {
	WorkflowID, RunID, Type, Status, Failure string
	Open                                     bool
	Started                                  time.Time
}

// Executions returns all executions in the order of their start.
func (s *Server) Executions() []Execution {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Execution, len(s.runs))
	for i, r := range s.runs {
		list[i] = Execution{
			WorkflowID: r.id, RunID: r.runID, Type: r.kind.GetName(), Status: string(r.status), Open: r.status == running,
			Failure: rootMessage(r.failure), Started: r.history[0].GetEventTime().AsTime(),
		}
	}
	return list
}

func rootMessage(f *failurepb.Failure) string {
	for f.GetCause() != nil {
		f = f.GetCause()
	}
	return f.GetMessage()
}

// Terminate ends a running execution as an operator does in Temporal's UI. It reports whether it was running.
func (s *Server) Terminate(workflowID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.open(&commonpb.WorkflowExecution{WorkflowId: workflowID})
	if err != nil {
		return false
	}
	r.terminate()
	return true
}

// Cancel asks a running execution to end. It reports whether it was running.
func (s *Server) Cancel(workflowID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.open(&commonpb.WorkflowExecution{WorkflowId: workflowID})
	if err != nil {
		return false
	}
	r.cancel()
	return true
}
