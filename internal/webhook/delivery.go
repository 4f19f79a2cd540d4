package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"ninjaone-accelo/internal/rules"
)

// maxBody is the largest accepted body, in bytes (interface.md 3).
const maxBody = 1 << 20

// maxText is the maximum number of characters of an untrusted text in a lookup or a log line.
const maxText = rules.MaxName

// outcome is the result of a delivery, as the metrics name it.
type outcome string

const (
	accepted     outcome = "accepted"     // Temporal has the event
	ignored      outcome = "ignored"      // valid, but there is nothing to do
	invalid      outcome = "invalid"      // not an event of the vendor
	unauthorized outcome = "unauthorized" // wrong or missing credentials
	wrongMethod  outcome = "method"       // not a POST
	tooLarge     outcome = "too_large"    // over maxBody
	tooSlow      outcome = "too_slow"     // the body did not arrive in time
	unavailable  outcome = "unavailable"  // Temporal or the database is unavailable
)

// status returns the HTTP status of the response. It is never 404, 410 or a redirect: those end a subscription or reveal what
// exists.
func (o outcome) status() int {
	switch o {
	case accepted, ignored:
		return http.StatusAccepted
	case invalid:
		return http.StatusBadRequest
	case unauthorized:
		return http.StatusUnauthorized
	case wrongMethod:
		return http.StatusMethodNotAllowed
	case tooLarge:
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusServiceUnavailable
}

// delivery is one request from a vendor, or from someone posing as one.
type delivery struct {
	writer     http.ResponseWriter
	request    *http.Request
	connection string
	attributes []any // for the log: ids and counts
}

// logAttribute adds an attribute to the delivery's log line.
func (d *delivery) logAttribute(key string, value any) {
	d.attributes = append(d.attributes, key, value)
}

// handler processes a POST delivery. Its context isn't canceled when the sender disconnects, so the event still reaches Temporal.
type handler func(ctx context.Context, d *delivery) (outcome, error)

// receive wraps a handler: it bounds the body, responds, counts and logs.
func (r *Receiver) receive(vendor string, handle handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		ctx := context.WithoutCancel(request.Context())
		d := &delivery{writer: w, request: request, connection: request.PathValue("connection")}
		// The server also reads the body of a rejected delivery to its end. This fails only for the recorders of tests.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(r.bodyTimeout))
		request.Body = http.MaxBytesReader(w, request.Body, maxBody)
		result, err := wrongMethod, error(nil)
		if request.Method == http.MethodPost {
			result, err = handle(ctx, d)
		}
		d.respond(result)
		r.metrics(vendor, string(result))
		r.log(ctx, vendor, d, result, err)
	})
}

// respond sends the status of the outcome, but not its reason.
func (d *delivery) respond(result outcome) {
	status := result.status()
	switch status {
	case http.StatusAccepted:
		d.writer.WriteHeader(status)
		return
	case http.StatusMethodNotAllowed:
		d.writer.Header().Set("Allow", http.MethodPost)
	case http.StatusServiceUnavailable:
		d.writer.Header().Set("Retry-After", "5")
	}
	http.Error(d.writer, http.StatusText(status), status)
}

func (r *Receiver) log(ctx context.Context, vendor string, d *delivery, result outcome, reason error) {
	attributes := append([]any{
		"vendor", vendor, "connection", rules.Truncate(rules.CleanName(d.connection), maxText), "outcome", string(result),
	}, d.attributes...)
	if result.status() == http.StatusAccepted {
		r.logger.DebugContext(ctx, "webhook delivery accepted", attributes...)
		return
	}
	if reason != nil {
		attributes = append(attributes, slog.String("reason", rules.Truncate(rules.CleanName(reason.Error()), maxText)))
	}
	r.logger.WarnContext(ctx, "webhook delivery rejected", attributes...)
}

// body reads the whole body. A non-empty outcome ends the delivery.
func (d *delivery) body() ([]byte, outcome, error) {
	if d.request.ContentLength > maxBody {
		return nil, tooLarge, fmt.Errorf("the body has %d bytes", d.request.ContentLength)
	}
	body, err := io.ReadAll(d.request.Body)
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, tooLarge, err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, tooSlow, errors.New("the body did not arrive in time")
	case err != nil:
		return nil, invalid, errors.New("cannot read the body")
	}
	// The sender is idle while we hand the event to Temporal, so the read deadline must not apply any longer.
	_ = http.NewResponseController(d.writer).SetReadDeadline(time.Time{})
	return body, "", nil
}
