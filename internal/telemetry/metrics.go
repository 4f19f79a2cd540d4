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

// namespace begins the name of every metric of our own; those of Temporal's SDK begin with temporal.
const namespace = "ninjaone_accelo"

// Metrics is everything a program measures, in a Prometheus registry of its own. Its methods are safe for use by
// several goroutines. Labels must come from short fixed lists: a connection's name is the most varied of them.
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
	parked        *prometheus.GaugeVec
	webhooks      *prometheus.CounterVec
}

// NewMetrics returns empty metrics, with those of the Go runtime and the process. Faults of single measurements, which
// never stop the program, go to the logger.
func NewMetrics(logger *slog.Logger) (*Metrics, error) {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.defineOwn()
	for _, collector := range []prometheus.Collector{
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.vendorCalls, m.vendorSeconds, m.budgetLimit, m.budgetLeft, m.budgetReset, m.syncs, m.parked, m.webhooks,
	} {
		if err := m.registry.Register(collector); err != nil {
			return nil, fmt.Errorf("registering metrics: %w", err)
		}
	}
	exporter, err := otelprometheus.New(
		otelprometheus.WithRegisterer(m.registry), otelprometheus.WithoutScopeInfo(), otelprometheus.WithoutTargetInfo())
	if err != nil {
		return nil, fmt.Errorf("exporting Temporal's metrics: %w", err)
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

// seconds are histogram bounds that tell apart what matters here: a local round trip, a vendor's call, a wait.
func seconds() []float64 {
	return []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}
}

// secondsView gives Temporal's histograms, which are in seconds, those bounds; OpenTelemetry's own suit milliseconds.
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
	m.budgetReset = gauge("accelo_budget_reset_timestamp_seconds", "When Accelo's budget is full again.", "connection")
	m.syncs = counter("syncs_total", "Records and alerts that were synced.", "kind", "outcome")
	m.webhooks = counter("webhooks_total", "Webhook deliveries.", "vendor", "outcome")
	m.parked = gauge("parked_failures", "Records that could not be synced and wait for a retry.", "connection", "kind")
}

// VendorCall counts one call to a vendor's API and its duration. The operation is a fixed name such as "list_devices",
// never a path with ids; for the outcome see CallOutcome.
func (m *Metrics) VendorCall(vendor, operation, outcome string, took time.Duration) {
	m.vendorCalls.WithLabelValues(vendor, operation, outcome).Inc()
	m.vendorSeconds.WithLabelValues(vendor, operation).Observe(took.Seconds())
}

// AcceloBudget shows the budget of a connection as Accelo's last reply told it: calls an hour, calls left, and when
// they are full again (contract accelo 3.7). A zero reset is not known.
func (m *Metrics) AcceloBudget(connection string, limit, remaining int, reset time.Time) {
	m.budgetLimit.WithLabelValues(connection).Set(float64(limit))
	m.budgetLeft.WithLabelValues(connection).Set(float64(remaining))
	if !reset.IsZero() {
		m.budgetReset.WithLabelValues(connection).Set(float64(reset.Unix()))
	}
}

// Synced counts one record or alert: its kind, such as "device", and what became of it, such as "created".
func (m *Metrics) Synced(kind, outcome string) {
	m.syncs.WithLabelValues(kind, outcome).Inc()
}

// Webhook counts one delivery: from which vendor, and how it was answered.
func (m *Metrics) Webhook(vendor, outcome string) {
	m.webhooks.WithLabelValues(vendor, outcome).Inc()
}

// Parked shows how many failures of a kind are parked in a connection.
func (m *Metrics) Parked(connection, kind string, count int) {
	m.parked.WithLabelValues(connection, kind).Set(float64(count))
}

// TemporalHandler takes the metrics of a Temporal client and of the workers made from it.
func (m *Metrics) TemporalHandler() client.MetricsHandler { return m.temporal }

// Registry takes further metrics, such as those of a connection pool.
func (m *Metrics) Registry() prometheus.Registerer { return m.registry }

// Handler serves /metrics. What cannot be collected is left out, so that the rest is still seen.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// Close stops the collection of Temporal's metrics.
func (m *Metrics) Close(ctx context.Context) error {
	return m.provider.Shutdown(ctx)
}
