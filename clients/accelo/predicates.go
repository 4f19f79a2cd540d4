package accelo

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
)

// The values of meta.status (accelo.md 3.3).
const (
	codeOK                       = "ok"
	codeCreated                  = "ok_created"
	codeInvalidRequest           = "invalid_request"
	codeInvalidClient            = "invalid_client"
	codeUnauthorizedClient       = "unauthorized_client"
	codeUnauthorizedClientSpaced = "unauthorized client" // as the documentation spells it
	codeInvalidScope             = "invalid_scope"
	codeDuplicate                = "duplicate"
	codeInvalidPermission        = "invalid_permission"
	codeTooManyRequests          = "too_many_requests"
	codeTooManyLogins            = "too_many_failed_logins"
)

// IsInvalidRequest reports whether Accelo answered invalid_request, which it does for a missing object, an unknown endpoint
// and an invalid value (accelo.md 3.3). [Client.CompaniesByID] can tell a deleted company from an invalid call.
func IsInvalidRequest(err error) bool {
	return isAPIError(err, func(e *APIError) bool { return e.Code == codeInvalidRequest })
}

// IsUnrecognizedEndpoint reports whether the deployment does not have the call (accelo.md 3.2). IsInvalidRequest is true for
// these errors too.
func IsUnrecognizedEndpoint(err error) bool {
	return isAPIError(err, func(e *APIError) bool {
		return e.Code == codeInvalidRequest && strings.Contains(strings.ToLower(e.Message), "resource endpoint was not recognized")
	})
}

// IsUnsupported reports whether the deployment may not have an undocumented call. The message for unknown endpoints is not
// guaranteed, so every invalid_request counts, and so does an error page of the web server (accelo.md 3.3).
func IsUnsupported(err error) bool {
	return IsInvalidRequest(err) || isAPIError(err, (*APIError).noSuchEndpoint)
}

// IsUnreadable reports whether Accelo answered with a success that does not hold what it should.
func IsUnreadable(err error) bool {
	return isAPIError(err, func(e *APIError) bool { return e.unreadable && e.Code == codeOK })
}

// noSuchEndpoint reports whether the status is one that web servers send for an unknown address or method.
func (e *APIError) noSuchEndpoint() bool {
	switch e.StatusCode {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return true
	}
	return false
}

// IsRead reports whether the call that failed only reads.
func IsRead(err error) bool {
	var transport *TransportError
	if errors.As(err, &transport) {
		return transport.Method == http.MethodGet
	}
	return isAPIError(err, func(e *APIError) bool { return e.Method == http.MethodGet })
}

// IsUnauthorized reports whether Accelo rejected the credentials or the token. It is false for a lock-out.
func IsUnauthorized(err error) bool {
	return isAPIError(err, func(e *APIError) bool {
		switch e.Code {
		case codeTooManyLogins:
			return false
		case codeInvalidClient, codeUnauthorizedClient, codeUnauthorizedClientSpaced:
			return true
		}
		return e.StatusCode == http.StatusUnauthorized
	})
}

// IsGrantEnded reports whether the token endpoint does not accept a code or a refresh token, which is final (accelo.md 2.5).
func IsGrantEnded(err error) bool {
	return isAPIError(err, func(e *APIError) bool {
		return e.Operation == tokenOperation && (e.Code == "invalid_grant" || e.Code == "invalid_token")
	})
}

// IsLockedOut reports whether Accelo has locked the user out after too many failed logins (accelo.md 2.10). RetryAt returns
// when the lock-out ends.
func IsLockedOut(err error) bool {
	return isAPIError(err, func(e *APIError) bool { return e.Code == codeTooManyLogins })
}

// IsForbidden reports whether the user or the token's scope lacks a permission.
func IsForbidden(err error) bool {
	return isAPIError(err, func(e *APIError) bool {
		return e.StatusCode == http.StatusForbidden || e.Code == codeInvalidPermission || e.Code == codeInvalidScope
	})
}

// IsDuplicate reports whether an object with this name already exists (accelo.md 3.3).
func IsDuplicate(err error) bool {
	return isAPIError(err, func(e *APIError) bool { return e.Code == codeDuplicate })
}

// IsRateLimited reports whether Accelo answered 429, or the budget did not allow the call.
func IsRateLimited(err error) bool {
	var budget *BudgetError
	return errors.As(err, &budget) || isAPIError(err, func(e *APIError) bool {
		return e.StatusCode == http.StatusTooManyRequests || e.Code == codeTooManyRequests
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

// IsTransient reports whether the same call may succeed later without any change: a failed connection, 5xx, 429, the budget,
// a lock-out, or a response that is not Accelo's JSON (accelo.md 3.3). It is false for a cancelled context.
func IsTransient(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	if IsRateLimited(err) || IsLockedOut(err) {
		return true
	}
	var api *APIError
	if errors.As(err, &api) {
		// A 2xx that is neither ok nor a rejection is a fault of Accelo.
		return api.StatusCode >= http.StatusInternalServerError || (api.unreadable && !IsUnauthorized(err)) ||
			(api.StatusCode < http.StatusBadRequest && !api.isRejection())
	}
	var transport *TransportError
	return errors.As(err, &transport)
}

// InDoubt reports whether a failed write may have been carried out: sending had started before the connection failed or the
// time ran out, or the response was a 5xx or unreadable. It is false for every read, and if the write certainly did not
// happen: no connection, a rejection in Accelo's envelope, 429, no budget, no token, or a passed deadline.
//
// Accelo has no idempotency keys, so search for the object before creating it again (accelo.md 13).
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
	return isAPIError(err, (*APIError).inDoubt)
}
