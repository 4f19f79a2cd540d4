package ninjaone

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// CodeThrottlePage stands in APIError.Code for a throttle page, which NinjaOne sends as HTML and under any status
// (contract ninjaone 8.4).
const CodeThrottlePage = "throttle_page"

var errNotJSON = errors.New("the answer is not JSON")

// APIError is a refusal by NinjaOne, whichever of the four families of contract ninjaone 8.3 its body belongs to.
type APIError struct {
	// Operation, Method and Path tell what was asked; Path has no query.
	Operation, Method, Path string
	// StatusCode is the HTTP status. A throttle page may come with any, 200 included.
	StatusCode int
	// Code is the vendor's error code, or CodeThrottlePage, or empty.
	Code string
	// Message is the vendor's text on one line, shortened and without our secrets.
	Message string
	// RequestID and IncidentID name the failure in NinjaOne's own logs.
	RequestID, IncidentID string
	// RetryAt is the earliest time NinjaOne allows a retry, one second to one hour away; zero if it does not say.
	RetryAt time.Time

	// single and html tell a missing record from a missing route.
	single, html bool
}

func (e *APIError) Error() string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "ninjaone %s: %s %s: %d", e.Operation, e.Method, e.Path, e.StatusCode)
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

// advice says what a person can do about the error.
func (e *APIError) advice() string {
	switch {
	case IsRateLimited(e):
		return ""
	case IsWrongRegion(e):
		return "this host does not know the client id: use the address of the region the account lives in"
	case IsClockSkewed(e):
		return "set this machine's clock: it may differ from NinjaOne's by 15 minutes at most"
	case IsUnauthorized(e):
		return "check the id, the secret and that the API application allows the client credentials grant"
	case IsForbidden(e) && e.Path == webhookPath:
		return "only an API application of a system administrator may register the webhook, and no other PSA may be configured"
	case IsForbidden(e):
		return "give the API application the scopes monitoring and management"
	case IsUnsupported(e) && e.Operation == tokenOperation:
		return "check the base URL: no token endpoint of NinjaOne's answers there"
	case IsUnsupported(e):
		return "this NinjaOne instance does not offer the call"
	case e.StatusCode >= 300 && e.StatusCode <= 399:
		return "check the base URL: the API does not redirect"
	}
	return ""
}

// TransportError is an exchange that broke: no connection, no complete answer, or none in time. Whether NinjaOne
// acted on the request is unknown.
type TransportError struct {
	Operation, Method, Path string
	Err                     error
}

func (e *TransportError) Error() string {
	return fmt.Sprintf("ninjaone %s: %s %s: %v", e.Operation, e.Method, e.Path, e.Err)
}

// Unwrap is the cause, without the address that was asked.
func (e *TransportError) Unwrap() error { return e.Err }

// ResponseError is a success whose body does not say what it should: not JSON, another shape, another record, or too
// large.
type ResponseError struct {
	Operation, Method, Path string
	Err                     error
}

func (e *ResponseError) Error() string {
	return fmt.Sprintf("ninjaone %s: %s %s: unusable answer: %v", e.Operation, e.Method, e.Path, e.Err)
}

// Unwrap is what was wrong with the body.
func (e *ResponseError) Unwrap() error { return e.Err }

// refusal finds the APIError in err; a zero one matches no predicate.
func refusal(err error) APIError {
	var refused *APIError
	if errors.As(err, &refused) && refused != nil {
		return *refused
	}
	return APIError{}
}

func (e APIError) hasCode(codes ...string) bool {
	for _, code := range codes {
		if strings.EqualFold(e.Code, code) {
			return true
		}
	}
	return false
}

func isStatus(err error, status int) bool {
	e := refusal(err)
	return e.StatusCode == status && e.Code != CodeThrottlePage
}
