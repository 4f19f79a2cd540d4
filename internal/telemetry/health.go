package telemetry

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/singleflight"
)

// checkTimeout is how long one check of readiness may take, well under what probes wait for.
const checkTimeout = 2 * time.Second

// Check is one thing that must work for a program to be ready, such as a ping of PostgreSQL.
type Check struct {
	// Name is shown to everyone: "postgresql", "temporal".
	Name string
	// Probe returns an error while the thing does not work. Its text is logged and not shown.
	Probe func(ctx context.Context) error
}

// Health answers whether a program is alive and whether it is ready.
type Health struct {
	checks []Check
	logger *slog.Logger
	// running joins probes that come at once, so that nobody can load the database through /readyz.
	running singleflight.Group
}

// NewHealth returns the health of a program that is ready while every check succeeds.
func NewHealth(logger *slog.Logger, checks ...Check) *Health {
	return &Health{checks: checks, logger: logger}
}

// Register adds `GET /healthz` (200 while the program runs) and `GET /readyz` to a mux. The latter runs every check for
// at most two seconds and answers 200, or 503 with the names of those that failed and nothing about why.
func (h *Health) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", h.alive)
	mux.HandleFunc("GET /readyz", h.ready)
}

func (h *Health) alive(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = fmt.Fprintln(w, "ok")
}

func (h *Health) ready(w http.ResponseWriter, r *http.Request) {
	// The run is shared: one caller who goes away must not fail it for the others.
	ctx := context.WithoutCancel(r.Context())
	shared, _, _ := h.running.Do("ready", func() (any, error) { return h.run(ctx), nil })
	failed, _ := shared.([]string)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if len(failed) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	// The caller is gone when this fails; there is nobody to tell.
	_ = json.NewEncoder(w).Encode(map[string]any{"ready": len(failed) == 0, "failed": failed})
}

// run runs all checks at once and returns the names of those that failed, in order.
func (h *Health) run(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	results := make([]chan error, len(h.checks))
	for i, check := range h.checks {
		results[i] = make(chan error, 1)
		go func() { results[i] <- check.Probe(ctx) }()
	}
	failed := make([]string, 0, len(h.checks))
	for i, check := range h.checks {
		if err := await(ctx, results[i]); err != nil {
			h.logger.WarnContext(ctx, "not ready", "check", check.Name, "error", err)
			failed = append(failed, check.Name)
		}
	}
	return failed
}

// await returns a result, or the context's end where a probe does not heed it.
func await(ctx context.Context, result <-chan error) error {
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
	}
	// Both may have come at once; a result counts.
	select {
	case err := <-result:
		return err
	default:
		return fmt.Errorf("no answer within %s: %w", checkTimeout, ctx.Err())
	}
}
