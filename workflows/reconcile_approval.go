package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// needApproval adds a reason why this run needs approval; an empty one adds none.
func (r *reconciliation) needApproval(reason string) {
	switch {
	case reason == "", strings.Contains(r.result.Held, reason):
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
	r.shownBefore = r.held.ShownAt
	var held activities.ReconcileHoldResult
	err := workflow.ExecuteLocalActivity(databaseCall(ctx, "Request approval"), steps.ReconcileHold, activities.ReconcileHoldInput{
		Connection: r.in.Connection, WorkflowID: r.result.WorkflowID, RunID: r.result.RunID, Reason: r.result.Held, Check: r.checkedAt,
		ApprovedAt: r.carriedOut, Interval: r.in.Interval,
	}).Get(ctx, &held)
	r.held = held
	r.result.HeldChanges, r.result.HeldCount, r.result.HeldShownAt = held.Changes, held.Count, &held.ShownAt
	return held.Ours, err
}

// finish stores the result for `starter status` and shows it in Temporal's UI.
func (r *reconciliation) finish(ctx workflow.Context, waiting bool) error {
	r.result.Seconds = workflow.Now(ctx).Sub(r.result.StartedAt).Seconds()
	workflow.SetCurrentDetails(ctx, r.details(waiting))
	return workflow.ExecuteLocalActivity(databaseCall(ctx, "Save result"), steps.ReconcileFinish,
		activities.ReconcileFinishInput{Result: r.result, Waiting: waiting}).Get(ctx, nil)
}

// awaitApproval waits one interval for a user's approval. After that it is time to check again. A signal says what its sender could
// read; one that doesn't, approves what was shown when it came.
func (r *reconciliation) awaitApproval(ctx workflow.Context) error {
	approve := workflow.GetSignalChannel(ctx, flow.ApproveSignal)
	shown := r.held.ShownAt
	if approve.Len() > 0 { // sent before this check had its result
		shown = r.shownBefore
	}
	approved, err := workflow.AwaitWithTimeout(ctx, r.in.Interval, func() bool { return approve.Len() > 0 })
	r.approved, r.approvedAt = approved, time.Time{}
	for {
		var approval flow.Approval
		if !approve.ReceiveAsync(&approval) {
			return err
		}
		if approval.ShownAt.IsZero() {
			approval.ShownAt = shown
		}
		if approval.ShownAt.After(r.approvedAt) {
			r.approvedAt, r.carriedOut = approval.ShownAt, approval.ShownAt
		}
	}
}

// details returns the result in Markdown, for Temporal's UI.
func (r *reconciliation) details(waiting bool) string {
	var text strings.Builder
	result := r.result
	if waiting {
		fmt.Fprintf(&text, "**Waiting for approval: %s.** If this is expected, send the `%s` signal: it approves these changes and no others. "+
			"Otherwise check why NinjaOne is returning fewer records; this run checks again every %s.\n\n",
			result.Held, flow.ApproveSignal, rules.Duration(r.in.Interval))
		text.WriteString(r.heldList())
	}
	missed := result.Healed
	if missed.Revived > 0 {
		fmt.Fprintf(&text, "Gave %s back their requests: they counted as reset by mistake. ", rules.Count(missed.Revived, "active alert"))
	}
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

// heldList names the changes that an approval covers.
func (r *reconciliation) heldList() string {
	if len(r.result.HeldChanges) == 0 {
		return ""
	}
	var text strings.Builder
	for _, change := range r.result.HeldChanges {
		text.WriteString("- " + listed(change) + "\n")
	}
	if more := r.result.HeldCount - len(r.result.HeldChanges); more > 0 {
		text.WriteString("- and " + rules.Count(more, "other") + "\n")
	}
	return text.String() + "\n"
}
