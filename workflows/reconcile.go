package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// Reconcile finds what webhooks did not tell, and starts the same flows that they would have: missed triggers and resets from
// NinjaOne's activity log and from its list of active alerts, missed changes of requests from Accelo. It sees to the webhook
// registrations, starts parked syncs again, and follows what was deleted in NinjaOne. A change that looks too large to be true
// waits for the signal approve; until then it looks again at every interval, and ends by itself when all is well again.
func runReconcile(ctx workflow.Context, in flow.ReconcileInput) (flow.ReconcileResult, error) {
	r := newReconcile(ctx, in)
	for approved := false; ; {
		if err := r.pass(ctx, approved); err != nil {
			return r.result, err
		}
		waiting, err := r.holds(ctx)
		if err != nil {
			return r.result, err
		}
		if err := r.finish(ctx, waiting); err != nil || !waiting {
			return r.result, err
		}
		if approved, err = r.awaitApproval(ctx); err != nil {
			return r.result, err
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() && !approved {
			in.Carried = &r.result
			return r.result, workflow.NewContinueAsNewError(ctx, flow.Reconcile, in)
		}
	}
}

type reconcile struct {
	in     flow.ReconcileInput
	result flow.ReconcileResult
	// started is when this run began to look.
	started time.Time
}

func newReconcile(ctx workflow.Context, in flow.ReconcileInput) *reconcile {
	info := workflow.GetInfo(ctx)
	if in.Interval <= 0 {
		in.Interval = defaultInterval
	}
	r := &reconcile{in: in, started: workflow.Now(ctx), result: flow.ReconcileResult{
		Connection: in.Connection, WorkflowID: info.WorkflowExecution.ID, RunID: info.FirstRunID, StartedAt: workflow.Now(ctx),
	}}
	if in.Carried != nil {
		r.result = *in.Carried
	}
	return r
}

// defaultInterval is for runs that were started without one.
const defaultInterval = 5 * time.Minute

// pass looks at everything once. What cannot be asked now is left for the next run; only a connection that is not set up, or a
// cancellation, ends the run.
func (r *reconcile) pass(ctx workflow.Context, approved bool) error {
	r.result.Left, r.result.Failures, r.result.Held = []string{}, []flow.ImportFailure{}, ""
	for _, part := range []struct {
		name string
		do   func(workflow.Context, bool) error
	}{
		{"NinjaOne's activity log", r.healFromLog},
		{"NinjaOne's active alerts", r.healFromAlerts},
		{"what is parked", r.retryOverdue},
		{"what changed in Accelo", r.followRequests},
		{"the webhook registrations", r.registerWebhooks},
		{"what was deleted in NinjaOne", r.markGone},
	} {
		workflow.SetCurrentDetails(ctx, "Looking at "+part.name+".")
		err := part.do(ctx, approved)
		switch {
		case err == nil:
		case ctx.Err() != nil, endsRun(err):
			return err
		default:
			r.result.Left = append(r.result.Left, part.name+": "+failureText(err))
		}
	}
	return nil
}

// healFromLog starts the flows of events that the activity log knows and we do not. The mark moves when they are durable.
func (r *reconcile) healFromLog(ctx workflow.Context, _ bool) error {
	for {
		var missed activities.NinjaReadMissedResult
		err := workflow.ExecuteActivity(patientLook(ctx, "events that were missed"), steps.NinjaReadMissed,
			activities.NinjaReadMissedInput{Connection: r.in.Connection}).Get(ctx, &missed)
		if err != nil {
			return err
		}
		r.spend(missed.APICalls)
		if err := r.heal(ctx, missed.Missed, missed.Rules); err != nil {
			return err
		}
		err = workflow.ExecuteLocalActivity(ownDatabase(ctx, "mark"), steps.ReconcileRaise, activities.ReconcileRaiseInput{
			Connection: r.in.Connection, Mark: missed.Mark, MarkedTime: missed.MarkedTime, Whole: !missed.More,
		}).Get(ctx, nil)
		if err != nil || !missed.More {
			return err
		}
	}
}

// healFromAlerts compares the alerts that are active now, for what the log no longer tells.
func (r *reconcile) healFromAlerts(ctx workflow.Context, approved bool) error {
	for after := ""; ; {
		var missed activities.NinjaCompareAlertsResult
		err := workflow.ExecuteActivity(patientLook(ctx, "compare active alerts"), steps.NinjaCompareAlerts,
			activities.NinjaCompareAlertsInput{Connection: r.in.Connection, Approved: approved, After: after}).Get(ctx, &missed)
		if err != nil {
			return err
		}
		r.spend(missed.APICalls)
		r.hold(missed.Held)
		if err := r.heal(ctx, missed.Missed, missed.Rules); err != nil || !missed.More {
			return err
		}
		after = missed.Missed[len(missed.Missed)-1].UID
	}
}

// followRequests starts the flows of requests that people changed.
func (r *reconcile) followRequests(ctx workflow.Context, _ bool) error {
	var changed activities.AcceloReadChangedRequestsResult
	err := workflow.ExecuteActivity(hastyLook(ctx, r.in.Interval, "what changed in Accelo"), steps.AcceloReadChangedRequests,
		activities.AcceloReadChangedRequestsInput{Connection: r.in.Connection}).Get(ctx, &changed)
	if err != nil {
		return err
	}
	r.spend(changed.APICalls)
	if err := r.follow(ctx, changed.RequestIDs); err != nil || changed.Seen.IsZero() {
		return err
	}
	return workflow.ExecuteLocalActivity(ownDatabase(ctx, "changes compared"), steps.ReconcileSeen,
		activities.ReconcileSeenInput{Connection: r.in.Connection, Seen: changed.Seen}).Get(ctx, nil)
}

func (r *reconcile) registerWebhooks(ctx workflow.Context, _ bool) error {
	var registered activities.RegisterWebhooksResult
	err := workflow.ExecuteActivity(hastyLook(ctx, r.in.Interval, "webhook registrations"), steps.RegisterWebhooks,
		activities.RegisterWebhooksInput{Connection: r.in.Connection, Again: r.in.Everything || r.result.Healed != (flow.Healed{})}).Get(ctx, &registered)
	r.spend(registered.APICalls)
	r.result.Webhooks = registered.Webhooks
	return err
}

// markGone notes what was deleted in NinjaOne. Nothing is deleted in Accelo.
func (r *reconcile) markGone(ctx workflow.Context, approved bool) error {
	var gone activities.NinjaFindGoneResult
	err := workflow.ExecuteActivity(patientLook(ctx, "deleted devices and organizations"), steps.NinjaFindGone,
		activities.NinjaFindGoneInput{Connection: r.in.Connection, Now: r.in.Everything, Approved: approved}).Get(ctx, &gone)
	if err != nil {
		return err
	}
	r.spend(gone.APICalls)
	r.hold(gone.Held)
	if len(gone.Devices)+len(gone.Organizations) == 0 {
		return nil
	}
	var marked activities.AcceloMarkGoneResult
	err = workflow.ExecuteActivity(hastyLook(ctx, r.in.Interval, fmt.Sprintf("note %d deleted devices, %d organizations",
		len(gone.Devices), len(gone.Organizations))), steps.AcceloMarkGone,
		activities.AcceloMarkGoneInput{Connection: r.in.Connection, Organizations: gone.Organizations, Devices: gone.Devices}).Get(ctx, &marked)
	r.spend(marked.APICalls)
	r.result.Gone.Devices += marked.Devices
	r.result.Gone.Organizations += marked.Organizations
	return err
}

func (r *reconcile) spend(calls flow.APICalls) {
	r.result.APICalls = r.result.APICalls.Plus(calls)
}

func (r *reconcile) hold(reason string) {
	switch {
	case reason == "":
	case r.result.Held == "":
		r.result.Held = reason
	default:
		r.result.Held += "; " + reason
	}
}

// endsRun tells whether nothing else can succeed either: the connection is not set up.
func endsRun(err error) bool {
	var application *temporal.ApplicationError
	return errors.As(err, &application) &&
		(application.Type() == activities.NotConnected || application.Type() == activities.UnknownConnection)
}
