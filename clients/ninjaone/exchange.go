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
)

const (
	maxBody      = 64 << 20
	maxErrorBody = 64 << 10
	// requestIDHeader names an exchange in NinjaOne's own logs (contract ninjaone 8.3).
	requestIDHeader = "X-Nj-Request-Id"
	tokenOperation  = "token"
)

// request describes one call of the API.
type request struct {
	operation string
	method    string // empty means GET
	path      string
	query     url.Values
	body      []byte
	// single: the path names one record, so that a 404 speaks of the record and not of the route.
	single bool
}

func (r request) verb() string {
	if r.method == "" {
		return http.MethodGet
	}
	return r.method
}

// do performs a call and decodes its answer into target; a nil target expects no body. After a 401 it tries once more
// with a new token, where the credentials allow one.
func (c *Client) do(ctx context.Context, r request, target any) error {
	for renewed := false; ; renewed = true {
		outgoing, err := c.build(ctx, r)
		if err != nil {
			return err
		}
		if err := c.auth.authenticate(outgoing, r.body); err != nil {
			return err
		}
		body, err := c.exchange(outgoing, r)
		if err == nil {
			return decode(r, body, target)
		}
		if renewed || !isStatus(err, http.StatusUnauthorized) || !c.auth.renew(outgoing) {
			return err
		}
	}
}

func (c *Client) build(ctx context.Context, r request) (*http.Request, error) {
	address := c.base + r.path
	if len(r.query) > 0 {
		// NinjaOne's filters want %20; a literal plus sign is already escaped here (contract ninjaone 4.6).
		address += "?" + strings.ReplaceAll(r.query.Encode(), "+", "%20")
	}
	outgoing, err := http.NewRequestWithContext(ctx, r.verb(), address, bytes.NewReader(r.body))
	if err != nil {
		return nil, fmt.Errorf("ninjaone %s: %w request", r.operation, ErrInvalid)
	}
	if len(r.body) > 0 {
		outgoing.Header.Set("Content-Type", "application/json")
	}
	return outgoing, nil
}

// exchange sends one request, reads its answer within bounds and time, and tells the observer. The body is that of a
// 2xx answer; everything else is an error.
func (c *Client) exchange(outgoing *http.Request, r request) ([]byte, error) {
	caller := outgoing.Context()
	ctx, cancel := context.WithTimeout(caller, c.timeout)
	defer cancel()
	outgoing.Header.Set("Accept", "application/json")
	outgoing.Header.Set("User-Agent", c.agent)
	start := c.now()
	status, body, err := c.roundTrip(caller, outgoing.WithContext(ctx), r)
	c.observe(caller, Call{
		Operation: r.operation, Method: r.verb(), StatusCode: status, Duration: c.now().Sub(start),
		Token: r.operation == tokenOperation, Err: err,
	})
	return body, err
}

func (c *Client) roundTrip(caller context.Context, outgoing *http.Request, r request) (int, []byte, error) {
	answer, err := c.http.Do(outgoing)
	if err != nil {
		return 0, nil, c.broken(caller, r, err)
	}
	defer func() {
		// What is left of a short body is drained, so that the connection can be used again.
		_, _ = io.CopyN(io.Discard, answer.Body, maxErrorBody)
		_ = answer.Body.Close()
	}()
	success := answer.StatusCode >= 200 && answer.StatusCode <= 299
	limit := maxErrorBody
	if success {
		limit = maxBody
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, int64(limit)+1))
	switch {
	case !success || isThrottlePage(body):
		// An error whose body could not be read is still that error.
		return answer.StatusCode, nil, c.refused(r, outgoing, answer, body[:min(len(body), limit)])
	case err != nil:
		return answer.StatusCode, nil, c.broken(caller, r, err)
	case len(body) > limit:
		return answer.StatusCode, nil, r.unusable(fmt.Errorf("the answer is larger than %d MiB", maxBody>>20))
	case len(bytes.TrimSpace(body)) > 0 && !isJSON(body):
		return answer.StatusCode, nil, r.unusable(errNotJSON)
	}
	return answer.StatusCode, body, nil
}

// broken tells the caller's own cancellation from a failure on the way. Addresses, which may carry data in their
// query, stay out of both.
func (c *Client) broken(caller context.Context, r request, err error) error {
	if cancelled := caller.Err(); cancelled != nil {
		return fmt.Errorf("ninjaone %s: %w", r.operation, cancelled)
	}
	var addressed *url.Error
	if errors.As(err, &addressed) {
		err = addressed.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("no complete answer within %s", c.timeout)
	}
	return &TransportError{Operation: r.operation, Method: r.verb(), Path: r.path, Err: err}
}

// decode reads the JSON of an answer. Trailing bytes and wrong shapes are errors; unknown members are not.
func decode(r request, body []byte, target any) error {
	if target == nil {
		return nil
	}
	if !isJSON(body) {
		return r.unusable(errNotJSON)
	}
	if err := json.Unmarshal(body, target); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return r.unusable(fmt.Errorf("%w: %w", errNotJSON, err))
		}
		return r.unusable(err)
	}
	return nil
}

// unusable reports a 2xx answer that does not say what it should.
func (r request) unusable(err error) error {
	return &ResponseError{Operation: r.operation, Method: r.verb(), Path: r.path, Err: err}
}

// isJSON looks at the first byte only: every answer of the API is an array or an object.
func isJSON(body []byte) bool {
	body = bytes.TrimLeft(body, " \t\r\n")
	return len(body) > 0 && (body[0] == '{' || body[0] == '[')
}
