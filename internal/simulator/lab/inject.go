package lab

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// The error pages of proxies in front of the vendor.
const (
	badGatewayPage = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n" +
		"<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
	notFoundPage = "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n</body>\r\n</html>\r\n"
	throttlePage = "<!DOCTYPE html>\n<html><head><title>Too Many Requests</title></head>" +
		"<body><h1>Rate limit exceeded</h1><p>Too many requests. Please try again later.</p></body></html>\n"
)

// inject serves a call with the faults that hit it. Faults that replace the vendor's work come first, then those that
// follow it.
func (l *Lab) inject(w http.ResponseWriter, r *http.Request, vendor http.Handler) {
	if fault, hit := l.PickFault(r, FaultDelay); hit {
		pause(r.Context(), time.Duration(fault.DelayMillis)*time.Millisecond)
	}
	if fault, hit := l.PickFault(r, FaultDropBefore, FaultNever, FaultStatus, FaultTooMany, FaultHTML502, FaultHTML404, FaultThrottlePage); hit {
		l.replace(w, r, fault)
		return
	}
	if l.stale(w, r) {
		return
	}
	vendor = l.remembering(vendor)
	fault, hit := l.PickFault(r, FaultLoseReply, FaultSlow)
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

// PickFault returns the first active fault of these kinds that hits a request, and notes it in the call log.
func (l *Lab) PickFault(r *http.Request, kinds ...string) (Fault, bool) {
	fault, hit := l.Faults.Pick(kinds, r)
	if hit {
		noteFault(r.Context(), fault.Kind)
	}
	return fault, hit
}

// replace answers a call without running the vendor's handler.
func (l *Lab) replace(w http.ResponseWriter, r *http.Request, fault Fault) {
	// Read the body: a client that is still writing it would otherwise see a broken connection.
	_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, 1<<20))
	if fault.RetryAfter != "" {
		w.Header().Set("Retry-After", fault.RetryAfter)
	}
	switch fault.Kind {
	case FaultDropBefore:
		panic(http.ErrAbortHandler)
	case FaultNever:
		select {
		case <-r.Context().Done():
		case <-l.closed:
		}
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

// heldReply buffers a reply so that it can be sent late or dropped.
type heldReply struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header returns the reply's header.
func (h *heldReply) Header() http.Header { return h.header }

// WriteHeader buffers the status.
func (h *heldReply) WriteHeader(status int) { h.status = status }

// Write buffers the body.
func (h *heldReply) Write(body []byte) (int, error) { return h.body.Write(body) }

func (h *heldReply) send(w http.ResponseWriter) {
	for name, values := range h.header {
		w.Header()[name] = values
	}
	w.WriteHeader(h.status)
	_, _ = w.Write(h.body.Bytes())
}
