package ninjaone

import (
	"crypto/tls"
	"errors"
	"net/http"
	"strings"
	"time"
)

// IsNotFound reports whether NinjaOne does not have the requested record. It is false for a 404 about the endpoint: the
// path names no record, or the body is an HTML page.
func IsNotFound(err error) bool {
	return isAPIError(err, func(e *APIError) bool {
		return e.hasStatus(http.StatusNotFound) && e.oneRecord && !e.html && !IsWrongRegion(e) && !IsRateLimited(e)
	})
}

// IsRejected reports whether NinjaOne rejected a call because of the record it is about. How NinjaOne answers the reset of
// an alert that is unknown or already reset is undocumented (ninjaone.md 5.1), so several statuses count.
func IsRejected(err error) bool {
	return isAPIError(err, func(e *APIError) bool {
		if !e.oneRecord || IsUnauthorized(e) || IsRateLimited(e) || IsClockSkewed(e) || IsWrongRegion(e) {
			return false
		}
		switch e.StatusCode {
		case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusGone, http.StatusUnprocessableEntity:
			return true
		}
		return false
	})
}

// IsUnsupported reports whether this instance does not offer the call, which differs by region and release (ninjaone.md
// 1.1 and 9): a 405, or a 404 about the endpoint.
func IsUnsupported(err error) bool {
	if hasStatus(err, http.StatusMethodNotAllowed) {
		return true
	}
	return hasStatus(err, http.StatusNotFound) && !IsNotFound(err) && !IsWrongRegion(err) && !IsRateLimited(err)
}

// IsUnauthorized reports whether NinjaOne rejected the credentials or their grant. Not every such response is a 401
// (ninjaone.md 2.1 and 2.2).
func IsUnauthorized(err error) bool {
	return hasStatus(err, http.StatusUnauthorized) && !IsRateLimited(err) ||
		hasCode(err, "invalid_client", "unauthorized_client", "invalid_grant", "invalid_token", "expired_token",
			"not_authenticated", "missing_header", "invalid_header")
}

// IsGrantEnded reports whether the token endpoint does not accept a code or a refresh token, which is final (ninjaone.md 2.1.6).
func IsGrantEnded(err error) bool {
	return isAPIError(err, func(e *APIError) bool {
		return e.Operation == tokenOperation && e.hasCode("invalid_grant", "invalid_token")
	})
}

// IsRedirectRefused reports whether NinjaOne does not lead users of the application back to the redirect URI (ninjaone.md 2.1.3).
func IsRedirectRefused(err error) bool {
	return isAPIError(err, func(e *APIError) bool {
		return e.Operation == authorizeOperation && strings.Contains(strings.ToLower(e.Message), "redirect")
	})
}

// IsForbidden reports whether the credentials are valid but lack a scope or permission.
func IsForbidden(err error) bool {
	return hasStatus(err, http.StatusForbidden) && !IsRateLimited(err) && !IsClockSkewed(err) || hasCode(err, "invalid_scope")
}

// IsClockSkewed reports whether the date of a signed request was more than 15 minutes off (ninjaone.md 2.2).
func IsClockSkewed(err error) bool { return hasCode(err, "skewed_time") }

// IsWrongRegion reports whether the host does not know the client ID, which means that the tenant lives in another region
// (ninjaone.md 2.1).
func IsWrongRegion(err error) bool {
	return hasStatus(err, http.StatusNotFound) && hasCode(err, "Client app not exist")
}

// IsRateLimited reports whether NinjaOne throttles the client: by status, by code, or by an HTML page with any status.
func IsRateLimited(err error) bool {
	return hasStatus(err, http.StatusTooManyRequests) || hasCode(err, CodeThrottlePage, "rate_limit_exceeded")
}

// RetryAt returns the earliest time a retry can succeed, or the zero time if unknown.
func RetryAt(err error) time.Time {
	var api *APIError
	if errors.As(err, &api) {
		return api.RetryAt
	}
	return time.Time{}
}

// IsTransient reports whether the same call may succeed later: throttling, 408, 5xx, a failed connection, or a 2xx response
// that is not JSON. It is false for the caller's own cancellation or deadline, and for an untrusted certificate.
func IsTransient(err error) bool {
	if IsRateLimited(err) {
		return true
	}
	var api *APIError
	if errors.As(err, &api) {
		return api.StatusCode == http.StatusRequestTimeout || api.StatusCode >= 500 && api.StatusCode != http.StatusNotImplemented
	}
	var transport *TransportError
	if errors.As(err, &transport) {
		var certificate *tls.CertificateVerificationError
		return !errors.As(err, &certificate)
	}
	return errors.Is(err, errNotJSON)
}
