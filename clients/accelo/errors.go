package accelo

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// ErrUnknownDeployment means that Accelo knows no deployment at the base URL (accelo.md 1).
var ErrUnknownDeployment = errors.New("unknown Accelo deployment: check its label, the first part of https://LABEL.accelo.com")

// ErrStale means that a write was not sent because its deadline had passed (see WithDeadlineGuard).
var ErrStale = errors.New("the deadline of this write passed before it could be sent")

// APIError is a response that is not a success: an error envelope, a 2xx whose meta.status is not ok, or a response that
// cannot be read (accelo.md 3.2 and 3.3).
type APIError struct {
	// Operation, Method and Path identify the call. Path is below /api/v0 and has no query.
	Operation, Method, Path string
	// StatusCode is the HTTP status.
	StatusCode int
	// Code is meta.status, or "error" from the token endpoint. It is empty if the response has no envelope.
	Code string
	// Message is meta.message or "error_description", or describes an unreadable response. It has no secrets.
	Message string
	// RetryAt is the earliest time Accelo allows a retry, at most a day from now; zero if it does not say.
	RetryAt time.Time

	unreadable bool // the response is not what the call returns
}

// Error names the call and what Accelo answered.
func (e *APIError) Error() string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "accelo: %s: %s %s: %d", e.Operation, e.Method, e.Path, e.StatusCode)
	if e.Code != "" {
		b.WriteString(" " + e.Code)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	return b.String()
}

// inDoubt reports whether Accelo may have carried out the call in spite of this response.
func (e *APIError) inDoubt() bool {
	switch {
	case e.Method == http.MethodGet, e.StatusCode == http.StatusTooManyRequests, e.isRejection():
		return false
	case e.unreadable, e.StatusCode >= http.StatusInternalServerError:
		return true
	default:
		// Any envelope with a 4xx is a rejection; a 2xx that is not ok says nothing.
		return e.StatusCode < http.StatusBadRequest
	}
}

// isRejection reports whether the envelope says that Accelo did not carry out the call. That counts for any HTTP status below
// 500, because Accelo can be asked to answer everything with 200 (accelo.md 3.1).
func (e *APIError) isRejection() bool {
	if e.StatusCode >= http.StatusInternalServerError {
		return false
	}
	switch e.Code {
	case codeInvalidRequest, codeInvalidClient, codeUnauthorizedClient, codeUnauthorizedClientSpaced, codeInvalidScope,
		codeDuplicate, codeInvalidPermission, codeTooManyRequests, codeTooManyLogins:
		return true
	}
	return false
}

// redact removes credentials that the server may have quoted.
func (e *APIError) redact(secrets ...string) {
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		e.Code = strings.ReplaceAll(e.Code, secret, "[redacted]")
		e.Message = strings.ReplaceAll(e.Message, secret, "[redacted]")
	}
}

// TransportError is a call that got no complete response: the connection failed, the time ran out, or the context ended.
type TransportError struct {
	Operation, Method, Path string
	// Sent reports whether sending had started, so that Accelo may have carried out a write.
	Sent bool
	Err  error
}

// Error names the call, whether it was sent, and the cause.
func (e *TransportError) Error() string {
	result := "not sent"
	if e.Sent {
		result = "no response"
	}
	return fmt.Sprintf("accelo: %s: %s %s: %s: %v", e.Operation, e.Method, e.Path, result, e.Err)
}

// Unwrap returns the cause, such as context.Canceled, ErrStale or a network error.
func (e *TransportError) Unwrap() error { return e.Err }

// BudgetError is a call that was not sent because of Accelo's hourly limit.
type BudgetError struct {
	// Until is when the budget is expected to be full again.
	Until time.Time
	Lane  Lane
	// Limit and Remaining are the known state of the budget, or 0 if Accelo asked the client to wait.
	Limit, Remaining int
}

// Error says why the call was not sent and when it can be.
func (e *BudgetError) Error() string {
	until := e.Until.UTC().Format("15:04:05Z")
	switch {
	case e.Lane == Urgent:
		return fmt.Sprintf("Accelo's hourly budget is used up (%d of %d calls left); waiting until %s", e.Remaining, e.Limit, until)
	case e.Limit == 0:
		return "Accelo asked us to wait; waiting until " + until
	default:
		return fmt.Sprintf("Accelo's hourly budget is down to the reserve (%d of %d calls left); waiting until %s", e.Remaining, e.Limit, until)
	}
}

// TokenError is a call that was not sent, or not retried, because the client has no valid access token. It wraps an
// *APIError or a *TransportError.
type TokenError struct {
	// Until is when the client requests the next token; zero means with the next call. Until then, calls fail with the
	// remembered rejection, because more than 100 failures in five minutes lock the user out (accelo.md 2.10).
	Until time.Time
	Err   error
}

// Error says what to check and when the client tries again.
func (e *TokenError) Error() string {
	text := fmt.Sprintf("accelo: not authenticated: %v", e.Err)
	if IsUnauthorized(e.Err) {
		text += "; check the client ID and secret, that the service application's user is active, " +
			"and that no IP restriction applies to the application"
	}
	if !e.Until.IsZero() {
		text += "; not trying again before " + e.Until.UTC().Format("15:04:05Z") + ", so that Accelo does not lock the user out"
	}
	return text
}

// Unwrap returns the error of the token request or of the call.
func (e *TokenError) Unwrap() error { return e.Err }

// isAPIError reports whether err holds an APIError that matches.
func isAPIError(err error, matches func(*APIError) bool) bool {
	var api *APIError
	return errors.As(err, &api) && api != nil && matches(api)
}
