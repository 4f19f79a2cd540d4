package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/admission"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Interceptor returns the interceptor that every worker of these activities must use. It wraps each activity, local ones
// included: it binds the activity to its pair of accounts, heartbeats while the activity runs, counts the vendor calls, and
// translates the error for Temporal.
func Interceptor(database *store.Store) interceptor.WorkerInterceptor {
	return &workerInterceptor{addCalls: database.AddCalls, currentPair: database.CurrentPair}
}

// addCalls adds vendor calls to the totals of an import.
type addCalls func(ctx context.Context, importID string, calls store.Calls) error

type workerInterceptor struct {
	interceptor.WorkerInterceptorBase
	addCalls    addCalls
	currentPair currentPair
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (w *workerInterceptor) InterceptActivity(
	_ context.Context, next interceptor.ActivityInboundInterceptor,
) interceptor.ActivityInboundInterceptor {
	return &activityInterceptor{
		ActivityInboundInterceptorBase: interceptor.ActivityInboundInterceptorBase{Next: next},
		addCalls:                       w.addCalls, currentPair: w.currentPair,
	}
}

type activityInterceptor struct {
	interceptor.ActivityInboundInterceptorBase
	addCalls    addCalls
	currentPair currentPair
}

// ExecuteActivity implements interceptor.ActivityInboundInterceptor.
func (i *activityInterceptor) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	ctx = tenant.WithLogger(ctx, activity.GetLogger(ctx))
	ctx, err := bindPair(ctx, in.Args, i.currentPair)
	if err != nil {
		return nil, translate(ctx, err)
	}
	if activity.GetInfo(ctx).Priority.PriorityKey == flow.PriorityImport {
		ctx = accelo.WithLane(ctx, accelo.Bulk) // an alert that an import brought leaves the reserve alone
	}
	if activity.GetInfo(ctx).IsLocalActivity {
		ctx = admission.WithReadTimeout(ctx, localReadTimeout)
	}
	ctx, meter := tenant.WithMeter(ctx)
	ctx, progress := withProgress(ctx)
	totals := importTotals{importID: importOf(in.Args), meter: meter, add: i.addCalls}
	stop := every(heartbeatInterval(ctx), func() {
		progress.heartbeat(ctx)
		totals.flush(ctx)
	})
	defer func() {
		stop()
		progress.save(ctx)
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
		defer cancel()
		totals.flush(last)
	}()
	result, err := i.Next.ExecuteActivity(ctx, in)
	return result, translate(ctx, err)
}

// localReadTimeout bounds each read of an attempt inside a workflow task. A vendor that is slower is asked again by a regular activity, with the
// client's own patience.
const localReadTimeout = 5 * time.Second

// flushTimeout bounds the last write of an import's calls. It runs even if the activity was cancelled.
const flushTimeout = 5 * time.Second

// ofImport is an activity input that names an import: the vendor calls of its activity are added to that import's totals.
type ofImport interface{ importRun() string }

func importOf(args []any) string {
	for _, arg := range args {
		if in, ok := arg.(ofImport); ok {
			return in.importRun()
		}
	}
	return ""
}

// importTotals moves the calls of a meter to the totals of an import. Without an import the calls stay in the meter.
type importTotals struct {
	importID string
	meter    *tenant.Meter
	add      addCalls
}

func (t importTotals) flush(ctx context.Context) {
	if t.importID == "" {
		return
	}
	calls := t.meter.Take()
	if calls == (store.Calls{}) {
		return
	}
	if err := t.add(ctx, t.importID, calls); err != nil {
		activity.GetLogger(ctx).Warn("vendor calls not counted", "error", err)
	}
}

// apiCalls returns the vendor calls that the current activity has made, for its result.
func apiCalls(ctx context.Context) flow.APICalls {
	calls := tenant.MeterFrom(ctx).Take()
	return flow.APICalls{Ninjaone: calls.NinjaoneCalls, Accelo: calls.AcceloCalls, AcceloWrites: calls.AcceloWrites}
}

func (in ReadInput) importRun() string              { return in.ImportID }
func (in ImportBeginInput) importRun() string       { return in.ImportID }
func (in ImportCompareInput) importRun() string     { return in.ImportID }
func (in ImportFinishInput) importRun() string      { return in.ImportID }
func (in AcceloSyncCompanyInput) importRun() string { return in.ImportID }
func (in AcceloSyncDevicesInput) importRun() string { return in.ImportID }
