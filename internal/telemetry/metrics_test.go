package telemetry_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/telemetry"
)

// newMetrics returns metrics and a function that scrapes them.
func newMetrics(t *testing.T) (*telemetry.Metrics, func() string) {
	t.Helper()
	metrics, err := telemetry.NewMetrics(slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { _ = metrics.Close(context.WithoutCancel(t.Context())) })
	return metrics, func() string {
		answer := httptest.NewRecorder()
		metrics.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
		require.Equal(t, http.StatusOK, answer.Code)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		return string(body)
	}
}

// Our own metrics are served under the names that dashboards use.
func TestOwnMetrics(t *testing.T) {
	t.Parallel()
	metrics, scrape := newMetrics(t)
	metrics.VendorCall("accelo", "create_asset", telemetry.CallOutcome(http.StatusOK), 30*time.Millisecond)
	metrics.VendorCall("accelo", "create_asset", telemetry.CallOutcome(http.StatusTooManyRequests), 3*time.Second)
	metrics.AcceloBudget("default", 5000, 4321, time.Unix(1_800_000_000, 0))
	metrics.AcceloBudget("default", 5000, 4320, time.Time{})
	metrics.Synced("device", "created", 2)
	metrics.Synced("device", "created", 1)
	metrics.Failures("default", "device", 4)
	metrics.Failures("default", "device", 3)
	metrics.Failures("former", "device", 1)
	metrics.ForgetFailures("former")
	text := scrape()
	for _, line := range []string{
		`ninjaone_accelo_vendor_calls_total{operation="create_asset",outcome="ok",vendor="accelo"} 1`,
		`ninjaone_accelo_vendor_calls_total{operation="create_asset",outcome="throttled",vendor="accelo"} 1`,
		`ninjaone_accelo_vendor_call_duration_seconds_bucket{operation="create_asset",vendor="accelo",le="0.05"} 1`,
		`ninjaone_accelo_vendor_call_duration_seconds_count{operation="create_asset",vendor="accelo"} 2`,
		`ninjaone_accelo_accelo_budget_limit{connection="default"} 5000`,
		`ninjaone_accelo_accelo_budget_remaining{connection="default"} 4320`,
		`ninjaone_accelo_accelo_budget_reset_timestamp_seconds{connection="default"} 1.8e+09`,
		`ninjaone_accelo_syncs_total{kind="device",outcome="created"} 3`,
		`ninjaone_accelo_parked_failures{connection="default",kind="device"} 3`,
	} {
		require.Contains(t, text, line+"\n")
	}
	require.NotContains(t, text, `connection="former"`)
	require.Contains(t, text, "go_goroutines ")
	require.Contains(t, text, "process_cpu_seconds_total ")
}

// The metrics of Temporal's SDK are served together with ours, in seconds and with suitable bounds.
func TestTemporalMetrics(t *testing.T) {
	t.Parallel()
	metrics, scrape := newMetrics(t)
	tagged := metrics.TemporalHandler().WithTags(map[string]string{"task_queue": "ninjaone-accelo"})
	tagged.Counter("temporal_request").Inc(2)
	tagged.Gauge("temporal_worker_task_slots_available").Update(7)
	tagged.Timer("temporal_activity_execution_latency").Record(20 * time.Millisecond)
	text := scrape()
	for _, line := range []string{
		`temporal_request_total{task_queue="ninjaone-accelo"} 2`,
		`temporal_worker_task_slots_available{task_queue="ninjaone-accelo"} 7`,
		`temporal_activity_execution_latency_seconds_bucket{task_queue="ninjaone-accelo",le="0.01"} 0`,
		`temporal_activity_execution_latency_seconds_bucket{task_queue="ninjaone-accelo",le="0.025"} 1`,
	} {
		require.Contains(t, text, line+"\n")
	}
}

// Two Metrics in one process are independent: nothing is registered globally.
func TestMetricsAreSeparate(t *testing.T) {
	t.Parallel()
	one, scrapeOne := newMetrics(t)
	_, scrapeOther := newMetrics(t)
	one.Synced("alert", "created", 1)
	require.Contains(t, scrapeOne(), `syncs_total{kind="alert"`)
	require.NotContains(t, scrapeOther(), `syncs_total{kind="alert"`)
}

// Every HTTP status has an outcome.
func TestCallOutcome(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{
		0: "unreachable", 200: "ok", 204: "ok", 302: "ok", 400: "rejected", 401: "unauthorized", 403: "unauthorized",
		404: "not_found", 410: "not_found", 422: "rejected", 429: "throttled", 500: "failed", 503: "failed", 599: "failed",
	} {
		require.Equal(t, want, telemetry.CallOutcome(status), "%d", status)
	}
}
