package activities

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
)

// errStopping ends a long activity if its worker shuts down. Another worker continues it.
var errStopping = errors.New("this worker is shutting down; another one continues")

// progress is what the heartbeats of an activity carry: the point from which a retry continues.
type progress struct {
	mu      sync.Mutex
	details []any
}

type progressKey struct{}

func withProgress(ctx context.Context) (context.Context, *progress) {
	p := &progress{}
	return context.WithValue(ctx, progressKey{}, p), p
}

// reportProgress sets what the next heartbeat carries.
func reportProgress(ctx context.Context, details any) {
	if p, ok := ctx.Value(progressKey{}).(*progress); ok {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.details = []any{details}
	}
}

func (p *progress) heartbeat(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	activity.RecordHeartbeat(ctx, p.details...)
}

// save heartbeats the last progress, if there is any. Activities without progress that finish quickly never heartbeat.
func (p *progress) save(ctx context.Context) {
	p.mu.Lock()
	reported := p.details != nil
	p.mu.Unlock()
	if reported {
		p.heartbeat(ctx)
	}
}

// heartbeatInterval is a sixth of the heartbeat timeout: an activity learns of its cancellation from the reply to a heartbeat.
func heartbeatInterval(ctx context.Context) time.Duration {
	const withoutTimeout = 5 * time.Second
	return cmp.Or(activity.GetInfo(ctx).HeartbeatTimeout/6, withoutTimeout)
}

// every calls a function at intervals until stop is called. Stop waits for a running call to end.
func every(interval time.Duration, call func()) (stop func()) {
	stopping, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-stopping:
				return
			case <-ticker.C:
				call()
			}
		}
	}()
	return func() {
		close(stopping)
		<-stopped
	}
}

// cancelled reports whether the workflow cancelled the activity. A worker that stops, or a user who pauses the activity, ends
// its context too, but then another attempt follows.
func cancelled(ctx context.Context) bool {
	return temporal.IsCanceledError(context.Cause(ctx))
}

// interrupted returns why a long activity should stop after the current record: it was cancelled, or its worker stops. It
// returns nil if the activity should continue.
func interrupted(ctx context.Context) error {
	select {
	case <-activity.GetWorkerStopChannel(ctx):
		return errStopping
	default:
		return ctx.Err()
	}
}
