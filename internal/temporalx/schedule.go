package temporalx

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/grpc/codes"
)

// ScheduleChange is what ApplySchedule had to do.
type ScheduleChange string

// The changes of a schedule.
const (
	ScheduleCreated   ScheduleChange = "created"
	ScheduleUpdated   ScheduleChange = "updated"
	ScheduleUnchanged ScheduleChange = "unchanged"
)

// ApplySchedule creates a schedule, or brings the one that has its id up to date, and leaves one that is up to date
// alone: any number of programs may call it at any time. What people did to it in Temporal's UI stays: whether it is
// paused, its note, and how many actions remain.
//
// The action must name its workflow by type and have an id. A spec with calendars or cron expressions, which the server
// rewrites, is written every time.
func ApplySchedule(ctx context.Context, c client.Client, want client.ScheduleOptions) (ScheduleChange, error) {
	action, ok := want.Action.(*client.ScheduleWorkflowAction)
	if !ok || action.ID == "" {
		return "", fmt.Errorf("schedule %s: its action has no workflow id", want.ID)
	}
	if _, named := action.Workflow.(string); !named {
		return "", fmt.Errorf("schedule %s: its workflow is not named by its type", want.ID)
	}
	_, err := c.ScheduleClient().Create(ctx, want)
	if err == nil {
		return ScheduleCreated, nil
	}
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return "", fmt.Errorf("creating schedule %s: %w", want.ID, err)
	}
	for range describeAttempts {
		var change ScheduleChange
		change, err = update(ctx, c, want)
		if err == nil {
			return change, nil
		}
		if serviceerror.ToStatus(err).Code() != codes.DeadlineExceeded || ctx.Err() != nil {
			break
		}
	}
	return "", fmt.Errorf("updating schedule %s: %w", want.ID, err)
}

// describeAttempts is how often a schedule is described, for 10 seconds each time: in a namespace that was just made,
// nobody answers for schedules until the server has read its namespaces anew.
const describeAttempts = 6

// update brings an existing schedule up to date.
func update(ctx context.Context, c client.Client, want client.ScheduleOptions) (ScheduleChange, error) {
	change := ScheduleUnchanged
	err := c.ScheduleClient().GetHandle(ctx, want.ID).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(input client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			update, err := difference(input.Description, want)
			if err == nil {
				change = ScheduleUpdated
			}
			return update, err
		},
	})
	return change, err
}

// difference returns the update that makes a schedule what is wanted, or temporal.ErrSkipScheduleUpdate.
func difference(current client.ScheduleDescription, want client.ScheduleOptions) (*client.ScheduleUpdate, error) {
	same, err := upToDate(current, want)
	if err != nil {
		return nil, err
	}
	if same {
		return nil, temporal.ErrSkipScheduleUpdate
	}
	update := &client.ScheduleUpdate{Schedule: &client.Schedule{
		Action: want.Action,
		Spec:   &want.Spec,
		Policy: &client.SchedulePolicies{
			Overlap:        want.Overlap,
			CatchupWindow:  want.CatchupWindow,
			PauseOnFailure: want.PauseOnFailure,
		},
		State: current.Schedule.State,
	}}
	if want.TypedSearchAttributes.Size() > 0 {
		update.TypedSearchAttributes = &want.TypedSearchAttributes
	}
	return update, nil
}
