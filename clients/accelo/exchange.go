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

	"ninjaone-accelo/clients/admission"
)

// apiCall is one call of the API before it is sent.
type apiCall struct {
	operation, method, path string
	query                   query  // the parameters of a read
	form                    form   // the body of a write, including _fields
	anonymous               bool   // sent without a token and without using the budget
	secret                  string // redacted from errors
}

func (c apiCall) isWrite() bool { return c.method != http.MethodGet }

// do makes a call on its lane, if it is admitted, and repeats it as long as Accelo asks for a pause that the caller has the patience for.
func (c *Client) do(ctx context.Context, call apiCall) (payload, error) {
	for {
		result, err := c.attempt(ctx, call)
		if !IsRateLimited(err) || !admission.Again(ctx, RetryAt(err), c.now()) {
			return result, err
		}
	}
}

func (c *Client) attempt(ctx context.Context, call apiCall) (result payload, err error) {
	if call.anonymous {
		return c.exchange(ctx, call, "")
	}
	release, err := c.acquire(ctx, call)
	if err != nil {
		return payload{}, err
	}
	defer release()
	leave, err := c.admit(ctx)
	if err != nil {
		return payload{}, &TransportError{Operation: call.operation, Method: call.method, Path: call.path, Err: err}
	}
	defer func() { leave(err) }() // also if a panic ends the call
	return c.authorized(ctx, call)
}

// authorized makes a call with a token. After a 401 it tries once more with a new token.
func (c *Client) authorized(ctx context.Context, call apiCall) (payload, error) {
	token, err := c.tokens.get(ctx)
	if err != nil {
		return payload{}, err
	}
	result, err := c.exchange(ctx, call, token)
	if err == nil {
		c.tokens.resetRejections()
		return result, nil
	}
	if !IsUnauthorized(err) {
		return payload{}, c.applyBackpressure(err)
	}
	c.tokens.drop(token)
	if token, err = c.tokens.get(ctx); err != nil {
		return payload{}, err
	}
	result, err = c.exchange(ctx, call, token)
	if IsUnauthorized(err) {
		// Requesting more tokens after a new one was rejected would lead to a lock-out.
		c.tokens.drop(token)
		return payload{}, c.tokens.recordRejection(err)
	}
	return result, c.applyBackpressure(err)
}

// applyBackpressure records lock-outs and Retry-After so that later calls wait, and returns the error.
func (c *Client) applyBackpressure(err error) error {
	var api *APIError
	switch {
	case !errors.As(err, &api):
		return err
	case IsLockedOut(err):
		return c.tokens.recordRejection(err)
	case IsRateLimited(err) && !api.RetryAt.IsZero():
		c.budget.pauseBulk(earlier(api.RetryAt, c.now().Add(maxBulkPause)))
	}
	return err
}

// maxBulkPause is how long one reply can stop bulk work: no window of Accelo's limit is longer (accelo.md 3.7).
const maxBulkPause = time.Hour

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// acquire waits for a slot of the Bulk lane and returns the function that releases it. The Urgent lane is unlimited.
func (c *Client) acquire(ctx context.Context, call apiCall) (release func(), err error) {
	if LaneOf(ctx) != Bulk || c.holdsSlot(ctx) {
		return func() {}, nil
	}
	if err := c.bulk.Acquire(ctx, 1); err != nil {
		return nil, &TransportError{Operation: call.operation, Method: call.method, Path: call.path, Err: contextError(ctx)}
	}
	return func() { c.bulk.Release(1) }, nil
}

// exchange sends the call once, if the budget allows it, and reports the result to the budget and the observer.
func (c *Client) exchange(ctx context.Context, call apiCall, token string) (result payload, err error) {
	if !call.anonymous {
		if err := c.budget.admit(LaneOf(ctx)); err != nil {
			return payload{}, fmt.Errorf("accelo: %s: %w", call.operation, err)
		}
	}
	var header http.Header
	var status int
	started := c.now()
	defer func() {
		if !call.anonymous {
			c.budget.settle(header)
		}
		c.observe(ctx, Call{
			Operation: call.operation, Method: call.method, StatusCode: status, Duration: c.now().Sub(started), Write: call.isWrite(), Err: err,
		})
	}()

	timeout := admission.Timeout(ctx, call.method, c.timeout)
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	guard := newDeadlineGuard(ctx, call.isWrite(), c.now)
	response, err := c.send(limited, call, token, guard)
	if err != nil {
		return payload{}, transportError(ctx, limited, call, guard, timeout, err)
	}
	defer func() { _ = response.Body.Close() }()
	header, status = response.Header, response.StatusCode
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if guard.expired.Load() {
		err = ErrStale // the server responded to the headers alone
	}
	if err != nil {
		return payload{}, transportError(ctx, limited, call, guard, timeout, err)
	}
	return c.readResponse(call, token, response, body)
}

// readResponse returns the content of a response, or an *APIError.
func (c *Client) readResponse(call apiCall, token string, response *http.Response, body []byte) (payload, error) {
	status := response.StatusCode
	if call.method == http.MethodDelete && status/100 == 2 && len(strings.TrimSpace(string(body))) == 0 {
		return payload{status: status}, nil // a DELETE returns no resource, and perhaps no envelope (accelo.md 3.1)
	}
	result, api := openEnvelope(status, body)
	if len(body) > maxBody {
		api = &APIError{StatusCode: status, Message: fmt.Sprintf("the response is larger than %d MiB", maxBody>>20), unreadable: true}
	}
	if api == nil {
		return result, nil
	}
	api.Operation, api.Method, api.Path = call.operation, call.method, call.path
	api.RetryAt = parseRetryAfter(response.Header, c.now())
	api.redact(token, c.tokens.config.ClientSecret, call.secret)
	return payload{}, api
}

func (c *Client) send(ctx context.Context, call apiCall, token string, guard *deadlineGuard) (*http.Response, error) {
	if err := guard.check(); err != nil {
		return nil, err
	}
	// A request without a body is sent completely once its headers are.
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() {
		if len(call.form) == 0 {
			guard.sent.Store(true)
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
		request.Body, request.ContentLength = guard.body(text), int64(len(text))
		request.GetBody = func() (io.ReadCloser, error) { return guard.bodyAgain(text) }
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.userAgent)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return c.http.Do(request)
}

// transportError distinguishes a passed deadline, the caller's cancellation, the client's own timeout and a failed
// connection.
func transportError(ctx, limited context.Context, call apiCall, guard *deadlineGuard, timeout time.Duration, err error) error {
	transport := &TransportError{
		Operation: call.operation, Method: call.method, Path: call.path, Sent: guard.sent.Load(), Err: withoutURL(err),
	}
	switch {
	case guard.expired.Load():
		transport.Sent, transport.Err = false, ErrStale
	case ctx.Err() != nil:
		transport.Err = contextError(ctx)
	case limited.Err() != nil:
		transport.Err = timeoutError(timeout)
	}
	return transport
}

// timeoutError does not wrap context.DeadlineExceeded, which would look like the caller's own deadline.
func timeoutError(timeout time.Duration) error {
	return fmt.Errorf("no complete response within %s: %w", timeout, os.ErrDeadlineExceeded)
}

// contextError returns the context's error together with its cause, if it has one.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == nil || errors.Is(cause, err) {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// withoutURL removes the address from a network error, because its query may hold names.
func withoutURL(err error) error {
	var withURL *url.Error
	if errors.As(err, &withURL) {
		return withURL.Err
	}
	return err
}
