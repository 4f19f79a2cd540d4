package accelo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"time"
)

// call is one call of the API before it is sent.
type call struct {
	operation, method, path string
	query                   query // of a read
	form                    form  // of a write, its _fields included
	anonymous               bool  // sent without a token, outside the budget
	secret                  string
}

func (c call) write() bool { return c.method != http.MethodGet }

// do makes a call: a slot of its lane, a token, the exchange; and after a 401 one new token and one more exchange.
func (c *Client) do(ctx context.Context, call call) (reply, error) {
	if call.anonymous {
		return c.exchange(ctx, call, "")
	}
	leave, err := c.enter(ctx, call)
	if err != nil {
		return reply{}, err
	}
	defer leave()

	token, err := c.tokens.get(ctx)
	if err != nil {
		return reply{}, err
	}
	answer, err := c.exchange(ctx, call, token)
	if err == nil {
		c.tokens.accepted()
		return answer, nil
	}
	if !IsUnauthorized(err) {
		return reply{}, c.heed(err)
	}
	c.tokens.drop(token)
	if token, err = c.tokens.get(ctx); err != nil {
		return reply{}, err
	}
	answer, err = c.exchange(ctx, call, token)
	if IsUnauthorized(err) {
		// A token made a moment ago is refused: asking for more of them is the way into a lock-out.
		c.tokens.drop(token)
		return reply{}, c.tokens.remember(err)
	}
	return answer, c.heed(err)
}

// heed acts on what an error asks of the calls to come.
func (c *Client) heed(err error) error {
	var api *APIError
	switch {
	case !errors.As(err, &api):
		return err
	case IsLockedOut(err):
		return c.tokens.remember(err)
	case IsRateLimited(err) && !api.RetryAt.IsZero():
		c.budget.hold(api.RetryAt)
	}
	return err
}

// enter takes a slot of the Bulk lane; the Urgent lane has no bound.
func (c *Client) enter(ctx context.Context, call call) (leave func(), err error) {
	if laneOf(ctx) != Bulk {
		return func() {}, nil
	}
	if err := c.bulk.Acquire(ctx, 1); err != nil {
		return nil, &TransportError{Operation: call.operation, Method: call.method, Err: contextError(ctx)}
	}
	return func() { c.bulk.Release(1) }, nil
}

// exchange sends the call once, within the budget, and tells the budget and the observer how it went.
func (c *Client) exchange(ctx context.Context, call call, token string) (answer reply, err error) {
	if !call.anonymous {
		if err := c.budget.admit(laneOf(ctx)); err != nil {
			return reply{}, fmt.Errorf("accelo: %s: %w", call.operation, err)
		}
	}
	var header http.Header
	var status int
	started := c.now()
	defer func() {
		if !call.anonymous {
			c.budget.settle(header)
		}
		c.observe(ctx, Call{Operation: call.operation, Method: call.method, StatusCode: status, Duration: c.now().Sub(started), Write: call.write(), Err: err})
	}()

	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	watch := newGuard(ctx, call.write(), c.now)
	response, err := c.send(limited, call, token, watch)
	if err != nil {
		return reply{}, c.transportError(ctx, limited, call, watch, err)
	}
	defer func() { _ = response.Body.Close() }()
	header, status = response.Header, response.StatusCode
	body, err := io.ReadAll(io.LimitReader(response.Body, maxReply+1))
	if watch.stale.Load() {
		err = ErrStale // answered to the headers alone
	}
	if err != nil {
		return reply{}, c.transportError(ctx, limited, call, watch, err)
	}
	if call.method == http.MethodDelete && status/100 == 2 && len(strings.TrimSpace(string(body))) == 0 {
		return reply{status: status}, nil // "returns no resource", perhaps not even an envelope (contract accelo 3.1)
	}
	answer, refusal := openEnvelope(status, body)
	if len(body) > maxReply {
		refusal = &APIError{StatusCode: status, Message: fmt.Sprintf("the reply is larger than %d bytes", maxReply), unread: true}
	}
	if refusal == nil {
		return answer, nil
	}
	refusal.Operation, refusal.Method, refusal.Path = call.operation, call.method, call.path
	refusal.RetryAt = parseRetryAfter(header, c.now())
	refusal.redact(token, c.tokens.config.ClientSecret, call.secret)
	return reply{}, refusal
}

func (c *Client) send(ctx context.Context, call call, token string, watch *guard) (*http.Response, error) {
	if err := watch.pass(); err != nil {
		return nil, err
	}
	// Where there is no body, the headers are the whole request.
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() {
		if len(call.form) == 0 {
			watch.sent.Store(true)
		}
	}})
	address := c.base + apiRoot + call.path
	if parameters := call.query.encode(); parameters != "" {
		address += "?" + parameters
	}
	request, err := http.NewRequestWithContext(ctx, call.method, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	if len(call.form) > 0 {
		text := call.form.encode()
		request.Body, request.ContentLength = watch.body(text), int64(len(text))
		request.GetBody = func() (io.ReadCloser, error) { return watch.again(text) }
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.userAgent)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return c.http.Do(request)
}

// transportError tells a cancelled caller from our own time limit, and a held-back write from one that was sent.
func (c *Client) transportError(ctx, limited context.Context, call call, watch *guard, err error) error {
	failure := &TransportError{Operation: call.operation, Method: call.method, Sent: watch.sent.Load(), Err: withoutURL(err)}
	switch {
	case watch.stale.Load():
		failure.Sent, failure.Err = false, ErrStale
	case ctx.Err() != nil:
		failure.Err = contextError(ctx)
	case limited.Err() != nil:
		failure.Err = noReplyWithin(c.timeout)
	}
	return failure
}

// noReplyWithin is our own time limit; it is not context.DeadlineExceeded, which would speak of the caller's.
func noReplyWithin(limit time.Duration) error {
	return fmt.Errorf("no reply within %s: %w", limit, os.ErrDeadlineExceeded)
}

// contextError is context.Canceled or context.DeadlineExceeded, with the cause where somebody gave one.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == nil || errors.Is(cause, err) {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// withoutURL takes the address, whose query holds names, off a network error.
func withoutURL(err error) error {
	var located *url.Error
	if errors.As(err, &located) {
		return located.Err
	}
	return err
}

// redact takes credentials out of what the other side said, should it repeat them.
func (e *APIError) redact(secrets ...string) {
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		e.Message = strings.ReplaceAll(e.Message, secret, "[redacted]")
		e.Body = strings.ReplaceAll(e.Body, secret, "[redacted]")
	}
}
