package telemetry

import "net/http"

// Outcomes of a call to a vendor's API.
const (
	OutcomeOK           = "ok"
	OutcomeThrottled    = "throttled"
	OutcomeUnauthorized = "unauthorized"
	OutcomeNotFound     = "not_found"
	OutcomeRejected     = "rejected"
	OutcomeFailed       = "failed"
	OutcomeUnreachable  = "unreachable"
)

// CallOutcome classes a call by its HTTP status, 0 where there was no answer.
func CallOutcome(status int) string {
	switch {
	case status == 0:
		return OutcomeUnreachable
	case status < http.StatusBadRequest:
		return OutcomeOK
	case status == http.StatusTooManyRequests:
		return OutcomeThrottled
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return OutcomeUnauthorized
	case status == http.StatusNotFound || status == http.StatusGone:
		return OutcomeNotFound
	case status < http.StatusInternalServerError:
		return OutcomeRejected
	}
	return OutcomeFailed
}
