package ninjaone

import (
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"ninjaone-accelo/internal/simulator/lab"
)

// gatewayError is the first error family of contract 8.3, which the authentication layer answers.
type gatewayError struct {
	status      int
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
	Code        int    `json:"error_code,omitempty"`
}

// The authentication layer's errors (contract 2.2.5); codes 3 to 5 are the simulator's own, the vendor's are unknown.
var (
	errMissingHeader    = gatewayError{http.StatusBadRequest, "missing_header", "Missing required header", 2}
	errInvalidHeader    = gatewayError{http.StatusBadRequest, "invalid_header", "Invalid 'Authorization' header", 1}
	errNotAuthenticated = gatewayError{http.StatusUnauthorized, "not_authenticated", "Invalid credentials", 10}
	errInvalidToken     = gatewayError{http.StatusUnauthorized, "invalid_token", "Invalid access token", 10}
	errExpiredToken     = gatewayError{http.StatusUnauthorized, "expired_token", "Access token expired", 10}
	errSkewed           = gatewayError{http.StatusForbidden, "skewed_time", "Request time too skewed", 3}
	errScope            = gatewayError{http.StatusForbidden, "insufficient_scope", "The access token lacks the scope that this call requires", 4}
	errRateLimit        = gatewayError{http.StatusTooManyRequests, "rate_limit_exceeded", "Request rate limit exceeded", 5}
)

func (e gatewayError) reply(w http.ResponseWriter, r *http.Request) { replyStatus(w, r, e.status, e) }

// applicationError answers in the second family of contract 8.3.
func applicationError(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	replyStatus(w, r, status, map[string]string{
		"resultCode": code, "errorMessage": message, "incidentId": "WEB_MGMT_SERVICE-" + uuid.NewString(),
	})
}

// validationError answers 400 in the third family of contract 8.3.
func validationError(w http.ResponseWriter, r *http.Request, code string, params map[string]string) {
	replyStatus(w, r, http.StatusBadRequest, map[string]any{"errorMessage": map[string]any{"code": code, "params": params}})
}

func badParameter(w http.ResponseWriter, r *http.Request, name, detail string) {
	applicationError(w, r, http.StatusBadRequest, "INVALID_PARAMETER", fmt.Sprintf("Parameter '%s': %s", name, detail))
}

func notFound(w http.ResponseWriter, r *http.Request, what string) {
	applicationError(w, r, http.StatusNotFound, "NOT_FOUND", what+" not found")
}

// faultReply answers injected errors. A throttled call is told to wait one second unless the fault says otherwise;
// "none" leaves the header out.
func faultReply(w http.ResponseWriter, r *http.Request, fault lab.Fault) {
	setRequestHeaders(w)
	if fault.Status == http.StatusTooManyRequests {
		switch fault.RetryAfter {
		case "":
			w.Header().Set("Retry-After", "1")
		case "none":
			w.Header().Del("Retry-After")
		}
		errRateLimit.reply(w, r)
		return
	}
	applicationError(w, r, fault.Status, "FAILURE", http.StatusText(fault.Status))
}

// setRequestHeaders sets what every answer carries (contract 8.3).
func setRequestHeaders(w http.ResponseWriter) {
	w.Header().Set("X-Nj-Request-Id", uuid.NewString())
	w.Header().Set("Server", "Grizzly/4.0.2")
}
