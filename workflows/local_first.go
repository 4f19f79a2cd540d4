package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/rules"
)

// executeLocalFirst runs the first attempt of an urgent activity as a local activity, inside the current workflow task, because
// the round trip through the server would take longer than the alert's calls. If it fails, a regular activity takes over, which
// users can see and retry. A first attempt whose worker was killed is handled like that of any activity: the next one finds what
// it did. An alert that an import brought has no such hurry.
func executeLocalFirst(ctx workflow.Context, summary string, activity, in, result any) error {
	if isImported(ctx) && workflow.GetVersion(ctx, "imported-alerts", workflow.DefaultVersion, 1) == 1 {
		return workflow.ExecuteActivity(urgentCall(ctx, summary), activity, in).Get(ctx, result)
	}
	err := workflow.ExecuteLocalActivity(localAttempt(ctx, summary), activity, in).Get(ctx, result)
	if err == nil || temporal.IsCanceledError(err) {
		return err
	}
	var failure *temporal.ApplicationError
	if errors.As(err, &failure) {
		if failure.NonRetryable() {
			return err
		}
		if err := waitForRetry(ctx, failure); err != nil {
			return err
		}
	}
	return workflow.ExecuteActivity(urgentCall(ctx, summary), activity, in).Get(ctx, result)
}

// waitForRetry waits as long as the error asks for, such as until a vendor accepts calls again.
func waitForRetry(ctx workflow.Context, failure *temporal.ApplicationError) error {
	if failure.NextRetryDelay() == 0 {
		return nil
	}
	options := workflow.TimerOptions{Summary: rules.TruncateBytes(failure.Message(), maxSummary)}
	return workflow.NewTimerWithOptions(ctx, failure.NextRetryDelay(), options).Get(ctx, nil)
}
