package webhook

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/tenant"
)

// Time limits for the parts of a delivery. Accelo waits 10 s for the response (accelo.md 10.4).
const (
	bodyTimeout    = 1500 * time.Millisecond
	secretsTimeout = 1 * time.Second
	requestTimeout = 1 * time.Second
	flowsTimeout   = 6 * time.Second
)

// NinjaOneHeader is the header that NinjaOne sends with each delivery. Its value is "Bearer " and the secret (ninjaone.md 7.1).
const NinjaOneHeader = "Authorization"

// Flows hands events to Temporal. Each method returns once Temporal has stored the event, and may be called again with the same
// event.
type Flows interface {
	// AlertTriggered handles an alert that fired.
	AlertTriggered(ctx context.Context, in flow.AlertTriggeredInput) error
	// AlertReset handles an alert that was reset.
	AlertReset(ctx context.Context, in flow.AlertResetInput) error
	// RequestChanged handles a request whose status changed.
	RequestChanged(ctx context.Context, in flow.RequestClosedInput) error
}

// Connections looks up secrets and alert rules for every delivery, including deliveries for connections that do not exist.
type Connections interface {
	// WebhookSecrets returns the secrets of a connection, or store.ErrNotFound.
	WebhookSecrets(ctx context.Context, connection string) (tenant.WebhookSecrets, error)
}

// Requests knows which requests we have opened.
type Requests interface {
	// MayBeOurRequest reports whether a request was opened for an alert, or may have been.
	MayBeOurRequest(ctx context.Context, connection string, requestID int64) (bool, error)
}

// Options configures a Receiver.
type Options struct {
	Flows       Flows
	Connections Connections
	Requests    Requests
	Logger      *slog.Logger
	// Metrics is called for each delivery unless it is nil. The vendor is "ninjaone", "accelo" or "unknown". The outcome is
	// "accepted", "ignored", "invalid", "unauthorized", "method", "too_large", "too_slow" or "unavailable".
	Metrics func(vendor, outcome string)
}

// Receiver handles the webhooks of both vendors. It is safe for concurrent use.
type Receiver struct {
	flows       Flows
	connections Connections
	requests    Requests
	logger      *slog.Logger
	metrics     func(vendor, outcome string)
	// decoy replaces the secrets of an unknown connection, so that its deliveries fail the same comparisons.
	decoy       tenant.WebhookSecrets
	bodyTimeout time.Duration
	// logSignature logs once which form of signature Accelo uses (accelo.md 10.5).
	logSignature sync.Once
}

// New returns a receiver. It fails if a required option is missing.
func New(options Options) (*Receiver, error) {
	switch {
	case options.Flows == nil:
		return nil, errors.New("webhook: Flows is required")
	case options.Connections == nil:
		return nil, errors.New("webhook: Connections is required")
	case options.Requests == nil:
		return nil, errors.New("webhook: Requests is required")
	case options.Logger == nil:
		return nil, errors.New("webhook: Logger is required")
	}
	r := &Receiver{
		flows: options.Flows, connections: options.Connections, requests: options.Requests, logger: options.Logger, metrics: options.Metrics,
		decoy: tenant.WebhookSecrets{
			NinjaOne: []string{rand.Text()}, Accelo: []string{rand.Text()}, AcceloTokens: []string{rand.Text()},
		},
		bodyTimeout: bodyTimeout,
	}
	if r.metrics == nil {
		r.metrics = func(string, string) {}
	}
	return r, nil
}

// Register adds all routes under /webhooks. An unknown path gets the same response as a wrong secret, so probing reveals nothing.
func (r *Receiver) Register(mux *http.ServeMux) {
	unknown := r.receive("unknown", func(context.Context, *delivery) (outcome, error) {
		return unauthorized, errors.New("unknown webhook path")
	})
	mux.Handle("/webhooks", unknown)
	mux.Handle("/webhooks/", unknown)
	mux.Handle("/webhooks/ninjaone/{connection}", r.receive("ninjaone", r.ninjaOne))
	mux.Handle("/webhooks/accelo/{connection}/{token}", r.receive("accelo", r.accelo))
}

// NinjaOneURL returns the URL to register with NinjaOne: PUBLIC_URL/webhooks/ninjaone/CONNECTION.
func NinjaOneURL(publicURL, connection string) string {
	return strings.TrimRight(publicURL, "/") + "/webhooks/ninjaone/" + url.PathEscape(connection)
}

// AcceloURL returns the URL to register with Accelo: PUBLIC_URL/webhooks/accelo/CONNECTION/TOKEN.
func AcceloURL(publicURL, connection, token string) string {
	return strings.TrimRight(publicURL, "/") + "/webhooks/accelo/" + url.PathEscape(connection) + "/" + url.PathEscape(token)
}
