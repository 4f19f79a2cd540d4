// Package admission lets users of the clients decide, right before each call, whether it may be made now and how long it may take. It may know
// neither the vendors nor the reasons, and imports nothing of ours.
package admission

import (
	"context"
	"net/http"
	"time"
)

// Gate admits a call to a vendor, or returns why it must not be made now. It never waits. Leave must be called with the admitted call's error
// once that has ended.
type Gate func(ctx context.Context) (leave func(err error), err error)

// Open is the Gate that admits every call.
func Open(context.Context) (leave func(error), err error) { return func(error) {}, nil }

type patienceKey struct{}

// WithPatience lets calls made with the returned context wait, for so long in all, if a vendor asks for a pause: for callers that nobody retries,
// such as a command. A call that is refused for that reason was not carried out, so it is safe to repeat.
func WithPatience(ctx context.Context, limit time.Duration) context.Context {
	return context.WithValue(ctx, patienceKey{}, time.Now().Add(limit))
}

// usualPause is how long to wait if a vendor doesn't say how long.
const usualPause = 2 * time.Second

// Again waits until a vendor that asked for a pause can be called again, and reports whether the caller has the patience. A zero retryAt means
// that the vendor didn't say when.
func Again(ctx context.Context, retryAt, now time.Time) bool {
	limit, ok := ctx.Value(patienceKey{}).(time.Time)
	pause := usualPause
	if !retryAt.IsZero() {
		pause = max(retryAt.Sub(now), 0)
	}
	if !ok || time.Now().Add(pause).After(limit) {
		return false
	}
	select {
	case <-time.After(pause):
		return true
	case <-ctx.Done():
		return false
	}
}

type readTimeoutKey struct{}

// WithReadTimeout limits each read made with the returned context to less than the client's own timeout. Writes keep theirs: one that is given
// up may have been carried out.
func WithReadTimeout(ctx context.Context, limit time.Duration) context.Context {
	return context.WithValue(ctx, readTimeoutKey{}, limit)
}

// Timeout returns how long a call may take of which usual is the client's own limit.
func Timeout(ctx context.Context, method string, usual time.Duration) time.Duration {
	if limit, ok := ctx.Value(readTimeoutKey{}).(time.Duration); ok && method == http.MethodGet {
		return min(limit, usual)
	}
	return usual
}
