package activities

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// errStopping ends a long activity on a worker that shuts down; another worker goes on with it.
var errStopping = errors.New("this worker is shutting down; another one goes on")

// pulse keeps a long activity alive: it heartbeats what was reached, and adds the calls that were made to the import.
type pulse struct {
	activities *Activities
	importID   string
	meter      *tenant.Meter

	mu      sync.Mutex
	details any
	stop    func()
}

// startPulse begins to beat. The returned context carries the meter, whose calls stay in it where there is no import; end must be
// called with what the activity reached last.
func (a *Activities) startPulse(ctx context.Context, importID string) (context.Context, *pulse) {
	metered, m := tenant.WithMeter(ctx)
	p := &pulse{activities: a, importID: importID, meter: m}
	p.stop = every(beatInterval(ctx), func() {
		p.record(ctx)
		p.flush(ctx)
	})
	return metered, p
}

// reach notes how far the activity has come: what a retry starts from.
func (p *pulse) reach(details any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.details = details
}

func (p *pulse) record(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	activity.RecordHeartbeat(ctx, p.details)
}

// end stops beating and leaves nothing uncounted, even when the activity was cancelled.
func (p *pulse) end(ctx context.Context) {
	p.stop()
	p.record(ctx)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	p.flush(ctx)
}

func (p *pulse) flush(ctx context.Context) {
	if p.importID == "" {
		return
	}
	calls := p.meter.Take()
	if calls == (store.Calls{}) {
		return
	}
	if err := p.activities.store.AddCalls(ctx, p.importID, calls); err != nil {
		activity.GetLogger(ctx).Warn("calls not counted", "error", err)
	}
}

// cancelled tells that the workflow has cancelled the activity. A worker that stops, or a person who pauses the activity, ends
// its context too, and then another attempt goes on.
func cancelled(ctx context.Context) bool {
	return temporal.IsCanceledError(context.Cause(ctx))
}

// interrupted tells whether a long activity should stop after the record in hand: it was cancelled, or its worker stops.
func interrupted(ctx context.Context) error {
	select {
	case <-activity.GetWorkerStopChannel(ctx):
		return errStopping
	default:
		return ctx.Err()
	}
}

// look is what a reconcile's looks at the vendors have in common: they heartbeat, tell what they cost, and translate their error.
func (a *Activities) look(ctx context.Context, do func(context.Context) error) (flow.APICalls, error) {
	metered, pulse := a.startPulse(ctx, "")
	defer pulse.end(ctx)
	err := do(metered)
	return apiCalls(pulse.meter.Take()), translate(ctx, err)
}

// alive heartbeats until the returned function is called, so that the activity goes to another worker soon after its own was
// killed. One that is done in a moment never beats.
func alive(ctx context.Context) (end func()) {
	return every(beatInterval(ctx), func() { activity.RecordHeartbeat(ctx) })
}

// beatInterval is a sixth of the heartbeat timeout: the answer to a beat is how a cancellation becomes known.
func beatInterval(ctx context.Context) time.Duration {
	const withoutTimeout = 5 * time.Second
	return cmp.Or(activity.GetInfo(ctx).HeartbeatTimeout/6, withoutTimeout)
}

// every does something at intervals until the returned function is called, which waits for what is being done.
func every(interval time.Duration, do func()) (end func()) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticker.C:
				do()
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}

// apiCalls are vendor calls as results report them.
func apiCalls(calls store.Calls) flow.APICalls {
	return flow.APICalls{Ninjaone: calls.NinjaoneCalls, Accelo: calls.AcceloCalls, AcceloWrites: calls.AcceloWrites}
}
