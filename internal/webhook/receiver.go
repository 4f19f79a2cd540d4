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

// How long the parts of a delivery may take. Accelo waits 10 s for all of them (contract accelo 10.4).
const (
	bodyTime    = 1500 * time.Millisecond
	secretsTime = 1 * time.Second
	flowsTime   = 6 * time.Second
)

// NinjaOneHeader is the header that NinjaOne is told to send with each delivery; its value is "Bearer " and the secret
// (contract ninjaone 7.1).
const NinjaOneHeader = "Authorization"

// Flows makes an event durable in Temporal; each method returns when Temporal has it, and is safe to call again with the
// same event.
type Flows interface {
	// AlertTriggered takes an alert that fired.
	AlertTriggered(ctx context.Context, in flow.AlertTriggeredInput) error
	// AlertReset takes an alert that was reset.
	AlertReset(ctx context.Context, in flow.AlertResetInput) error
	// RequestChanged takes a request whose status changed.
	RequestChanged(ctx context.Context, in flow.RequestClosedInput) error
}

// Connections knows the secrets. It is asked at every delivery, also about names that a stranger made up.
type Connections interface {
	// WebhookSecrets returns the secrets of a connection, or store.ErrNotFound for one that does not exist.
	WebhookSecrets(ctx context.Context, connection string) (tenant.WebhookSecrets, error)
}

// Options are what a Receiver works with.
type Options struct {
	Flows       Flows
	Connections Connections
	// Rules go along with every alert that fires.
	Rules  flow.AlertRules
	Logger *slog.Logger
	// Metrics is told of each delivery; nil for nobody. The vendor is one of "ninjaone", "accelo" and "unknown", the outcome
	// one of "accepted", "ignored", "invalid", "unauthorized", "method", "too_large", "too_slow" and "unavailable".
	Metrics func(vendor, outcome string)
}

// Receiver answers the webhooks of both vendors. It is safe for concurrent use.
type Receiver struct {
	flows       Flows
	connections Connections
	rules       flow.AlertRules
	logger      *slog.Logger
	metrics     func(vendor, outcome string)
	// nobody stands in for the secrets of a connection that does not exist, so that it is refused by the same comparisons.
	nobody   tenant.WebhookSecrets
	bodyTime time.Duration
	// firstSignature is when to log which form of signature Accelo uses (contract accelo 10.5).
	firstSignature sync.Once
}

// New prepares a receiver. The error tells which option is missing.
func New(options Options) (*Receiver, error) {
	switch {
	case options.Flows == nil:
		return nil, errors.New("the webhook receiver needs a way to start flows")
	case options.Connections == nil:
		return nil, errors.New("the webhook receiver needs the connections")
	case options.Logger == nil:
		return nil, errors.New("the webhook receiver needs a logger")
	}
	r := &Receiver{
		flows: options.Flows, connections: options.Connections, rules: options.Rules, logger: options.Logger, metrics: options.Metrics,
		nobody:   tenant.WebhookSecrets{NinjaOne: []string{rand.Text()}, Accelo: []string{rand.Text()}, AcceloTokens: []string{rand.Text()}},
		bodyTime: bodyTime,
	}
	if r.metrics == nil {
		r.metrics = func(string, string) {}
	}
	return r, nil
}

// Register adds every route under /webhooks. What leads nowhere is refused like a wrong secret: a stranger learns nothing.
func (r *Receiver) Register(mux *http.ServeMux) {
	stray := r.receive("unknown", func(context.Context, *delivery) (outcome, error) {
		return unauthorized, errors.New("no webhook has this path")
	})
	mux.Handle("/webhooks", stray)
	mux.Handle("/webhooks/", stray)
	mux.Handle("/webhooks/ninjaone/{connection}", r.receive("ninjaone", r.ninjaOne))
	mux.Handle("/webhooks/accelo/{connection}/{token}", r.receive("accelo", r.accelo))
}

// NinjaOneURL is where NinjaOne is to post a connection's activities: PUBLIC_URL/webhooks/ninjaone/CONNECTION.
func NinjaOneURL(publicURL, connection string) string {
	return strings.TrimRight(publicURL, "/") + "/webhooks/ninjaone/" + url.PathEscape(connection)
}

// AcceloURL is where Accelo is to post a connection's events: PUBLIC_URL/webhooks/accelo/CONNECTION/TOKEN.
func AcceloURL(publicURL, connection, token string) string {
	return strings.TrimRight(publicURL, "/") + "/webhooks/accelo/" + url.PathEscape(connection) + "/" + url.PathEscape(token)
}
