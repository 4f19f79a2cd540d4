package temporalx

import (
	"context"
	"errors"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/grpc/codes"

	"ninjaone-accelo/internal/flow"
)

// ScheduleChange is what ApplySchedule did.
type ScheduleChange string

// The results of ApplySchedule.
const (
	ScheduleCreated   ScheduleChange = "created"
	ScheduleUpdated   ScheduleChange = "updated"
	ScheduleUnchanged ScheduleChange = "unchanged"
)

// ScheduleMemo is the key of the memo that records what a schedule was last set to. It is part of the schedule's action,
// and so of every run, because the SDK can't update a schedule's own memo.
const ScheduleMemo = "schedule"

// updateAttempts is how often an update is tried, for up to 10 seconds each: in a namespace that was just created, no
// server handles schedules until its namespace cache is refreshed.
const updateAttempts = 6

// scheduleSettings is everything that may differ between two deployments. A schedule whose recorded settings are equal
// is left alone.
type scheduleSettings struct {
	Interval         time.Duration `json:"interval"`
	Jitter           time.Duration `json:"jitter"`
	TaskQueue        string        `json:"task_queue"`
	SearchAttributes bool          `json:"search_attributes"`
	Version          int           `json:"version"`
	// Pair is the pair of accounts that the schedule's runs carry.
	Pair int64 `json:"pair,omitempty"`
}

// ApplySchedule creates a schedule, or updates the existing one if its interval, jitter, task queue, use of search
// attributes, version or the pair of accounts of ctx differ. Increase the version when anything else about the schedule changes. Any number of
// programs may call it at the same time. An update keeps what users set in Temporal's UI: the paused state, its note and
// the remaining actions.
//
// The options must have one interval, and an action with a workflow ID.
func ApplySchedule(ctx context.Context, c client.Client, want client.ScheduleOptions, version int) (ScheduleChange, error) {
	action, ok := want.Action.(*client.ScheduleWorkflowAction)
	if !ok || action.ID == "" {
		return "", fmt.Errorf("schedule %s: its action has no workflow ID", want.ID)
	}
	if len(want.Spec.Intervals) != 1 {
		return "", fmt.Errorf("schedule %s: it has %d intervals instead of one", want.ID, len(want.Spec.Intervals))
	}
	settings := scheduleSettings{
		Interval: want.Spec.Intervals[0].Every, Jitter: want.Spec.Jitter, TaskQueue: action.TaskQueue,
		SearchAttributes: want.TypedSearchAttributes.Size() > 0, Version: version, Pair: flow.PairFrom(ctx).Number,
	}
	recorded := *action
	recorded.Memo = map[string]any{ScheduleMemo: settings}
	want.Action = &recorded
	_, err := c.ScheduleClient().Create(ctx, want)
	if err == nil {
		return ScheduleCreated, nil
	}
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return "", fmt.Errorf("create schedule %s: %w", want.ID, err)
	}
	for range updateAttempts {
		var change ScheduleChange
		change, err = updateSchedule(ctx, c, want, settings)
		if err == nil {
			return change, nil
		}
		if serviceerror.ToStatus(err).Code() != codes.DeadlineExceeded || ctx.Err() != nil {
			break
		}
	}
	return "", fmt.Errorf("update schedule %s: %w", want.ID, err)
}

// RemoveSchedule deletes a schedule. One that doesn't exist is no error.
func RemoveSchedule(ctx context.Context, c client.Client, id string) error {
	err := c.ScheduleClient().GetHandle(ctx, id).Delete(ctx)
	var missing *serviceerror.NotFound
	if err != nil && !errors.As(err, &missing) {
		return fmt.Errorf("delete schedule %s: %w", id, err)
	}
	return nil
}

// updateSchedule replaces an existing schedule unless its settings are equal.
func updateSchedule(
	ctx context.Context, c client.Client, want client.ScheduleOptions, settings scheduleSettings,
) (ScheduleChange, error) {
	change := ScheduleUnchanged
	err := c.ScheduleClient().GetHandle(ctx, want.ID).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(input client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			current := input.Description.Schedule
			if recorded, ok := recordedSettings(current); ok && recorded == settings {
				return nil, temporal.ErrSkipScheduleUpdate
			}
			change = ScheduleUpdated
			update := &client.ScheduleUpdate{Schedule: &client.Schedule{
				Action: want.Action,
				Spec:   &want.Spec,
				Policy: &client.SchedulePolicies{
					Overlap: want.Overlap, CatchupWindow: want.CatchupWindow, PauseOnFailure: want.PauseOnFailure,
				},
				State: current.State,
			}}
			if settings.SearchAttributes {
				update.TypedSearchAttributes = &want.TypedSearchAttributes
			}
			return update, nil
		},
	})
	return change, err
}

// recordedSettings reads what a schedule was last set to. Schedules of early versions have no record.
func recordedSettings(schedule client.Schedule) (settings scheduleSettings, ok bool) {
	action, ok := schedule.Action.(*client.ScheduleWorkflowAction)
	if !ok {
		return settings, false
	}
	payload, ok := action.Memo[ScheduleMemo].(*commonpb.Payload)
	if !ok {
		return settings, false
	}
	return settings, converter.GetDefaultDataConverter().FromPayload(payload, &settings) == nil
}
