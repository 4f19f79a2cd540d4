package ninjaone

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"ninjaone-accelo/internal/simulator/lab"
)

// gatewayError is the error of the authentication layer, the first family of ninjaone.md 8.3.
type gatewayError struct {
	status      int
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
	Code        int    `json:"error_code,omitempty"`
}

// The authentication layer's errors (ninjaone.md 2.2.5). Codes 3 to 5 are made up; the real ones are unknown.
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

// applicationError replies with an error of the second family of ninjaone.md 8.3.
func applicationError(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	replyStatus(w, r, status, map[string]string{
		"resultCode": code, "errorMessage": message, "incidentId": "WEB_MGMT_SERVICE-" + uuid.NewString(),
	})
}

// validationError replies with 400 and an error of the third family of ninjaone.md 8.3.
func validationError(w http.ResponseWriter, r *http.Request, code string, params map[string]string) {
	replyStatus(w, r, http.StatusBadRequest, map[string]any{"errorMessage": map[string]any{"code": code, "params": params}})
}

func badParameter(w http.ResponseWriter, r *http.Request, name, detail string) {
	applicationError(w, r, http.StatusBadRequest, "INVALID_PARAMETER", fmt.Sprintf("Parameter '%s': %s", name, detail))
}

func notFound(w http.ResponseWriter, r *http.Request, what string) {
	applicationError(w, r, http.StatusNotFound, "NOT_FOUND", what+" not found")
}

// faultReply replies with an injected error. For a throttled call Retry-After is 1 unless the fault sets it; "none" omits
// the header.
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

// setRequestHeaders sets the headers of every reply (ninjaone.md 8.3).
func setRequestHeaders(w http.ResponseWriter) {
	w.Header().Set("X-Nj-Request-Id", uuid.NewString())
	w.Header().Set("Server", "Grizzly/4.0.2")
}

// reply replies with 200 and JSON.
func reply(w http.ResponseWriter, r *http.Request, value any) {
	replyStatus(w, r, http.StatusOK, value)
}

func replyStatus(w http.ResponseWriter, r *http.Request, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		lab.Note(r.Context(), "the reply was truncated: "+err.Error())
	}
}

// readJSON decodes a request body, or replies with 400.
func readJSON(w http.ResponseWriter, r *http.Request, target any) bool {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		lab.RecordViolation(r.Context(), "a JSON body needs Content-Type application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil {
		err = json.Unmarshal(body, target)
	}
	if err != nil {
		validationError(w, r, "malformed_json", map[string]string{"detail": err.Error()})
		return false
	}
	return true
}
