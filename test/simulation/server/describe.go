package server

import (
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// describe describes the latest execution of an id.
func (s *Server) describe(in *workflowservice.DescribeWorkflowExecutionRequest) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	found := s.latest[in.GetExecution().GetWorkflowId()]
	if found == nil {
		return nil, serviceerror.NewNotFound("workflow not found for ID: " + in.GetExecution().GetWorkflowId())
	}
	state := enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
	if found.status == running {
		state = enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{
		Execution: &commonpb.WorkflowExecution{WorkflowId: found.id, RunId: found.runID}, Type: found.kind, Status: state,
		StartTime: found.history[0].GetEventTime(),
	}}, nil
}
