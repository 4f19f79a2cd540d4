package program

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/telemetry"
)

// The metric follows the database: counts fall to zero, removed connections disappear, and an outage keeps the last counts.
func TestFailureGauge(t *testing.T) {
	t.Parallel()
	metrics, err := telemetry.NewMetrics(slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	scrape := func() string {
		response := httptest.NewRecorder()
		metrics.Handler().ServeHTTP(response, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
		return response.Body.String()
	}
	var counts []store.FailureCount
	var outage error
	gauge := &failureGauge{metrics: metrics, count: func(context.Context) ([]store.FailureCount, error) { return counts, outage }}
	const device, other = `ninjaone_accelo_parked_failures{connection="default",kind="device"}`, `connection="other"`

	counts = []store.FailureCount{
		{Connection: "default", Kind: store.Devices, Records: 3}, {Connection: "other", Kind: store.Alerts, Records: 1},
	}
	require.NoError(t, gauge.update(t.Context()))
	require.Contains(t, scrape(), device+" 3\n")
	require.Contains(t, scrape(), other)

	counts = []store.FailureCount{{Connection: "default", Kind: store.Devices}}
	require.NoError(t, gauge.update(t.Context()))
	require.Contains(t, scrape(), device+" 0\n")
	require.NotContains(t, scrape(), other)

	outage = errors.New("connection refused")
	require.ErrorIs(t, gauge.update(t.Context()), outage)
	require.Contains(t, scrape(), device+" 0\n")
}

// The metric is updated at start and at every interval, and an outage is logged.
func TestFailureGaugeRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		updates := 0
		gauge := &failureGauge{logger: telemetry.NewLogger(&log, slog.LevelInfo, "text"), count: func(context.Context) ([]store.FailureCount, error) {
			updates++
			return nil, errors.New("connection refused")
		}}
		ctx, cancel := context.WithTimeout(t.Context(), 3*failuresInterval+time.Second)
		defer cancel()
		gauge.run(ctx)
		require.Equal(t, 4, updates)
		require.Contains(t, log.String(), "connection refused")
	})
}
