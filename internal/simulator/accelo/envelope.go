package accelo

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

const moreInfo = "https://api.accelo.com/docs/#status-codes"

// refusal is an error reply: an HTTP status, `meta.status` and a message (accelo.md 3.2 and 3.3).
type refusal struct {
	code       int
	status     string
	message    string
	moreInfo   string
	retryAfter int
}

// Error returns the status and the message.
func (r *refusal) Error() string { return r.status + ": " + r.message }

// invalid returns a 400 `invalid_request`. Accelo uses it for missing objects, unknown routes and invalid values alike.
func invalid(format string, args ...any) *refusal {
	message := "The request could not be interpreted. " + fmt.Sprintf(format, args...)
	return &refusal{code: http.StatusBadRequest, status: "invalid_request", message: message}
}

// missing returns the refusal for an object that does not exist, which looks like any other invalid request.
func missing() *refusal {
	return invalid("Some data is missing or invalid. Please check that the resource exists and that the request is complete.")
}

func unrecognized() *refusal {
	return invalid("The resource endpoint was not recognized.")
}

func unauthenticated(message string) *refusal {
	return &refusal{code: http.StatusUnauthorized, status: "invalid_client", message: message}
}

func forbidden() *refusal {
	return &refusal{
		code: http.StatusForbidden, status: "invalid_permission",
		message: "The access token does not have permission to perform this request.",
	}
}

func duplicate(field string) *refusal {
	return &refusal{
		code: http.StatusBadRequest, status: "duplicate",
		message: fmt.Sprintf("An object with the same unique identifier exists already: %s.", field),
	}
}

// nothing is the payload of a reply without a `response` key, as for DELETE.
type nothing struct{}

// created is the payload of a 201 reply.
type created struct{ payload any }

// envelope wraps the replies of one call as its `_suppress_*` parameters ask (accelo.md 3.1).
type envelope struct {
	suppressMessage, suppressStatus, suppressMeta bool
	// errors200 and unknownForbidden are the switches of these names.
	errors200, unknownForbidden bool
}

func newEnvelope(p params) envelope {
	return envelope{
		suppressMessage: p.on("_suppress_message"),
		suppressStatus:  p.on("_suppress_http_status"),
		suppressMeta:    p.on("_suppress_meta"),
	}
}

// answer writes a success.
func (e envelope) answer(w http.ResponseWriter, payload any) {
	code, status, message := http.StatusOK, "ok", "Everything executed as expected."
	if c, ok := payload.(created); ok {
		code, status, message, payload = http.StatusCreated, "ok_created", "A resource was successfully created.", c.payload
	}
	e.write(w, code, e.meta(code, status, message, moreInfo), payload)
}

// refuse writes an error.
func (e envelope) refuse(w http.ResponseWriter, r *refusal) {
	if e.unknownForbidden && r.message == unrecognized().message {
		r = forbidden()
	}
	info := r.moreInfo
	if info == "" {
		info = moreInfo
	}
	if r.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(r.retryAfter))
	}
	code := r.code
	if e.errors200 {
		code = http.StatusOK
	}
	e.write(w, code, e.meta(r.code, r.status, r.message, info), nil)
}

// fail writes the refusal in err, or a server error if there is none.
func (e envelope) fail(w http.ResponseWriter, err error) {
	var refused *refusal
	if !errors.As(err, &refused) {
		refused = &refusal{code: http.StatusInternalServerError, status: "server_error", message: "An unexpected error occurred."}
	}
	e.refuse(w, refused)
}

func (e envelope) meta(code int, status, message, info string) object {
	meta := object{{"status", status}}
	if !e.suppressMessage {
		meta = append(meta, member{"message", message}, member{"more_info", info})
	}
	if e.suppressStatus {
		meta = append(meta, member{"response_code", code})
	}
	return meta
}

func (e envelope) write(w http.ResponseWriter, code int, meta object, payload any) {
	var reply object
	if !e.suppressMeta {
		reply = append(reply, member{"meta", meta})
	}
	if _, none := payload.(nothing); !none {
		reply = append(reply, member{"response", payload})
	}
	if e.suppressStatus {
		code = http.StatusOK
	}
	writeJSON(w, code, reply)
}

func writeJSON(w http.ResponseWriter, code int, value any) {
	body := appendJSON(make([]byte, 0, 1024), value)
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(code)
	_, _ = w.Write(body) //nolint:gosec // JSON, which browsers do not run
}
