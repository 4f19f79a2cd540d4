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

// checkTimeout bounds a readiness check. It is well below the timeout of the probes.
const checkTimeout = 2 * time.Second

// Check is a condition for readiness, such as a ping of PostgreSQL.
type Check struct {
	// Name is public: "postgresql", "temporal".
	Name string
	// Probe returns an error while the check fails. Its text is logged, and not served.
	Probe func(ctx context.Context) error
}

// Health serves the liveness and readiness of a program.
type Health struct {
	checks []Check
	logger *slog.Logger
	// running runs concurrent probes once, so that requests to /readyz can't overload the database.
	running singleflight.Group
}

// NewHealth returns the Health of a program that is ready while every check succeeds.
func NewHealth(logger *slog.Logger, checks ...Check) *Health {
	return &Health{checks: checks, logger: logger}
}

// Register adds `GET /healthz` and `GET /readyz` to a mux. The first always answers 200. The second runs every check for up
// to two seconds, and answers 200, or 503 with the names of the failed checks.
func (h *Health) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", h.alive)
	mux.HandleFunc("GET /readyz", h.ready)
}

func (h *Health) alive(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = fmt.Fprintln(w, "ok")
}

func (h *Health) ready(w http.ResponseWriter, r *http.Request) {
	// Several callers may share the run, so it must not end with the context of one of them.
	ctx := context.WithoutCancel(r.Context())
	shared, _, _ := h.running.Do("ready", func() (any, error) { return h.run(ctx), nil })
	failed, _ := shared.([]string)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if len(failed) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	// This fails only if the caller has disconnected.
	_ = json.NewEncoder(w).Encode(map[string]any{"ready": len(failed) == 0, "failed": failed})
}

// run runs all checks concurrently, and returns the names of those that failed, in order.
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

// await returns the result of a probe, or an error if the context ends before it.
func await(ctx context.Context, result <-chan error) error {
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
	}
	// Prefer the result if both are available.
	select {
	case err := <-result:
		return err
	default:
		return fmt.Errorf("no answer within %s: %w", checkTimeout, ctx.Err())
	}
}
