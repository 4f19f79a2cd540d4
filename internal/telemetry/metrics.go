package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
)

// namespace is the prefix of our own metrics. Those of Temporal's SDK begin with temporal.
const namespace = "ninjaone_accelo"

// Metrics holds the metrics of a program in their own Prometheus registry. Its methods are safe for concurrent use. Label
// values must come from short lists: the names of connections have the highest cardinality allowed.
type Metrics struct {
	registry *prometheus.Registry
	provider *metric.MeterProvider
	temporal client.MetricsHandler

	vendorCalls   *prometheus.CounterVec
	vendorSeconds *prometheus.HistogramVec
	budgetLimit   *prometheus.GaugeVec
	budgetLeft    *prometheus.GaugeVec
	budgetReset   *prometheus.GaugeVec
	syncs         *prometheus.CounterVec
	failures      *prometheus.GaugeVec
	webhooks      *prometheus.CounterVec
}

// NewMetrics returns metrics that include those of the Go runtime and the process. Errors of single measurements go to the
// logger.
func NewMetrics(logger *slog.Logger) (*Metrics, error) {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.defineOwn()
	for _, collector := range []prometheus.Collector{
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.vendorCalls, m.vendorSeconds, m.budgetLimit, m.budgetLeft, m.budgetReset, m.syncs, m.failures, m.webhooks,
	} {
		if err := m.registry.Register(collector); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	exporter, err := otelprometheus.New(
		otelprometheus.WithRegisterer(m.registry), otelprometheus.WithoutScopeInfo(), otelprometheus.WithoutTargetInfo())
	if err != nil {
		return nil, fmt.Errorf("export Temporal's metrics: %w", err)
	}
	m.provider = metric.NewMeterProvider(metric.WithReader(exporter), metric.WithView(secondsView()))
	m.temporal = opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter:                m.provider.Meter("temporal-sdk-go"),
		UseMonotonicCounters: true,
		OnError: func(err error) {
			logger.Warn("a metric of the Temporal SDK was lost", "error", err)
		},
	})
	return m, nil
}

// seconds returns histogram bounds that distinguish a local round trip, a vendor's call and a wait.
func seconds() []float64 {
	return []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}
}

// secondsView applies these bounds to Temporal's histograms, which are in seconds: OpenTelemetry's defaults are made for
// milliseconds.
func secondsView() metric.View {
	return metric.NewView(
		metric.Instrument{Kind: metric.InstrumentKindHistogram},
		metric.Stream{Aggregation: metric.AggregationExplicitBucketHistogram{Boundaries: seconds()}},
	)
}

func (m *Metrics) defineOwn() {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
	}
	m.vendorCalls = counter("vendor_calls_total", "Calls to a vendor's API.", "vendor", "operation", "outcome")
	m.vendorSeconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: "vendor_call_duration_seconds",
		Help: "Duration of calls to a vendor's API, answered or not.", Buckets: seconds(),
	}, []string{"vendor", "operation"})
	m.budgetLimit = gauge("accelo_budget_limit", "Calls that Accelo allows in an hour.", "connection")
	m.budgetLeft = gauge("accelo_budget_remaining", "Calls that Accelo allows until the reset.", "connection")
	m.budgetReset = gauge("accelo_budget_reset_timestamp_seconds", "When Accelo's budget resets.", "connection")
	m.syncs = counter("syncs_total", "Synced records, alerts, resets and requests.", "kind", "outcome")
	m.webhooks = counter("webhooks_total", "Webhook deliveries.", "vendor", "outcome")
	m.failures = gauge("parked_failures", "Failed records, which are waiting for a retry.", "connection", "kind")
}

// VendorCall records one call to a vendor's API and its duration. The operation is a fixed name such as "list_devices", not a
// path with IDs. CallOutcome returns the outcome.
func (m *Metrics) VendorCall(vendor, operation, outcome string, took time.Duration) {
	m.vendorCalls.WithLabelValues(vendor, operation, outcome).Inc()
	m.vendorSeconds.WithLabelValues(vendor, operation).Observe(took.Seconds())
}

// AcceloBudget records the budget of a connection from Accelo's last reply: calls per hour, calls remaining, and the time of
// the reset (accelo.md 3.7), which is zero if unknown.
func (m *Metrics) AcceloBudget(connection string, limit, remaining int, reset time.Time) {
	m.budgetLimit.WithLabelValues(connection).Set(float64(limit))
	m.budgetLeft.WithLabelValues(connection).Set(float64(remaining))
	if !reset.IsZero() {
		m.budgetReset.WithLabelValues(connection).Set(float64(reset.Unix()))
	}
}

// Synced counts records of a kind, such as "device", with an outcome, such as "created".
func (m *Metrics) Synced(kind, outcome string, records int) {
	m.syncs.WithLabelValues(kind, outcome).Add(float64(records))
}

// Webhook counts one delivery of a vendor, by how it was answered.
func (m *Metrics) Webhook(vendor, outcome string) {
	m.webhooks.WithLabelValues(vendor, outcome).Inc()
}

// Failures records how many records of a kind have failed in a connection.
func (m *Metrics) Failures(connection, kind string, records int) {
	m.failures.WithLabelValues(connection, kind).Set(float64(records))
}

// ForgetFailures removes the failure counts of a connection that no longer exists.
func (m *Metrics) ForgetFailures(connection string) {
	m.failures.DeletePartialMatch(prometheus.Labels{"connection": connection})
}

// TemporalHandler receives the metrics of a Temporal client and its workers.
func (m *Metrics) TemporalHandler() client.MetricsHandler { return m.temporal }

// Handler serves /metrics. It leaves out metrics that can't be collected.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// Close stops the collection of Temporal's metrics.
func (m *Metrics) Close(ctx context.Context) error {
	return m.provider.Shutdown(ctx)
}
