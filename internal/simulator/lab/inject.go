package lab

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// The pages of proxies in front of the vendor.
const (
	badGatewayPage = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n" +
		"<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
	notFoundPage = "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n</body>\r\n</html>\r\n"
	throttlePage = "<!DOCTYPE html>\n<html><head><title>Too Many Requests</title></head>" +
		"<body><h1>Rate limit exceeded</h1><p>Too many requests. Please try again later.</p></body></html>\n"
)

// inject serves a call with the faults that hit it: first those that replace the work, then those that follow it.
func (l *Lab) inject(w http.ResponseWriter, r *http.Request, vendor http.Handler) {
	if fault, hit := l.pick(r, FaultDelay); hit {
		pause(r.Context(), time.Duration(fault.DelayMillis)*time.Millisecond)
	}
	if fault, hit := l.pick(r, FaultDropBefore, FaultStatus, FaultTooMany, FaultHTML502, FaultHTML404, FaultThrottlePage); hit {
		l.replace(w, r, fault)
		return
	}
	fault, hit := l.pick(r, FaultLoseReply, FaultSlow)
	if !hit {
		vendor.ServeHTTP(w, r)
		return
	}
	reply := &heldReply{header: http.Header{}, status: http.StatusOK}
	vendor.ServeHTTP(reply, r)
	if fault.Kind == FaultLoseReply {
		panic(http.ErrAbortHandler)
	}
	pause(r.Context(), time.Duration(fault.DelayMillis)*time.Millisecond)
	reply.send(w)
}

func (l *Lab) pick(r *http.Request, kinds ...string) (Fault, bool) {
	fault, hit := l.Faults.Pick(kinds, r)
	if hit {
		Injected(r.Context(), fault.Kind)
	}
	return fault, hit
}

// replace answers a call without doing its work.
func (l *Lab) replace(w http.ResponseWriter, r *http.Request, fault Fault) {
	// The body is read so that a client still writing it sees the answer rather than a broken connection.
	_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, 1<<20))
	if fault.RetryAfter != "" {
		w.Header().Set("Retry-After", fault.RetryAfter)
	}
	switch fault.Kind {
	case FaultDropBefore:
		panic(http.ErrAbortHandler)
	case FaultHTML502:
		page(w, http.StatusBadGateway, badGatewayPage)
	case FaultHTML404:
		page(w, http.StatusNotFound, notFoundPage)
	case FaultThrottlePage:
		page(w, orStatus(fault.Status, http.StatusOK), throttlePage)
	case FaultTooMany:
		fault.Status = http.StatusTooManyRequests
		l.options.FaultReply(w, r, fault)
	default:
		fault.Status = orStatus(fault.Status, http.StatusInternalServerError)
		l.options.FaultReply(w, r, fault)
	}
}

func page(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func orStatus(status, fallback int) int {
	if status == 0 {
		return fallback
	}
	return status
}

// heldReply keeps a reply back until it may leave, or for ever.
type heldReply struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is the reply's header.
func (h *heldReply) Header() http.Header { return h.header }

// WriteHeader keeps the status.
func (h *heldReply) WriteHeader(status int) { h.status = status }

// Write keeps the body.
func (h *heldReply) Write(body []byte) (int, error) { return h.body.Write(body) }

func (h *heldReply) send(w http.ResponseWriter) {
	for name, values := range h.header {
		w.Header()[name] = values
	}
	w.WriteHeader(h.status)
	_, _ = w.Write(h.body.Bytes())
}
