package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// needApproval adds a reason why this run needs approval; an empty one adds none.
func (r *reconciliation) needApproval(reason string) {
	switch {
	case reason == "":
	case r.result.Held == "":
		r.result.Held = reason
	default:
		r.result.Held += "; " + reason
	}
}

// requestApproval records that a mass change needs approval, if one does. It reports whether this run is the one that waits:
// another run may already be waiting.
func (r *reconciliation) requestApproval(ctx workflow.Context) (bool, error) {
	if r.result.Held == "" {
		return false, nil
	}
	var held activities.ReconcileHoldResult
	err := workflow.ExecuteLocalActivity(databaseCall(ctx, "Request approval"), steps.ReconcileHold, activities.ReconcileHoldInput{
		Connection: r.in.Connection, WorkflowID: r.result.WorkflowID, RunID: r.result.RunID, Reason: r.result.Held, Interval: r.in.Interval,
	}).Get(ctx, &held)
	return held.Ours, err
}

// finish stores the result for `starter status` and shows it in Temporal's UI.
func (r *reconciliation) finish(ctx workflow.Context, waiting bool) error {
	r.result.Seconds = workflow.Now(ctx).Sub(r.result.StartedAt).Seconds()
	workflow.SetCurrentDetails(ctx, r.details(waiting))
	return workflow.ExecuteLocalActivity(databaseCall(ctx, "Save result"), steps.ReconcileFinish,
		activities.ReconcileFinishInput{Result: r.result, Waiting: waiting}).Get(ctx, nil)
}

// awaitApproval reports whether a user approved within one interval. After that it is time to check again.
func (r *reconciliation) awaitApproval(ctx workflow.Context) (bool, error) {
	approve := workflow.GetSignalChannel(ctx, flow.ApproveSignal)
	approved, err := workflow.AwaitWithTimeout(ctx, r.in.Interval, func() bool { return approve.Len() > 0 })
	for approve.ReceiveAsync(nil) { // any number of signals approves only what is held now
		continue
	}
	return approved, err
}

// details returns the result in Markdown, for Temporal's UI.
func (r *reconciliation) details(waiting bool) string {
	var text strings.Builder
	result := r.result
	if waiting {
		fmt.Fprintf(&text, "**Waiting for approval: %s.** If this is expected, send the `%s` signal. "+
			"Otherwise check why NinjaOne is returning fewer records; this run checks again every %s.\n\n",
			result.Held, flow.ApproveSignal, rules.Duration(r.in.Interval))
	}
	missed := result.Healed
	fmt.Fprintf(&text, "Recovered %s, %s and %s. Retried %s. Found %s and %s in NinjaOne. Used %s to NinjaOne and %s to Accelo.",
		rules.Count(missed.Triggers, "missed alert"), rules.Count(missed.Resets, "missed reset"),
		rules.Count(missed.Requests, "missed change in Accelo", "missed changes in Accelo"),
		rules.Count(result.Retried, "failed sync"),
		rules.Count(result.Gone.Devices, "deleted device"), rules.Count(result.Gone.Organizations, "deleted organization"),
		rules.Count(int(result.APICalls.Ninjaone), "call"), rules.Count(int(result.APICalls.Accelo), "call"))
	for _, left := range result.Left {
		text.WriteString("\n- Left for the next run: " + listed(left))
	}
	text.WriteString(failureList(result.Failures))
	return text.String()
}
