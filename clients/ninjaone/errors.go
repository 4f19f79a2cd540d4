package ninjaone

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// CodeThrottlePage is the APIError.Code of a throttle page, which NinjaOne sends as HTML with any status (ninjaone.md 8.4).
const CodeThrottlePage = "throttle_page"

var errNotJSON = errors.New("the response is not JSON")

// APIError is an error response from NinjaOne, in any of the four formats of ninjaone.md 8.3.
type APIError struct {
	// Operation, Method and Path identify the call. Path has no query.
	Operation, Method, Path string
	// StatusCode is the HTTP status. A throttle page can have any, even 200.
	StatusCode int
	// Code is NinjaOne's error code, CodeThrottlePage, or empty.
	Code string
	// Message is NinjaOne's text on one line, shortened and without our secrets.
	Message string
	// RequestID and IncidentID identify the failure in NinjaOne's logs.
	RequestID, IncidentID string
	// RetryAt is the earliest time NinjaOne allows a retry, one second to one hour from now; zero if it does not say.
	RetryAt time.Time

	oneRecord bool // the path names a single record
	html      bool // the body is an HTML page
}

// Error names the call, what NinjaOne answered and, if known, what to do.
func (e *APIError) Error() string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "ninjaone: %s: %s %s: %d", e.Operation, e.Method, e.Path, e.StatusCode)
	for _, part := range []string{e.Code, e.Message} {
		if part != "" {
			b.WriteString(" " + part)
		}
	}
	for _, id := range []struct{ name, value string }{{"request", e.RequestID}, {"incident", e.IncidentID}} {
		if id.value != "" {
			_, _ = fmt.Fprintf(&b, " [%s %s]", id.name, id.value)
		}
	}
	if advice := e.advice(); advice != "" {
		b.WriteString("; " + advice)
	}
	return b.String()
}

// advice returns what an administrator can do about the error.
func (e *APIError) advice() string {
	switch {
	case IsRateLimited(e):
		return ""
	case IsWrongRegion(e):
		return "this host does not know the client ID: use the address of your account's region"
	case IsClockSkewed(e):
		return "set this machine's clock: it may be off by at most 15 minutes"
	case IsUnauthorized(e):
		return "check the ID and the secret, and that the API application allows the client credentials grant"
	case IsForbidden(e) && e.Path == webhookPath:
		return "only an API application of a system administrator may register a webhook, and no other PSA may be configured"
	case IsForbidden(e):
		return "give the API application the scopes monitoring and management"
	case IsUnsupported(e) && e.Operation == tokenOperation:
		return "check the base URL: it has no NinjaOne token endpoint"
	case IsUnsupported(e):
		return "this NinjaOne instance does not offer the call"
	case e.StatusCode >= 300 && e.StatusCode <= 399:
		return "check the base URL: the API does not redirect"
	}
	return ""
}

// TransportError is a call that got no complete response: the connection failed or the time ran out. NinjaOne may have
// carried out the call.
type TransportError struct {
	Operation, Method, Path string
	Err                     error
}

// Error names the call and the cause.
func (e *TransportError) Error() string {
	return fmt.Sprintf("ninjaone: %s: %s %s: %v", e.Operation, e.Method, e.Path, e.Err)
}

// Unwrap returns the cause, without the address.
func (e *TransportError) Unwrap() error { return e.Err }

// ResponseError is a 2xx response whose body is not what the call returns: not JSON, the wrong type, another record, or
// too large.
type ResponseError struct {
	Operation, Method, Path string
	Err                     error
}

// Error names the call and what is wrong with the body.
func (e *ResponseError) Error() string {
	return fmt.Sprintf("ninjaone: %s: %s %s: unreadable response: %v", e.Operation, e.Method, e.Path, e.Err)
}

// Unwrap returns what is wrong with the body.
func (e *ResponseError) Unwrap() error { return e.Err }

// isAPIError reports whether err holds an APIError that matches.
func isAPIError(err error, matches func(*APIError) bool) bool {
	var api *APIError
	return errors.As(err, &api) && api != nil && matches(api)
}

func (e *APIError) hasCode(codes ...string) bool {
	for _, code := range codes {
		if strings.EqualFold(e.Code, code) {
			return true
		}
	}
	return false
}

// hasStatus is false for throttle pages, whose status means nothing.
func (e *APIError) hasStatus(status int) bool {
	return e.StatusCode == status && e.Code != CodeThrottlePage
}

func hasStatus(err error, status int) bool {
	return isAPIError(err, func(e *APIError) bool { return e.hasStatus(status) })
}

func hasCode(err error, codes ...string) bool {
	return isAPIError(err, func(e *APIError) bool { return e.hasCode(codes...) })
}
