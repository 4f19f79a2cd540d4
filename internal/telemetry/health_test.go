package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/telemetry"
)

// get sends a request to a Health.
func get(t *testing.T, health *telemetry.Health, path string) *httptest.ResponseRecorder {
	t.Helper()
	mux := http.NewServeMux()
	health.Register(mux)
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return answer
}

func works(context.Context) error { return nil }

// A program is ready while every check succeeds, and always alive.
func TestHealth(t *testing.T) {
	t.Parallel()
	broken := func(context.Context) error { return errors.New("dial postgres://sync:hunter2@db: refused") }
	tests := []struct {
		name   string
		checks []telemetry.Check
		status int
		body   string
	}{
		{"no checks", nil, http.StatusOK, `{"ready":true,"failed":[]}`},
		{
			"all succeed",
			[]telemetry.Check{{Name: "postgresql", Probe: works}, {Name: "temporal", Probe: works}},
			http.StatusOK, `{"ready":true,"failed":[]}`,
		},
		{
			"one fails",
			[]telemetry.Check{{Name: "postgresql", Probe: broken}, {Name: "temporal", Probe: works}},
			http.StatusServiceUnavailable, `{"ready":false,"failed":["postgresql"]}`,
		},
		{
			"all fail",
			[]telemetry.Check{{Name: "postgresql", Probe: broken}, {Name: "temporal", Probe: broken}},
			http.StatusServiceUnavailable, `{"ready":false,"failed":["postgresql","temporal"]}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			health := telemetry.NewHealth(telemetry.NewLogger(&log, slog.LevelInfo, "text"), test.checks...)
			answer := get(t, health, "/readyz")
			require.Equal(t, test.status, answer.Code)
			require.JSONEq(t, test.body, answer.Body.String())
			require.NotContains(t, log.String(), "hunter2")
			require.Equal(t, test.status != http.StatusOK, log.Len() > 0, "only the log has the reason")
			require.Equal(t, http.StatusOK, get(t, health, "/healthz").Code)
		})
	}
}

// A check that hangs and ignores its context fails after two seconds, and does not delay the others.
func TestHealthOfHangingCheck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		hanging := func(context.Context) error { <-end; return nil }
		health := telemetry.NewHealth(slog.New(slog.DiscardHandler),
			telemetry.Check{Name: "temporal", Probe: hanging}, telemetry.Check{Name: "postgresql", Probe: works})
		start := time.Now()
		answer := get(t, health, "/readyz")
		require.Equal(t, 2*time.Second, time.Since(start))
		require.JSONEq(t, `{"ready":false,"failed":["temporal"]}`, answer.Body.String())
		close(end)
	})
}

// Concurrent probes share one run, and a caller that disconnects does not fail it for the others.
func TestHealthIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int32
		release := make(chan struct{})
		probe := func(ctx context.Context) error {
			runs.Add(1)
			select {
			case <-release:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		mux := http.NewServeMux()
		telemetry.NewHealth(slog.New(slog.DiscardHandler), telemetry.Check{Name: "postgresql", Probe: probe}).Register(mux)
		leaving, disconnect := context.WithCancel(t.Context())
		var answers sync.WaitGroup
		ask := func(ctx context.Context) {
			answers.Go(func() {
				answer := httptest.NewRecorder()
				mux.ServeHTTP(answer, httptest.NewRequestWithContext(ctx, http.MethodGet, "/readyz", nil))
				require.Equal(t, http.StatusOK, answer.Code)
			})
			synctest.Wait()
		}
		ask(leaving)
		for range 50 {
			ask(t.Context())
		}
		disconnect()
		synctest.Wait()
		close(release)
		answers.Wait()
		require.EqualValues(t, 1, runs.Load())
	})
}
