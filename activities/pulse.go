package activities

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
)

// errStopping ends a long activity on a worker that shuts down; another worker goes on with it.
var errStopping = errors.New("this worker is shutting down; another one goes on")

// pulse keeps a long activity alive: it heartbeats what was reached, and adds the calls that were made to the import.
type pulse struct {
	activities *Activities
	importID   string
	meter      *meter

	mu      sync.Mutex
	details any
	stop    chan struct{}
	stopped chan struct{}
}

// startPulse begins to beat at a sixth of the heartbeat timeout: the answer to a beat is how a cancellation becomes known.
// The returned context carries the meter, whose calls stay in it where there is no import; end must be called with what the
// activity reached last.
func (a *Activities) startPulse(ctx context.Context, importID string) (context.Context, *pulse) {
	metered, m := withMeter(ctx)
	p := &pulse{activities: a, importID: importID, meter: m, stop: make(chan struct{}), stopped: make(chan struct{})}
	interval := activity.GetInfo(ctx).HeartbeatTimeout / 6
	if interval <= 0 {
		interval = 5 * time.Second
	}
	go p.beat(ctx, interval)
	return metered, p
}

func (p *pulse) beat(ctx context.Context, interval time.Duration) {
	defer close(p.stopped)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-ticker.C:
			p.record(ctx)
			p.flush(ctx)
		}
	}
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
	close(p.stop)
	<-p.stopped
	p.record(ctx)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	p.flush(ctx)
}

func (p *pulse) flush(ctx context.Context) {
	if p.importID == "" {
		return
	}
	calls := p.meter.take()
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
	return pulse.meter.calls(), translate(ctx, err)
}

// alive heartbeats until the returned function is called, so that the activity goes to another worker soon after its own was
// killed. One that is done in a moment never beats.
func alive(ctx context.Context) (end func()) {
	interval := activity.GetInfo(ctx).HeartbeatTimeout / 4
	if interval <= 0 {
		return func() {}
	}
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
				activity.RecordHeartbeat(ctx)
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}
