package server

import (
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// child is a child workflow as its parent sees it.
type child struct {
	parent             *run
	run                *run
	initiated, started int64
	kind               *commonpb.WorkflowType
	policy             enumspb.ParentClosePolicy
	execution          *commonpb.WorkflowExecution
}

func (r *run) startChild(in *commandpb.StartChildWorkflowExecutionCommandAttributes, completedID int64) {
	initiated := r.append(enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED, func(e *historypb.HistoryEvent) {
		e.Attributes = &historypb.HistoryEvent_StartChildWorkflowExecutionInitiatedEventAttributes{
			StartChildWorkflowExecutionInitiatedEventAttributes: &historypb.StartChildWorkflowExecutionInitiatedEventAttributes{
				Namespace: Namespace, WorkflowId: in.GetWorkflowId(), WorkflowType: in.GetWorkflowType(), TaskQueue: in.GetTaskQueue(), Input: in.GetInput(),
				ParentClosePolicy: in.GetParentClosePolicy(), WorkflowTaskCompletedEventId: completedID, WorkflowIdReusePolicy: in.GetWorkflowIdReusePolicy(),
				Header: in.GetHeader(), SearchAttributes: in.GetSearchAttributes(),
			},
		}
	})
	existing := r.server.latest[in.GetWorkflowId()]
	if existing != nil && !existing.mayRunAgain(in.GetWorkflowIdReusePolicy()) {
		r.add(enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_FAILED, func(e *historypb.HistoryEvent) {
			e.Attributes = &historypb.HistoryEvent_StartChildWorkflowExecutionFailedEventAttributes{
				StartChildWorkflowExecutionFailedEventAttributes: &historypb.StartChildWorkflowExecutionFailedEventAttributes{
					Namespace: Namespace, WorkflowId: in.GetWorkflowId(), WorkflowType: in.GetWorkflowType(), InitiatedEventId: initiated,
					Cause: enumspb.START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_ALREADY_EXISTS, WorkflowTaskCompletedEventId: completedID,
				},
			}
		})
		return
	}
	c := &child{parent: r, initiated: initiated, kind: in.GetWorkflowType(), policy: in.GetParentClosePolicy()}
	r.children[initiated] = c
	queue := in.GetTaskQueue()
	if queue.GetName() == "" {
		queue = r.queue
	}
	c.run = r.server.begin(beginning{
		id: in.GetWorkflowId(), workflowType: in.GetWorkflowType(), queue: queue, input: in.GetInput(), header: in.GetHeader(),
		attributes: in.GetSearchAttributes(), parent: c, priority: in.GetPriority(),
	})
	c.execution = &commonpb.WorkflowExecution{WorkflowId: c.run.id, RunId: c.run.runID}
	r.add(enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED, func(e *historypb.HistoryEvent) { // it follows what else the task has decided
		c.started = e.GetEventId()
		e.Attributes = &historypb.HistoryEvent_ChildWorkflowExecutionStartedEventAttributes{
			ChildWorkflowExecutionStartedEventAttributes: &historypb.ChildWorkflowExecutionStartedEventAttributes{
				Namespace: Namespace, InitiatedEventId: initiated, WorkflowExecution: c.execution, WorkflowType: c.kind, Header: in.GetHeader(),
			},
		}
	})
}

// closed tells the parent how its child ended.
func (c *child) closed(r *run) {
	delete(c.parent.children, c.initiated)
	switch r.status {
	case completed:
		c.parent.add(enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED, func(e *historypb.HistoryEvent) {
			e.Attributes = &historypb.HistoryEvent_ChildWorkflowExecutionCompletedEventAttributes{
				ChildWorkflowExecutionCompletedEventAttributes: &historypb.ChildWorkflowExecutionCompletedEventAttributes{
					Result: r.result, Namespace: Namespace, WorkflowExecution: c.execution, WorkflowType: c.kind, InitiatedEventId: c.initiated, StartedEventId: c.started,
				},
			}
		})
	case failed:
		c.parent.add(enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED, func(e *historypb.HistoryEvent) {
			e.Attributes = &historypb.HistoryEvent_ChildWorkflowExecutionFailedEventAttributes{
				ChildWorkflowExecutionFailedEventAttributes: &historypb.ChildWorkflowExecutionFailedEventAttributes{
					Failure: r.failure, Namespace: Namespace, WorkflowExecution: c.execution, WorkflowType: c.kind, InitiatedEventId: c.initiated, StartedEventId: c.started,
					RetryState: enumspb.RETRY_STATE_RETRY_POLICY_NOT_SET,
				},
			}
		})
	case canceled:
		c.parent.add(enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_CANCELED, func(e *historypb.HistoryEvent) {
			e.Attributes = &historypb.HistoryEvent_ChildWorkflowExecutionCanceledEventAttributes{
				ChildWorkflowExecutionCanceledEventAttributes: &historypb.ChildWorkflowExecutionCanceledEventAttributes{
					Details: r.result, Namespace: Namespace, WorkflowExecution: c.execution, WorkflowType: c.kind, InitiatedEventId: c.initiated, StartedEventId: c.started,
				},
			}
		})
	case terminated:
		c.parent.add(enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TERMINATED, func(e *historypb.HistoryEvent) {
			e.Attributes = &historypb.HistoryEvent_ChildWorkflowExecutionTerminatedEventAttributes{
				ChildWorkflowExecutionTerminatedEventAttributes: &historypb.ChildWorkflowExecutionTerminatedEventAttributes{
					Namespace: Namespace, WorkflowExecution: c.execution, WorkflowType: c.kind, InitiatedEventId: c.initiated, StartedEventId: c.started,
				},
			}
		})
	}
}

func (r *run) signalExternal(in *commandpb.SignalExternalWorkflowExecutionCommandAttributes, completedID int64) {
	initiated := r.append(enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, func(e *historypb.HistoryEvent) {
		e.Attributes = &historypb.HistoryEvent_SignalExternalWorkflowExecutionInitiatedEventAttributes{
			SignalExternalWorkflowExecutionInitiatedEventAttributes: &historypb.SignalExternalWorkflowExecutionInitiatedEventAttributes{
				WorkflowTaskCompletedEventId: completedID, Namespace: Namespace, WorkflowExecution: in.GetExecution(), SignalName: in.GetSignalName(),
				Input: in.GetInput(), ChildWorkflowOnly: in.GetChildWorkflowOnly(),
				Control: in.GetControl(), //nolint:staticcheck // the SDK finds its command by it when it replays
			},
		}
	})
	target, err := r.server.open(in.GetExecution())
	if err != nil {
		r.add(enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED, func(e *historypb.HistoryEvent) {
			e.Attributes = &historypb.HistoryEvent_SignalExternalWorkflowExecutionFailedEventAttributes{
				SignalExternalWorkflowExecutionFailedEventAttributes: &historypb.SignalExternalWorkflowExecutionFailedEventAttributes{
					Cause:                        enumspb.SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND,
					WorkflowTaskCompletedEventId: completedID, Namespace: Namespace, WorkflowExecution: in.GetExecution(), InitiatedEventId: initiated,
				},
			}
		})
		return
	}
	target.signaled(in.GetSignalName(), in.GetInput())
	r.add(enumspb.EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED, func(e *historypb.HistoryEvent) {
		e.Attributes = &historypb.HistoryEvent_ExternalWorkflowExecutionSignaledEventAttributes{
			ExternalWorkflowExecutionSignaledEventAttributes: &historypb.ExternalWorkflowExecutionSignaledEventAttributes{
				InitiatedEventId: initiated, Namespace: Namespace, WorkflowExecution: in.GetExecution(),
			},
		}
	})
}

func (r *run) cancelExternal(in *commandpb.RequestCancelExternalWorkflowExecutionCommandAttributes, completedID int64) {
	execution := &commonpb.WorkflowExecution{WorkflowId: in.GetWorkflowId(), RunId: in.GetRunId()}
	initiated := r.append(enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, func(e *historypb.HistoryEvent) {
		e.Attributes = &historypb.HistoryEvent_RequestCancelExternalWorkflowExecutionInitiatedEventAttributes{
			RequestCancelExternalWorkflowExecutionInitiatedEventAttributes: &historypb.RequestCancelExternalWorkflowExecutionInitiatedEventAttributes{
				WorkflowTaskCompletedEventId: completedID, Namespace: Namespace, WorkflowExecution: execution, ChildWorkflowOnly: in.GetChildWorkflowOnly(),
			},
		}
	})
	target, err := r.server.open(execution)
	if err != nil {
		r.add(enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED, func(e *historypb.HistoryEvent) {
			e.Attributes = &historypb.HistoryEvent_RequestCancelExternalWorkflowExecutionFailedEventAttributes{
				RequestCancelExternalWorkflowExecutionFailedEventAttributes: &historypb.RequestCancelExternalWorkflowExecutionFailedEventAttributes{
					Cause:                        enumspb.CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND,
					WorkflowTaskCompletedEventId: completedID, Namespace: Namespace, WorkflowExecution: execution, InitiatedEventId: initiated,
				},
			}
		})
		return
	}
	target.cancel()
	r.add(enumspb.EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED, func(e *historypb.HistoryEvent) {
		e.Attributes = &historypb.HistoryEvent_ExternalWorkflowExecutionCancelRequestedEventAttributes{
			ExternalWorkflowExecutionCancelRequestedEventAttributes: &historypb.ExternalWorkflowExecutionCancelRequestedEventAttributes{
				InitiatedEventId: initiated, Namespace: Namespace, WorkflowExecution: execution,
			},
		}
	})
}
