package accelo

import (
	"context"
	"io"
	"strings"
	"sync/atomic"
	"time"
)

type deadlineKey struct{}

// WithDeadlineGuard keeps writes made with the returned context from being sent late: a write whose body has not begun
// to be sent by the deadline fails with a *TransportError that wraps ErrStale and has Sent false. It is judged at the last
// possible moment, so that a process that was frozen between claiming a record and creating it cannot
// create it after somebody else has taken the claim over. Reads are not affected.
func WithDeadlineGuard(ctx context.Context, deadline time.Time) context.Context {
	return context.WithValue(ctx, deadlineKey{}, deadline)
}

// guard follows the sending of one request and stops it when its deadline has passed.
type guard struct {
	deadline time.Time // zero: none
	now      func() time.Time
	sent     atomic.Bool
	stale    atomic.Bool
}

func newGuard(ctx context.Context, write bool, now func() time.Time) *guard {
	g := &guard{now: now}
	if deadline, ok := ctx.Value(deadlineKey{}).(time.Time); ok && write {
		g.deadline = deadline
	}
	return g
}

// pass is ErrStale once the deadline has passed by either clock: the monotonic one stands still while a machine is suspended, and
// the wall clock may be set back. Once stale is stale for good, so that net/http cannot try again on another connection.
func (g *guard) pass() error {
	if g.deadline.IsZero() {
		return nil
	}
	now := g.now()
	if g.stale.Load() || !now.Before(g.deadline) || !now.Round(0).Before(g.deadline.Round(0)) {
		g.stale.Store(true)
		return ErrStale
	}
	return nil
}

// body gives the text to be sent, once for each attempt of net/http to write it.
func (g *guard) body(text string) io.ReadCloser {
	return &guardedBody{guard: g, text: strings.NewReader(text)}
}

// again is net/http's GetBody. It is called only when nothing of an earlier attempt was carried out: the connection had
// gone before anything was written, or the server refused the stream unprocessed. Redirects are not followed.
func (g *guard) again(text string) (io.ReadCloser, error) {
	if err := g.pass(); err != nil {
		return nil, err
	}
	g.sent.Store(false)
	return g.body(text), nil
}

// guardedBody judges the deadline at its first Read. By then net/http has a connection and has at most written the
// headers; a failed Read closes that connection, and no server carries out a request whose body never came.
type guardedBody struct {
	guard *guard
	text  *strings.Reader
	begun bool
}

func (b *guardedBody) Read(p []byte) (int, error) {
	if !b.begun {
		if err := b.guard.pass(); err != nil {
			return 0, err
		}
		b.begun = true
		b.guard.sent.Store(true)
	}
	return b.text.Read(p)
}

func (b *guardedBody) Close() error { return nil }
