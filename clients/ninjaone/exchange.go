package ninjaone

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ninjaone-accelo/clients/admission"
	"ninjaone-accelo/clients/lenient"
)

const (
	maxBody      = 64 << 20
	maxErrorBody = 64 << 10
	// requestIDHeader holds the ID of the exchange in NinjaOne's logs (ninjaone.md 8.3).
	requestIDHeader = "X-Nj-Request-Id"
)

// apiCall is one call of the API before it is sent.
type apiCall struct {
	operation, path string
	method          string // the default is GET
	query           url.Values
	body            []byte
	// oneRecord is true if the path names a single record, so that a 404 is about the record and not about the endpoint.
	oneRecord bool
}

func (c apiCall) verb() string {
	if c.method == "" {
		return http.MethodGet
	}
	return c.method
}

// do makes a call, if it is admitted, and decodes the response body into target; a nil target ignores the body. It repeats the call as long as
// NinjaOne asks for a pause that the caller has the patience for.
func (c *Client) do(ctx context.Context, call apiCall, target any) error {
	for {
		err := c.attempt(ctx, call, target)
		if !IsRateLimited(err) || !admission.Again(ctx, RetryAt(err), c.now()) {
			return err
		}
	}
}

func (c *Client) attempt(ctx context.Context, call apiCall, target any) (err error) {
	leave, err := c.admit(ctx)
	if err != nil {
		return &TransportError{Operation: call.operation, Method: call.verb(), Path: call.path, Err: err}
	}
	defer func() { leave(err) }() // also if a panic ends the call
	return c.authorized(ctx, call, target)
}

// authorized makes a call with credentials. After a 401 it tries once more, if the authenticator has other ones.
func (c *Client) authorized(ctx context.Context, call apiCall, target any) error {
	for retried := false; ; retried = true {
		request, err := c.newRequest(ctx, call)
		if err != nil {
			return err
		}
		if err := c.auth.authenticate(request, call.body); err != nil {
			return err
		}
		body, err := c.exchange(request, call)
		if err == nil {
			return decode(call, body, target)
		}
		if retried || !hasStatus(err, http.StatusUnauthorized) || !c.auth.discard(request) {
			return err
		}
	}
}

func (c *Client) newRequest(ctx context.Context, call apiCall) (*http.Request, error) {
	address := c.base + call.path
	if len(call.query) > 0 {
		// NinjaOne's filters expect spaces as %20; a literal plus sign is already escaped here (ninjaone.md 4.6).
		address += "?" + strings.ReplaceAll(call.query.Encode(), "+", "%20")
	}
	request, err := http.NewRequestWithContext(ctx, call.verb(), address, bytes.NewReader(call.body))
	if err != nil {
		return nil, fmt.Errorf("ninjaone: %s: %w request", call.operation, ErrInvalid)
	}
	if len(call.body) > 0 {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}

// exchange sends one request, reads the response within the size and time limits, and calls the observer. It returns the
// body of a 2xx response; everything else is an error.
func (c *Client) exchange(request *http.Request, call apiCall) ([]byte, error) {
	caller := request.Context()
	timeout := admission.Timeout(caller, call.verb(), c.timeout)
	limited, cancel := context.WithTimeout(caller, timeout)
	defer cancel()
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.userAgent)
	started := c.now()
	status, body, err := c.send(caller, request.WithContext(limited), call, timeout)
	c.observe(caller, Call{
		Operation: call.operation, Method: call.verb(), StatusCode: status, Duration: c.now().Sub(started),
		Token: call.operation == tokenOperation, Err: err,
	})
	return body, err
}

func (c *Client) send(caller context.Context, request *http.Request, call apiCall, timeout time.Duration) (int, []byte, error) {
	response, err := c.http.Do(request)
	if err != nil {
		return 0, nil, transportError(caller, call, timeout, err)
	}
	defer func() {
		// Draining a short rest lets net/http reuse the connection.
		_, _ = io.CopyN(io.Discard, response.Body, maxErrorBody)
		_ = response.Body.Close()
	}()
	success := response.StatusCode >= 200 && response.StatusCode <= 299
	limit := maxErrorBody
	if success {
		limit = maxBody
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, int64(limit)+1))
	switch {
	case !success || isThrottlePage(body):
		// The status tells enough if the body of an error cannot be read.
		return response.StatusCode, nil, c.apiError(call, request, response, body[:min(len(body), limit)])
	case err != nil:
		return response.StatusCode, nil, transportError(caller, call, timeout, err)
	case len(body) > limit:
		return response.StatusCode, nil, call.unreadable(fmt.Errorf("the response is larger than %d MiB", maxBody>>20))
	case len(bytes.TrimSpace(body)) > 0 && !isJSON(body):
		return response.StatusCode, nil, call.unreadable(errNotJSON)
	}
	return response.StatusCode, body, nil
}

// transportError returns the caller's own cancellation unchanged and everything else as a TransportError.
func transportError(caller context.Context, call apiCall, timeout time.Duration, err error) error {
	if cancelled := caller.Err(); cancelled != nil {
		return fmt.Errorf("ninjaone: %s: %w", call.operation, cancelled)
	}
	err = withoutURL(err)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("no complete response within %s", timeout)
	}
	return &TransportError{Operation: call.operation, Method: call.verb(), Path: call.path, Err: err}
}

// withoutURL removes the address from a network error, because its query may hold data.
func withoutURL(err error) error {
	var withURL *url.Error
	if errors.As(err, &withURL) {
		return withURL.Err
	}
	return err
}

// decode parses a response body. A member of a wrong type is no error (package lenient); trailing bytes are, and so is an object in place of
// a list.
func decode(call apiCall, body []byte, target any) error {
	if target == nil {
		return nil
	}
	if !isJSON(body) {
		return call.unreadable(errNotJSON)
	}
	if err := lenient.Unmarshal(body, target); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return call.unreadable(fmt.Errorf("%w: %w", errNotJSON, err))
		}
		return call.unreadable(err)
	}
	return nil
}

// unreadable reports a 2xx response whose body is not what the call returns.
func (c apiCall) unreadable(err error) error {
	return &ResponseError{Operation: c.operation, Method: c.verb(), Path: c.path, Err: err}
}

// isJSON looks only at the first character: the API returns an array or an object, or perhaps null for an empty list.
func isJSON(body []byte) bool {
	body = bytes.TrimSpace(body)
	return len(body) > 0 && (body[0] == '{' || body[0] == '[') || string(body) == "null"
}
