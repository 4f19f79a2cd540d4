package accelo

import (
	"context"
	"io"
	"strings"
	"sync/atomic"
	"time"
)

type deadlineKey struct{}

// WithDeadlineGuard keeps writes made with the returned context from being sent late. If the deadline passes before a
// write's body is sent, the write fails with a *TransportError that wraps ErrStale and has Sent false. Reads are not
// affected.
//
// The deadline is checked at the last possible moment. A process that was frozen between claiming a record and creating it
// therefore cannot create it after another process has taken over the claim. Of nested deadlines the earlier one counts.
func WithDeadlineGuard(ctx context.Context, deadline time.Time) context.Context {
	if outer, ok := ctx.Value(deadlineKey{}).(time.Time); ok && outer.Before(deadline) {
		return ctx
	}
	return context.WithValue(ctx, deadlineKey{}, deadline)
}

// deadlineGuard tracks whether one request was sent, and stops it if its deadline has passed.
type deadlineGuard struct {
	deadline time.Time // zero: none
	now      func() time.Time
	sent     atomic.Bool
	expired  atomic.Bool
}

func newDeadlineGuard(ctx context.Context, write bool, now func() time.Time) *deadlineGuard {
	g := &deadlineGuard{now: now}
	if deadline, ok := ctx.Value(deadlineKey{}).(time.Time); ok && write {
		g.deadline = deadline
	}
	return g
}

// check returns ErrStale if the deadline has passed. It compares both clocks: the monotonic one stops while a machine is
// suspended, and the wall clock may be set back. Once expired, a guard stays expired, so that net/http cannot retry on
// another connection.
func (g *deadlineGuard) check() error {
	if g.deadline.IsZero() {
		return nil
	}
	now := g.now()
	if g.expired.Load() || !now.Before(g.deadline) || !now.Round(0).Before(g.deadline.Round(0)) {
		g.expired.Store(true)
		return ErrStale
	}
	return nil
}

// body returns the request body for one attempt of net/http.
func (g *deadlineGuard) body(text string) io.ReadCloser {
	return &guardedBody{guard: g, text: strings.NewReader(text)}
}

// bodyAgain implements GetBody. As redirects are not followed, net/http calls it only if the server cannot have carried out
// an earlier attempt: the connection was closed before anything was written, or the server refused the stream.
func (g *deadlineGuard) bodyAgain(text string) (io.ReadCloser, error) {
	if err := g.check(); err != nil {
		return nil, err
	}
	g.sent.Store(false)
	return g.body(text), nil
}

// guardedBody checks the deadline at its first Read. By then net/http has a connection and has written the headers at most.
// A failed Read closes the connection, and no server carries out a request whose body never arrives.
type guardedBody struct {
	guard   *deadlineGuard
	text    *strings.Reader
	started bool
}

func (b *guardedBody) Read(p []byte) (int, error) {
	if !b.started {
		if err := b.guard.check(); err != nil {
			return 0, err
		}
		b.started = true
		b.guard.sent.Store(true)
	}
	return b.text.Read(p)
}

func (b *guardedBody) Close() error { return nil }
