package telemetry

import "net/http"

// CallOutcome classifies a call to a vendor's API by its HTTP status, which is 0 if there was no reply.
func CallOutcome(status int) string {
	switch {
	case status == 0:
		return "unreachable"
	case status < http.StatusBadRequest:
		return "ok"
	case status == http.StatusTooManyRequests:
		return "throttled"
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return "unauthorized"
	case status == http.StatusNotFound || status == http.StatusGone:
		return "not_found"
	case status < http.StatusInternalServerError:
		return "rejected"
	}
	return "failed"
}
