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

// maxBody is the largest body that is read, in bytes (interface section 3).
const maxBody = 1 << 20

// maxText is how many characters of a text that came from outside are logged or handed on, where nothing else is said.
const maxText = rules.MaxName

// outcome is how a delivery ends, as the metrics name it.
type outcome string

const (
	accepted     outcome = "accepted"     // durable
	ignored      outcome = "ignored"      // valid, and nothing to do
	invalid      outcome = "invalid"      // no event of the vendor's
	unauthorized outcome = "unauthorized" // not recognized
	wrongMethod  outcome = "method"       // no POST
	tooLarge     outcome = "too_large"    // over maxBody
	tooSlow      outcome = "too_slow"     // the body did not arrive in time
	unavailable  outcome = "unavailable"  // could not be made durable
)

// status is what the sender is told: never 404, 410 or a redirect, which end a subscription or leak what exists.
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

// delivery is one request of a vendor, or of somebody who pretends to be one.
type delivery struct {
	writer     http.ResponseWriter
	request    *http.Request
	connection string
	facts      []any // for the log: ids and counts
}

// note adds a fact to what is logged about the delivery.
func (d *delivery) note(key string, value any) {
	d.facts = append(d.facts, key, value)
}

// handler takes a delivery that is a POST. Its context outlives the sender: an event half delivered still becomes durable.
type handler func(ctx context.Context, d *delivery) (outcome, error)

// receive makes a handler of net/http of one for deliveries: it bounds the body, answers, counts and logs.
func (r *Receiver) receive(vendor string, handle handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		ctx := context.WithoutCancel(request.Context())
		d := &delivery{writer: w, request: request, connection: request.PathValue("connection")}
		// Also for the body of a refused delivery, which the server reads to its end. Writers of tests have no deadlines.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(r.bodyTime))
		request.Body = http.MaxBytesReader(w, request.Body, maxBody)
		result, err := wrongMethod, error(nil)
		if request.Method == http.MethodPost {
			result, err = handle(ctx, d)
		}
		d.answer(result)
		r.metrics(vendor, string(result))
		r.log(ctx, vendor, d, result, err)
	})
}

// answer tells the sender the outcome and nothing about its reason.
func (d *delivery) answer(result outcome) {
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
	facts := append([]any{
		"vendor", vendor, "connection", rules.Truncate(rules.CleanName(d.connection), maxText), "outcome", string(result),
	}, d.facts...)
	if result.status() == http.StatusAccepted {
		r.logger.DebugContext(ctx, "webhook delivery", facts...)
		return
	}
	if reason != nil {
		facts = append(facts, slog.String("reason", rules.Truncate(rules.CleanName(reason.Error()), maxText)))
	}
	r.logger.WarnContext(ctx, "webhook delivery refused", facts...)
}

// body reads the whole body. Where the outcome is not empty, the delivery ends with it.
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
		return nil, invalid, errors.New("the body cannot be read")
	}
	// The deadline has done its work; while the event is being made durable, the sender may be silent.
	_ = http.NewResponseController(d.writer).SetReadDeadline(time.Time{})
	return body, "", nil
}
