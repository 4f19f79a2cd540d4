package workflows

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// defaultInterval applies to runs that were started without one.
const defaultInterval = 5 * time.Minute

// runReconcile implements the Reconcile workflow: it finds what webhooks missed and starts the workflows that they would have
// started. Missed alerts and resets come from NinjaOne's activity log and its list of active alerts, missed request changes from
// Accelo. It also maintains the webhook registrations, retries failed syncs, and notes what was deleted in NinjaOne. An unusually
// large change waits for the approve signal, which lets through exactly what was shown. Until then the run checks again every
// interval, and it ends if nothing needs approval any more.
func runReconcile(ctx workflow.Context, in flow.ReconcileInput) (flow.ReconcileResult, error) {
	r := newReconciliation(ctx, in)
	for {
		if err := r.check(ctx); err != nil {
			return r.result, err
		}
		if r.canContinue(ctx) {
			in.Carried, in.Unfinished, in.AfterAlert = &r.result, true, r.afterAlert
			return r.result, workflow.NewContinueAsNewError(ctx, flow.Reconcile, in)
		}
		waiting, err := r.requestApproval(ctx)
		if err != nil {
			return r.result, err
		}
		if err := r.finish(ctx, waiting); err != nil || !waiting {
			return r.result, err
		}
		if err := r.awaitApproval(ctx); err != nil {
			return r.result, err
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() && !r.approved {
			in.Carried = &r.result
			return r.result, workflow.NewContinueAsNewError(ctx, flow.Reconcile, in)
		}
	}
}

type reconciliation struct {
	in     flow.ReconcileInput
	result flow.ReconcileResult
	// checkedAt is when the current check began, and healedBefore what earlier ones had healed. It is the first one of a run that has not continued.
	checkedAt    time.Time
	healedBefore flow.Healed
	first        bool
	// silence counts the newest events in NinjaOne's log that its webhook did not bring. Heard means that it brought the one before them.
	silence int
	heard   bool
	// approved lets the next check carry out what a user could read at approvedAt. The last approval is that of carriedOut.
	approved               bool
	approvedAt, carriedOut time.Time
	// held is what the last request for approval shows, and shownBefore when the one before could be read.
	held        activities.ReconcileHoldResult
	shownBefore time.Time
	database    workflow.Mutex
	// unfinished is set once the history has become long before everything was handed out. Active alerts up to afterAlert were.
	unfinished bool
	afterAlert string
}

func newReconciliation(ctx workflow.Context, in flow.ReconcileInput) *reconciliation {
	info := workflow.GetInfo(ctx)
	if in.Interval <= 0 {
		in.Interval = defaultInterval
	}
	r := &reconciliation{in: in, result: flow.ReconcileResult{
		Connection: in.Connection, WorkflowID: info.WorkflowExecution.ID, RunID: info.FirstRunID, StartedAt: workflow.Now(ctx),
	}, database: workflow.NewMutex(ctx)}
	if in.Carried != nil {
		r.result = *in.Carried
	}
	return r
}

// part is one thing that a reconciliation checks.
type part struct {
	name string
	do   func(workflow.Context) error
}

// check does everything once. Parts that need nothing of each other run at the same time, so that none waits for a vendor that refuses what
// another one asks. A part that fails is left for the next run. Only a cancellation, or a connection that is not set up, ends the run.
func (r *reconciliation) check(ctx workflow.Context) error {
	defer func() { r.in.Unfinished, r.in.AfterAlert = false, "" }()
	r.first, r.silence, r.heard = r.checkedAt.IsZero() && r.in.Carried == nil, 0, false
	r.checkedAt, r.healedBefore = workflow.Now(ctx).UTC().Truncate(time.Microsecond), r.result.Healed
	if !r.in.Unfinished { // what the run before noted is still true
		r.result.Left, r.result.Failures = []string{}, []flow.ImportFailure{}
	}
	r.result.Held, r.result.HeldChanges, r.result.HeldCount, r.result.HeldShownAt = "", nil, 0, nil
	log, alerts := part{"NinjaOne's activity log", r.checkLog}, part{"NinjaOne's active alerts", r.checkActiveAlerts}
	failed, requests := part{"failed syncs", r.retryFailed}, part{"changes in Accelo", r.checkRequests}
	webhooks, deletions := part{"webhook registrations", r.registerWebhooks}, part{"deletions in NinjaOne", r.checkDeletions}
	if workflow.GetVersion(ctx, "independent-parts", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return r.checkParts(ctx, log, alerts, failed, requests, webhooks, deletions)
	}
	// Webhooks are registered again if events were missed.
	independent := [][]part{{log, alerts, webhooks}, {failed}, {requests}, {deletions}}
	if workflow.GetVersion(ctx, "retention", workflow.DefaultVersion, 1) != workflow.DefaultVersion {
		independent = append(independent, []part{{"what is past its retention", r.sweep}})
	}
	running, ends := len(independent), error(nil)
	for _, parts := range independent {
		workflow.Go(ctx, func(ctx workflow.Context) {
			if err := r.checkParts(ctx, parts...); ends == nil {
				ends = err
			}
			running--
		})
	}
	// A cancelled run ends once its parts have.
	disconnected, _ := workflow.NewDisconnectedContext(ctx)
	if err := workflow.Await(disconnected, func() bool { return running == 0 }); err != nil {
		return err
	}
	r.sortResult(slices.Concat(independent...))
	return ends
}

// sortResult brings what the parts have left and what failed into an order that doesn't depend on which of them ended first.
func (r *reconciliation) sortResult(parts []part) {
	of := func(left string) int {
		return slices.IndexFunc(parts, func(p part) bool { return strings.HasPrefix(left, p.name+": ") })
	}
	slices.SortStableFunc(r.result.Left, func(a, b string) int { return cmp.Compare(of(a), of(b)) })
	slices.SortStableFunc(r.result.Failures, func(a, b flow.ImportFailure) int { return cmp.Compare(a.Kind, b.Kind) })
}

// checkParts does one part after the other.
func (r *reconciliation) checkParts(ctx workflow.Context, parts ...part) error {
	for _, part := range parts {
		workflow.SetCurrentDetails(ctx, "Checking "+part.name+".")
		err := part.do(ctx)
		switch {
		case err == nil:
		case ctx.Err() != nil, isNotSetUp(err):
			return err
		default:
			r.addLeft(part.name + ": " + failureText(err))
		}
	}
	return nil
}

// checkLog starts the workflows of events in the activity log that we missed. The cursor moves once they are durable.
func (r *reconciliation) checkLog(ctx workflow.Context) error {
	for first := true; ; first = false {
		var missed activities.NinjaReadMissedResult
		err := workflow.ExecuteActivity(reconcileScan(ctx, r.in.Interval, "Find missed events"), steps.NinjaReadMissed,
			activities.NinjaReadMissedInput{Connection: r.in.Connection}).Get(ctx, &missed)
		if err != nil {
			return err
		}
		r.addCalls(missed.APICalls)
		if first { // later ones know what the first has started
			r.silence, r.heard = missed.Silence, missed.Heard
		}
		if err := r.startMissed(ctx, missed.Missed, missed.Rules); err != nil {
			return err
		}
		err = r.inDatabase(ctx, "Save cursor", steps.ReconcileRaise, activities.ReconcileRaiseInput{
			Connection: r.in.Connection, Mark: missed.Mark, MarkedTime: missed.MarkedTime, Whole: !missed.More,
		}, nil)
		if err != nil || !missed.More || r.stop(ctx, r.afterAlert) {
			return err
		}
	}
}

// canContinue reports whether a run that isn't finished continues as new. One that needs an approval, or has one, goes on by itself: what a user
// is shown and what a user says must not get lost.
func (r *reconciliation) canContinue(ctx workflow.Context) bool {
	unfinished := r.unfinished
	r.unfinished = false
	return unfinished && r.result.Held == "" && !r.approved && workflow.GetSignalChannel(ctx, flow.ApproveSignal).Len() == 0
}

// stop reports whether the history is long: then what is left is done by a run that continues, after this one has ended what it began. Active
// alerts up to a uid were handed out.
func (r *reconciliation) stop(ctx workflow.Context, afterAlert string) bool {
	if !isLong(ctx) {
		return false
	}
	r.unfinished, r.afterAlert = true, afterAlert
	return true
}

// checkActiveAlerts compares the list of active alerts, which covers what the log no longer holds.
func (r *reconciliation) checkActiveAlerts(ctx workflow.Context) error {
	if r.unfinished && !r.approved { // an approval is carried out at once
		r.afterAlert = r.in.AfterAlert
		return nil
	}
	for after := r.in.AfterAlert; ; {
		var missed activities.NinjaCompareAlertsResult
		err := workflow.ExecuteActivity(reconcileScan(ctx, r.in.Interval, "Compare active alerts"), steps.NinjaCompareAlerts,
			activities.NinjaCompareAlertsInput{
				Connection: r.in.Connection, Check: r.checkedAt, Now: r.in.Everything,
				Approved: r.approved, ApprovedAt: r.approvedAt, After: after,
			}).Get(ctx, &missed)
		if err != nil {
			return err
		}
		r.addCalls(missed.APICalls)
		r.needApproval(missed.Held)
		r.leave("NinjaOne's active alerts", missed.Doubts)
		if err := r.startMissed(ctx, missed.Missed, missed.Rules); err != nil {
			return err
		}
		if err := r.startRequests(ctx, missed.Requests); err != nil || !missed.More {
			return err
		}
		after = missed.After
		if after == "" { // the result of an earlier version
			after = missed.Missed[len(missed.Missed)-1].UID
		}
		if r.stop(ctx, after) {
			return nil
		}
	}
}

// checkRequests starts the workflows of requests that someone changed in Accelo.
func (r *reconciliation) checkRequests(ctx workflow.Context) error {
	var changed activities.AcceloReadChangedRequestsResult
	err := workflow.ExecuteActivity(reconcileScanWithin(ctx, r.in.Interval, "Find changes in Accelo"), steps.AcceloReadChangedRequests,
		activities.AcceloReadChangedRequestsInput{Connection: r.in.Connection}).Get(ctx, &changed)
	if err != nil {
		return err
	}
	r.addCalls(changed.APICalls)
	if err := r.startRequests(ctx, changed.RequestIDs); err != nil || changed.Seen.IsZero() {
		return err
	}
	return r.inDatabase(ctx, "Save cursor of changes", steps.ReconcileSeen,
		activities.ReconcileSeenInput{Connection: r.in.Connection, Seen: changed.Seen}, nil)
}

func (r *reconciliation) registerWebhooks(ctx workflow.Context) error {
	if r.unfinished { // the run that continues knows whether anything was missed last
		return nil
	}
	healed := r.result.Healed
	missed := healed.Triggers+healed.Resets > r.healedBefore.Triggers+r.healedBefore.Resets // the others say nothing about NinjaOne's webhook
	missed = missed && (!r.heard || r.silence > 0)                                          // else it lost some, and leads to us
	asked := r.in.Everything && r.first
	var registered activities.RegisterWebhooksResult
	err := workflow.ExecuteActivity(reconcileScanWithin(ctx, r.in.Interval, "Check webhook registrations"), steps.RegisterWebhooks,
		activities.RegisterWebhooksInput{
			Connection: r.in.Connection, Again: missed || asked, Missed: missed && !asked, Silence: r.silence, Heard: r.heard,
		}).Get(ctx, &registered)
	r.addCalls(registered.APICalls)
	r.result.Webhooks = registered.Webhooks
	r.leave("webhook registrations", registered.Doubts)
	return err
}

// checkDeletions notes in Accelo what was deleted in NinjaOne. It deletes nothing in Accelo.
func (r *reconciliation) checkDeletions(ctx workflow.Context) error {
	var deleted activities.NinjaFindGoneResult
	err := workflow.ExecuteActivity(reconcileScan(ctx, r.in.Interval, "Find deleted devices and organizations"), steps.NinjaFindGone,
		activities.NinjaFindGoneInput{
			Connection: r.in.Connection, Check: r.checkedAt, Now: r.in.Everything, Approved: r.approved, ApprovedAt: r.approvedAt,
		}).Get(ctx, &deleted)
	if err != nil {
		return err
	}
	r.addCalls(deleted.APICalls)
	r.needApproval(deleted.Held)
	r.leave("deletions in NinjaOne", deleted.Doubts)
	if len(deleted.Devices)+len(deleted.Organizations) == 0 {
		return nil
	}
	var noted activities.AcceloMarkGoneResult
	summary := "Note " + rules.Count(len(deleted.Devices), "deleted device") + " and " + rules.Count(len(deleted.Organizations), "deleted organization")
	err = workflow.ExecuteActivity(reconcileScanWithin(ctx, r.in.Interval, summary), steps.AcceloMarkGone,
		activities.AcceloMarkGoneInput{Connection: r.in.Connection, Organizations: deleted.Organizations, Devices: deleted.Devices}).Get(ctx, &noted)
	r.addCalls(noted.APICalls)
	r.result.Gone.Devices += noted.Devices
	r.result.Gone.Organizations += noted.Organizations
	return err
}

// sweep removes from our own database what has ended long ago and owes nothing.
func (r *reconciliation) sweep(ctx workflow.Context) error {
	var swept activities.ReconcileSweepResult
	err := workflow.ExecuteActivity(reconcileScanWithin(ctx, r.in.Interval, "Remove what is past its retention"), steps.ReconcileSweep,
		activities.ReconcileSweepInput{Connection: r.in.Connection, Now: r.in.Everything && !r.in.Unfinished}).Get(ctx, &swept)
	r.result.Removed += swept.Removed
	return err
}

// inDatabase runs a local activity of a part. Those of different parts run one after the other, in the order in which the parts ask.
func (r *reconciliation) inDatabase(ctx workflow.Context, summary string, activity, in, result any) error {
	if err := r.database.Lock(ctx); err != nil {
		return err
	}
	defer r.database.Unlock()
	return workflow.ExecuteLocalActivity(databaseCall(ctx, summary), activity, in).Get(ctx, result)
}

// leave adds what a part of the check did not trust or could not find out.
func (r *reconciliation) leave(part string, doubts []string) {
	for _, doubt := range doubts {
		r.addLeft(part + ": " + listed(doubt))
	}
}

// maxCarried bounds what a result lists, which a run that continues as new carries along. `starter status` lists every failure.
const maxCarried = 200

// addLeft adds a line once, however many runs find the same.
func (r *reconciliation) addLeft(line string) {
	if len(r.result.Left) < maxCarried && !slices.Contains(r.result.Left, line) {
		r.result.Left = append(r.result.Left, line)
	}
}

func (r *reconciliation) addCalls(calls flow.APICalls) {
	r.result.APICalls = r.result.APICalls.Plus(calls)
}

// isNotSetUp reports whether nothing can succeed because the connection is not set up, or not with the accounts of this run.
func isNotSetUp(err error) bool {
	var application *temporal.ApplicationError
	if !errors.As(err, &application) {
		return false
	}
	switch application.Type() {
	case activities.NotConnected, activities.UnknownConnection, activities.FormerPair:
		return true
	}
	return false
}
