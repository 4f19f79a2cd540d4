package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// holds puts the brake on where a mass change is to wait, and tells whether this run is the one that waits for a person:
// another may do so already.
func (r *reconcile) holds(ctx workflow.Context) (bool, error) {
	if r.result.Held == "" {
		return false, nil
	}
	var held activities.ReconcileHoldResult
	err := workflow.ExecuteLocalActivity(ownDatabase(ctx, "brake"), steps.ReconcileHold, activities.ReconcileHoldInput{
		Connection: r.in.Connection, WorkflowID: r.result.WorkflowID, RunID: r.result.RunID, Reason: r.result.Held, Interval: r.in.Interval,
	}).Get(ctx, &held)
	return held.Ours, err
}

// finish stores what was found, for `status`, and shows it.
func (r *reconcile) finish(ctx workflow.Context, waiting bool) error {
	r.result.Seconds = workflow.Now(ctx).Sub(r.result.StartedAt).Seconds()
	workflow.SetCurrentDetails(ctx, reconcileDetails(r.result, waiting))
	return workflow.ExecuteLocalActivity(ownDatabase(ctx, "result"), steps.ReconcileFinish,
		activities.ReconcileFinishInput{Result: r.result, Waiting: waiting}).Get(ctx, nil)
}

// awaitApproval waits for a person to approve, for an interval at most: then it is time to look again.
func (r *reconcile) awaitApproval(ctx workflow.Context) (bool, error) {
	approve := workflow.GetSignalChannel(ctx, flow.ApproveSignal)
	approved, err := workflow.AwaitWithTimeout(ctx, r.in.Interval, func() bool { return approve.Len() > 0 })
	for approve.ReceiveAsync(nil) { // one approval is for what is held now, however often it was given
		continue
	}
	return approved, err
}

// reconcileDetails is a result in words.
func reconcileDetails(result flow.ReconcileResult, waiting bool) string {
	var text strings.Builder
	if waiting {
		fmt.Fprintf(&text, "**Held back: %s.** If that is right, send the signal `%s`; if not, see why NinjaOne lists less. "+
			"It is looked at again at every interval.\n\n", result.Held, flow.ApproveSignal)
	}
	healed, gone, calls := result.Healed, result.Gone, result.APICalls
	fmt.Fprintf(&text, "%d triggers, %d resets and %d changes in Accelo had not arrived; %d syncs were started again; "+
		"%d devices and %d organizations are no longer in NinjaOne; %d calls to NinjaOne, %d to Accelo.",
		healed.Triggers, healed.Resets, healed.Requests, result.Retried, gone.Devices, gone.Organizations, calls.Ninjaone, calls.Accelo)
	for _, left := range result.Left {
		text.WriteString("\n- left for the next run: " + cut(left, 1000))
	}
	for _, failure := range result.Failures {
		fmt.Fprintf(&text, "\n- %s %s: %s", failure.Kind, failure.NinjaID, cut(failure.Error, 1000))
	}
	return text.String()
}
