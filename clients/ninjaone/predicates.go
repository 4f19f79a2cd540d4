package ninjaone

import (
	"crypto/tls"
	"errors"
	"net/http"
	"time"
)

// IsNotFound tells that NinjaOne does not have the record asked for. It is false for a 404 that speaks of the route:
// on a path that names no record, or with an HTML page for a body.
func IsNotFound(err error) bool {
	e := refusal(err)
	return isStatus(err, http.StatusNotFound) && e.single && !e.html && !IsWrongRegion(err) && !IsRateLimited(err)
}

// IsRejected tells that NinjaOne answered a write about one record with a no that is about the record, in whichever form: what an
// alert that is unknown or was reset already gets is not documented (contract ninjaone 5.1).
func IsRejected(err error) bool {
	e := refusal(err)
	if !e.single || IsUnauthorized(err) || IsRateLimited(err) || IsClockSkewed(err) || IsWrongRegion(err) {
		return false
	}
	switch e.StatusCode {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusGone, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// IsUnsupported tells that this instance does not offer the call, which differs by region and release (contract
// ninjaone 1.1 and 9.23): 405, or a 404 that speaks of the route.
func IsUnsupported(err error) bool {
	if isStatus(err, http.StatusMethodNotAllowed) {
		return true
	}
	return isStatus(err, http.StatusNotFound) && !IsNotFound(err) && !IsWrongRegion(err) && !IsRateLimited(err)
}

// IsUnauthorized tells that the credentials, or the grant they are used with, were refused (contract ninjaone 2.1.6
// and 2.2.5: not every such answer is a 401).
func IsUnauthorized(err error) bool {
	e := refusal(err)
	return isStatus(err, http.StatusUnauthorized) && !IsRateLimited(err) ||
		e.hasCode("invalid_client", "unauthorized_client", "invalid_grant", "invalid_token", "expired_token",
			"not_authenticated", "missing_header", "invalid_header")
}

// IsForbidden tells that the credentials are good but lack a scope or a right.
func IsForbidden(err error) bool {
	return isStatus(err, http.StatusForbidden) && !IsRateLimited(err) && !IsClockSkewed(err) || refusal(err).hasCode("invalid_scope")
}

// IsClockSkewed tells that a signed request was dated more than 15 minutes off (contract ninjaone 2.2.2).
func IsClockSkewed(err error) bool { return refusal(err).hasCode("skewed_time") }

// IsWrongRegion tells that the host does not know the client id, as when the tenant lives in another region
// (contract ninjaone 2.1.6).
func IsWrongRegion(err error) bool {
	return isStatus(err, http.StatusNotFound) && refusal(err).hasCode("Client app not exist")
}

// IsRateLimited tells that NinjaOne throttles, by status, by code or by an HTML page under any status.
func IsRateLimited(err error) bool {
	return isStatus(err, http.StatusTooManyRequests) || refusal(err).hasCode(CodeThrottlePage, "rate_limit_exceeded")
}

// RetryAt returns the earliest time a retry can succeed, or the zero time if unknown.
func RetryAt(err error) time.Time { return refusal(err).RetryAt }

// IsTransient tells that the same call may succeed later: throttling, 408, 5xx, a broken exchange, or a success page
// that is not JSON. It is false for the caller's own cancellation or deadline, and for a certificate that is refused.
func IsTransient(err error) bool {
	if IsRateLimited(err) {
		return true
	}
	if e := refusal(err); e.StatusCode != 0 {
		return e.StatusCode == http.StatusRequestTimeout || e.StatusCode >= 500 && e.StatusCode != http.StatusNotImplemented
	}
	var broken *TransportError
	if errors.As(err, &broken) {
		var certificate *tls.CertificateVerificationError
		return !errors.As(err, &certificate)
	}
	return errors.Is(err, errNotJSON)
}
