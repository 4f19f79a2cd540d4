package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
	"ninjaone-accelo/internal/webhook"
)

// The secrets of the connection "msp": a current and a previous one of each kind.
const (
	ninjaSecret, oldNinjaSecret = "ninja-now", "ninja-before"
	acceloKey, oldAcceloKey     = "accelo-now", "accelo-before"
	token, oldToken             = "token-now", "token-before"
	publicURL                   = "https://hooks.example.com"
)

// fixture is a receiver with fake flows, connections and metrics.
type fixture struct {
	receiver *webhook.Receiver
	mux      *http.ServeMux
	flows    *flows
	secrets  connections
	outcomes *outcomes
	log      *buffer
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{mux: http.NewServeMux(), flows: &flows{}, outcomes: &outcomes{}, log: &buffer{}, secrets: connections{
		"msp": {
			NinjaOne: []string{ninjaSecret, oldNinjaSecret}, Accelo: []string{acceloKey, oldAcceloKey},
			AcceloTokens: []string{token, oldToken}, Pair: store.Pair{Connection: "msp", Number: 3}, Options: config.Options{AlertMinSeverity: "MAJOR"},
		},
		"without-keys":    {Accelo: []string{""}, AcceloTokens: []string{token}},
		"empty-secrets":   {NinjaOne: []string{""}, Accelo: []string{""}, AcceloTokens: []string{""}},
		"without-secrets": {},
	}}
	var err error
	f.receiver, err = webhook.New(webhook.Options{
		Flows: f.flows, Connections: f.secrets, Requests: requests{}, Metrics: f.outcomes.add,
		Logger: slog.New(slog.NewJSONHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	require.NoError(t, err)
	f.receiver.Register(f.mux)
	return f
}

// send routes a request and returns the response.
func (f *fixture) send(request *http.Request) *httptest.ResponseRecorder {
	response := httptest.NewRecorder()
	f.mux.ServeHTTP(response, request)
	return response
}

// ninjaOne sends a body as NinjaOne would.
func (f *fixture) ninjaOne(t testing.TB, body []byte) *httptest.ResponseRecorder {
	t.Helper()
	return f.send(ninjaRequest(t, body))
}

func ninjaRequest(t testing.TB, body []byte) *http.Request {
	t.Helper()
	request := post(t, webhook.NinjaOneURL(publicURL, "msp"), body)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(webhook.NinjaOneHeader, "Bearer "+ninjaSecret)
	return request
}

func post(t testing.TB, url string, body []byte) *http.Request {
	t.Helper()
	return httptest.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
}

func recorded(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return data
}

// flows is a fake of Temporal that records what it is given.
type flows struct {
	mu        sync.Mutex
	triggered []flow.AlertTriggeredInput
	resets    []flow.AlertResetInput
	changed   []flow.RequestClosedInput
	order     []int64
	// pairs are the pairs of accounts that the calls belong to.
	pairs []int64
	// intercept runs before every call, if set; the call fails with its error.
	intercept func(ctx context.Context) error
}

func (f *flows) record(ctx context.Context, id int64, add func()) error {
	if f.intercept != nil {
		if err := f.intercept(ctx); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.order = append(f.order, id)
	pair, _ := store.PairFrom(ctx)
	f.pairs = append(f.pairs, pair.Number)
	add()
	return nil
}

func (f *flows) AlertTriggered(ctx context.Context, in flow.AlertTriggeredInput) error {
	return f.record(ctx, in.Alert.ActivityID, func() { f.triggered = append(f.triggered, in) })
}

func (f *flows) AlertReset(ctx context.Context, in flow.AlertResetInput) error {
	return f.record(ctx, in.ActivityID, func() { f.resets = append(f.resets, in) })
}

func (f *flows) RequestChanged(ctx context.Context, in flow.RequestClosedInput) error {
	return f.record(ctx, in.RequestID, func() { f.changed = append(f.changed, in) })
}

// connections holds secrets by connection name. It fails for "broken" and, like PostgreSQL, for names that are not text.
type connections map[string]tenant.WebhookSecrets

func (c connections) WebhookSecrets(ctx context.Context, name string) (tenant.WebhookSecrets, error) {
	if ctx.Err() != nil || name == "broken" || !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
		return tenant.WebhookSecrets{}, errors.New("database is down")
	}
	secrets, ok := c[name]
	if !ok {
		return tenant.WebhookSecrets{}, store.ErrNotFound
	}
	return secrets, nil
}

// requests knows every request as ours except 404. It fails for 503.
type requests struct{}

func (requests) MayBeOurRequest(ctx context.Context, _ string, id int64) (bool, error) {
	if id == 503 || ctx.Err() != nil {
		return false, errors.New("database is down")
	}
	return id != 404, nil
}

// outcomes records the calls of Metrics.
type outcomes struct {
	mu  sync.Mutex
	all []string
}

func (o *outcomes) add(vendor, outcome string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, vendor+" "+outcome)
}

// buffer is a bytes.Buffer that is safe for concurrent use.
type buffer struct {
	mu   sync.Mutex
	data bytes.Buffer
}

var _ io.Writer = (*buffer)(nil)

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.String()
}
