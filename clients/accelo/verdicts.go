package accelo

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
)

// The values of meta.status (contract accelo 3.3).
const (
	statusOK                 = "ok"
	statusCreated            = "ok_created"
	statusInvalidRequest     = "invalid_request"
	statusInvalidClient      = "invalid_client"
	statusUnauthorizedClient = "unauthorized_client"
	statusUnauthorizedSpaced = "unauthorized client" // the documentation's spelling
	statusInvalidScope       = "invalid_scope"
	statusDuplicate          = "duplicate"
	statusInvalidPermission  = "invalid_permission"
	statusTooManyRequests    = "too_many_requests"
	statusTooManyLogins      = "too_many_failed_logins"
)

func apiError(err error, holds func(*APIError) bool) bool {
	var api *APIError
	return errors.As(err, &api) && holds(api)
}

// IsInvalidRequest is true for Accelo's catch-all: a missing object, an unknown route or a bad value (contract accelo 3.3).
// Client.CompaniesByID tells a company that is gone from a call that is wrong.
func IsInvalidRequest(err error) bool {
	return apiError(err, func(e *APIError) bool { return e.Code == statusInvalidRequest })
}

// IsUnrecognizedEndpoint is true when the deployment has no such call at all (contract accelo 3.2): a capability is
// missing. Every such error is an IsInvalidRequest too.
func IsUnrecognizedEndpoint(err error) bool {
	return apiError(err, func(e *APIError) bool {
		return e.Code == statusInvalidRequest && strings.Contains(strings.ToLower(e.Message), "resource endpoint was not recognized")
	})
}

// IsUnsupported is for calls beyond the documentation (accelo-beyond-docs): it is true however a deployment says that it has no
// such call: by its catch-all, whose message nobody promised, or by a page of its web server (contract accelo 3.3).
func IsUnsupported(err error) bool {
	return IsInvalidRequest(err) || apiError(err, (*APIError).noSuchRoute)
}

// IsUnreadable is true when Accelo answered with a success that does not hold what it should.
func IsUnreadable(err error) bool {
	return apiError(err, func(e *APIError) bool { return e.unread && e.Code == statusOK })
}

// noSuchRoute is what a web server says of an address or a method that nothing behind it handles.
func (e *APIError) noSuchRoute() bool {
	switch e.StatusCode {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return true
	}
	return false
}

// IsUnauthorized is true when the credentials or the token were refused; a lock-out is told by IsLockedOut alone.
func IsUnauthorized(err error) bool {
	return apiError(err, func(e *APIError) bool {
		switch e.Code {
		case statusTooManyLogins:
			return false
		case statusInvalidClient, statusUnauthorizedClient, statusUnauthorizedSpaced:
			return true
		}
		return e.StatusCode == http.StatusUnauthorized
	})
}

// IsLockedOut is true when too many logins have failed (contract accelo 2.10); RetryAt says how long to stay away.
func IsLockedOut(err error) bool {
	return apiError(err, func(e *APIError) bool { return e.Code == statusTooManyLogins })
}

// IsForbidden is true when the user, or the scope of its token, may not do this.
func IsForbidden(err error) bool {
	return apiError(err, func(e *APIError) bool {
		return e.StatusCode == http.StatusForbidden || e.Code == statusInvalidPermission || e.Code == statusInvalidScope
	})
}

// IsDuplicate is true when an object of this name exists already (contract accelo 3.3): look it up and use it.
func IsDuplicate(err error) bool {
	return apiError(err, func(e *APIError) bool { return e.Code == statusDuplicate })
}

// IsRateLimited is true for Accelo's own 429 and for a call that was held back here because of the budget.
func IsRateLimited(err error) bool {
	var budget *BudgetError
	return errors.As(err, &budget) || apiError(err, func(e *APIError) bool {
		return e.StatusCode == http.StatusTooManyRequests || e.Code == statusTooManyRequests
	})
}

// RetryAt returns the earliest time a retry can succeed, or the zero time if unknown.
func RetryAt(err error) time.Time {
	var budget *BudgetError
	if errors.As(err, &budget) {
		return budget.Until
	}
	var token *TokenError
	if errors.As(err, &token) && !token.Until.IsZero() {
		return token.Until
	}
	var api *APIError
	if errors.As(err, &api) {
		return api.RetryAt
	}
	return time.Time{}
}

// IsTransient is true when the same call may succeed later without anybody doing anything: network trouble, 5xx, 429,
// the budget, a lock-out, a reply that is not Accelo's JSON (contract accelo 3.3). A cancelled context is not.
func IsTransient(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	if IsRateLimited(err) || IsLockedOut(err) {
		return true
	}
	var api *APIError
	if errors.As(err, &api) {
		// A 2xx that is neither ok nor a refusal is trouble of Accelo's own.
		return api.StatusCode >= http.StatusInternalServerError || (api.unread && !IsUnauthorized(err)) ||
			(api.StatusCode < http.StatusBadRequest && !api.refused())
	}
	var transport *TransportError
	return errors.As(err, &transport)
}

// InDoubt is true when a write may have been carried out though it failed: sending had begun and then the connection
// broke or the time was up, or the reply was a 5xx or unreadable. It is false when surely nothing was done: no connection,
// a refusal in Accelo's envelope, 429, no budget, no token, a passed deadline; and for every read. Accelo has no idempotency
// keys, so whoever is in doubt looks for the object before creating it again (contract accelo 13).
func InDoubt(err error) bool {
	var token *TokenError
	var budget *BudgetError
	if errors.As(err, &token) || errors.As(err, &budget) {
		return false
	}
	var transport *TransportError
	if errors.As(err, &transport) {
		return transport.Sent && transport.Method != http.MethodGet
	}
	return apiError(err, (*APIError).inDoubt)
}
