package accelo

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// ErrUnknownDeployment means that Accelo knows no deployment at the base URL (contract accelo 1).
var ErrUnknownDeployment = errors.New("accelo knows no such deployment: check its label, the first part of the address https://LABEL.accelo.com")

// ErrStale means that a write was held back because its deadline (WithDeadlineGuard) had passed before its body could
// be sent. Nothing was carried out.
var ErrStale = errors.New("the deadline of this write passed before it could be sent")

// ErrInvalid means that a call was not made because what it needs is missing or cannot be sent safely.
var ErrInvalid = errors.New("incomplete or unsafe arguments")

// APIError is a reply that is no success: an error envelope, a success whose meta.status is not ok, or something that
// cannot be read (contract accelo 3.2, 3.3).
type APIError struct {
	Operation, Method string
	// Path is the resource below /api/v0, without its query.
	Path       string
	StatusCode int
	// Code and Message are meta.status and meta.message, or error and error_description at the token endpoint.
	Code, Message string
	// RetryAt is the earliest time Accelo allows a retry, at most a day away; zero if it does not say.
	RetryAt time.Time
	// Body is the beginning of a reply that is not JSON.
	Body string

	unread bool // no envelope could be read from the reply
}

// Error names the operation, the status and what Accelo said.
func (e *APIError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "accelo: %s: %s %s: %d", e.Operation, e.Method, e.Path, e.StatusCode)
	if e.Code != "" {
		text.WriteString(" " + e.Code)
	}
	if e.Message != "" {
		text.WriteString(": " + e.Message)
	}
	if e.Body != "" {
		fmt.Fprintf(&text, ": reply is not JSON: %q", e.Body)
	}
	return text.String()
}

// inDoubt is whether the call may have been carried out in spite of this reply.
func (e *APIError) inDoubt() bool {
	switch {
	case e.Method == http.MethodGet, e.StatusCode == http.StatusTooManyRequests, e.refused():
		return false
	case e.unread, e.StatusCode >= http.StatusInternalServerError:
		return true
	default:
		// An envelope with a 4xx is a refusal, whatever it says; one with a 2xx that is not ok tells nothing.
		return e.StatusCode < http.StatusBadRequest
	}
}

// refused is whether the envelope says that the call was turned down. It counts under any HTTP status below 500, since
// Accelo can be asked to answer everything with 200 (contract accelo 3.1).
func (e *APIError) refused() bool {
	if e.StatusCode >= http.StatusInternalServerError {
		return false
	}
	switch e.Code {
	case statusInvalidRequest, statusInvalidClient, statusUnauthorizedClient, statusUnauthorizedSpaced, statusInvalidScope,
		statusDuplicate, statusInvalidPermission, statusTooManyRequests, statusTooManyLogins:
		return true
	}
	return false
}

// TransportError is a call without a usable reply: no connection, a broken one, a time limit, a cancelled context.
type TransportError struct {
	Operation, Method string
	// Sent is whether sending had begun: then a write may have been carried out.
	Sent bool
	Err  error
}

// Error says whether anything may have reached Accelo.
func (e *TransportError) Error() string {
	if e.Sent {
		return fmt.Sprintf("accelo: %s: no reply: %v", e.Operation, e.Err)
	}
	return fmt.Sprintf("accelo: %s: nothing was sent: %v", e.Operation, e.Err)
}

// Unwrap gives the cause: context.Canceled, ErrStale, a network error.
func (e *TransportError) Unwrap() error { return e.Err }

// BudgetError is a call that was not made because of Accelo's hourly limit.
type BudgetError struct {
	// Until is when the budget is expected to be whole again.
	Until time.Time
	Lane  Lane
	// Limit and Remaining are what was known when the call was refused.
	Limit, Remaining int
}

// Error says why nothing was sent and until when.
func (e *BudgetError) Error() string {
	until := e.Until.UTC().Format("15:04:05Z")
	switch {
	case e.Lane == Urgent:
		return fmt.Sprintf("Accelo's hourly budget is used up (%d of %d left); waiting until %s", e.Remaining, e.Limit, until)
	case e.Limit == 0:
		return "Accelo asked to wait; waiting until " + until
	default:
		return fmt.Sprintf("Accelo's hourly budget is down to its reserve (%d of %d left); waiting until %s", e.Remaining, e.Limit, until)
	}
}

// TokenError is a call that was not made, or not repeated, because no access token could be had. Its cause is an
// *APIError or a *TransportError of the operation "Token".
type TokenError struct {
	// Until is when a token will be asked for again; until then the refusal is answered from memory, because more than
	// 100 failures in five minutes lock the user out (contract accelo 2.10). Zero means at once.
	Until time.Time
	Err   error
}

// Error tells what to check.
func (e *TokenError) Error() string {
	text := fmt.Sprintf("accelo: not authenticated: %v", e.Err)
	if IsUnauthorized(e.Err) {
		text += "; check the client id and secret, that the service application's user is active, " +
			"and that the application is not restricted to other addresses"
	}
	if !e.Until.IsZero() {
		text += "; not asking again before " + e.Until.UTC().Format("15:04:05Z") + ", so that Accelo does not lock the user out"
	}
	return text
}

// Unwrap gives what the token endpoint answered.
func (e *TokenError) Unwrap() error { return e.Err }
