package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// executeAtOnce runs an urgent activity of a few calls. The first attempt is made within the workflow task in hand, as a local
// activity: the way through the server to an activity and back costs more than all calls of an alert. Where it fails, an
// activity goes on that people can see waiting and retry. What the first attempt did and could not report, because its worker
// was killed, is found by the next one, as it is with every activity.
func executeAtOnce(ctx workflow.Context, summary string, activity, in, result any) error {
	err := workflow.ExecuteLocalActivity(atOnce(ctx, summary), activity, in).Get(ctx, result)
	if err == nil || temporal.IsCanceledError(err) {
		return err
	}
	var failed *temporal.ApplicationError
	if errors.As(err, &failed) {
		if failed.NonRetryable() {
			return err
		}
		if err := waitFor(ctx, failed); err != nil {
			return err
		}
	}
	return workflow.ExecuteActivity(urgentCall(ctx, summary), activity, in).Get(ctx, result)
}

// waitFor waits as long as an error asks for, such as until a vendor allows calls again.
func waitFor(ctx workflow.Context, failed *temporal.ApplicationError) error {
	if failed.NextRetryDelay() == 0 {
		return nil
	}
	summary := workflow.TimerOptions{Summary: cut(failed.Message(), maxSummary)}
	return workflow.NewTimerWithOptions(ctx, failed.NextRetryDelay(), summary).Get(ctx, nil)
}
