package temporalx

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"
)

// upToDate tells whether a schedule is already as wanted, apart from its state, which belongs to people.
func upToDate(current client.ScheduleDescription, want client.ScheduleOptions) (bool, error) {
	action, ok := current.Schedule.Action.(*client.ScheduleWorkflowAction)
	if !ok {
		return false, nil
	}
	wanted, _ := want.Action.(*client.ScheduleWorkflowAction)
	samePayloads, err := sameInput(action, wanted)
	return samePayloads && err == nil &&
		sameAction(action, wanted) &&
		sameSpec(current.Schedule.Spec, want.Spec) &&
		samePolicy(current.Schedule.Policy, want) &&
		hasAttributes(current.TypedSearchAttributes, want.TypedSearchAttributes), err
}

func samePolicy(current *client.SchedulePolicies, want client.ScheduleOptions) bool {
	overlap := want.Overlap
	if overlap == enumspb.SCHEDULE_OVERLAP_POLICY_UNSPECIFIED {
		overlap = enumspb.SCHEDULE_OVERLAP_POLICY_SKIP // The server's default.
	}
	actual := current.Overlap
	if actual == enumspb.SCHEDULE_OVERLAP_POLICY_UNSPECIFIED {
		actual = enumspb.SCHEDULE_OVERLAP_POLICY_SKIP
	}
	return actual == overlap && current.PauseOnFailure == want.PauseOnFailure &&
		(want.CatchupWindow == 0 || current.CatchupWindow == want.CatchupWindow)
}

// sameSpec compares intervals; anything richer comes back from the server in another form, and counts as different.
func sameSpec(current *client.ScheduleSpec, want client.ScheduleSpec) bool {
	if len(want.Calendars)+len(want.CronExpressions)+len(want.Skip) > 0 || len(current.Calendars)+len(current.Skip) > 0 {
		return false
	}
	return slices.Equal(current.Intervals, want.Intervals) && current.Jitter == want.Jitter &&
		current.StartAt.Equal(want.StartAt) && current.EndAt.Equal(want.EndAt) && current.TimeZoneName == want.TimeZoneName
}

func sameAction(current, want *client.ScheduleWorkflowAction) bool {
	return current.ID == want.ID && current.Workflow == want.Workflow && current.TaskQueue == want.TaskQueue &&
		current.WorkflowExecutionTimeout == want.WorkflowExecutionTimeout &&
		current.WorkflowRunTimeout == want.WorkflowRunTimeout &&
		(want.WorkflowTaskTimeout == 0 || current.WorkflowTaskTimeout == want.WorkflowTaskTimeout) &&
		(want.RetryPolicy == nil && current.RetryPolicy == nil || reflect.DeepEqual(current.RetryPolicy, want.RetryPolicy)) &&
		current.StaticSummary == want.StaticSummary && current.StaticDetails == want.StaticDetails &&
		current.Priority == want.Priority &&
		len(current.UntypedSearchAttributes) == 0 &&
		current.TypedSearchAttributes.Size() == want.TypedSearchAttributes.Size() &&
		hasAttributes(current.TypedSearchAttributes, want.TypedSearchAttributes)
}

// hasAttributes tells whether every wanted attribute has its value; the server adds some of its own.
func hasAttributes(current, want temporal.SearchAttributes) bool {
	values := current.GetUntypedValues()
	for key, value := range want.GetUntypedValues() {
		if !reflect.DeepEqual(values[key], value) {
			return false
		}
	}
	return true
}

// sameInput compares arguments and memo in the form in which they are stored.
func sameInput(current, want *client.ScheduleWorkflowAction) (bool, error) {
	arguments, err := converter.GetDefaultDataConverter().ToPayloads(want.Args...)
	if err != nil {
		return false, fmt.Errorf("arguments of workflow %s: %w", want.ID, err)
	}
	memo := make(map[string]any, len(want.Memo))
	for key, value := range want.Memo {
		if memo[key], err = converter.GetDefaultDataConverter().ToPayload(value); err != nil {
			return false, fmt.Errorf("memo %s of workflow %s: %w", key, want.ID, err)
		}
	}
	payloads := make([]any, len(arguments.GetPayloads()))
	for i, payload := range arguments.GetPayloads() {
		payloads[i] = payload
	}
	return slices.EqualFunc(current.Args, payloads, samePayload) && maps.EqualFunc(current.Memo, memo, samePayload), nil
}

func samePayload(current, want any) bool {
	a, okA := current.(*commonpb.Payload)
	b, okB := want.(*commonpb.Payload)
	return okA && okB && proto.Equal(a, b)
}
