// Package admission lets whoever uses the clients decide right before each call whether it may be made now, and how long it may take. It knows
// neither the vendors nor the reasons.
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
