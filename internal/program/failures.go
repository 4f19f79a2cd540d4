package program

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/telemetry"
)

// failuresInterval is the time between two counts of the failed records.
const failuresInterval = 15 * time.Second

// failureGauge keeps the metric of failed records up to date.
type failureGauge struct {
	count   func(context.Context) ([]store.FailureCount, error)
	metrics *telemetry.Metrics
	logger  *slog.Logger
	// known holds the connections that the metric has.
	known map[string]bool
}

// run counts at an interval until the context ends.
func (g *failureGauge) run(ctx context.Context) {
	ticker := time.NewTicker(failuresInterval)
	defer ticker.Stop()
	for {
		if err := g.update(ctx); err != nil && !errors.Is(err, context.Canceled) {
			g.logger.WarnContext(ctx, "the metric of failed records is out of date", "error", err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// update sets the metric for every connection, and removes connections that no longer exist.
func (g *failureGauge) update(ctx context.Context) error {
	counts, err := g.count(ctx)
	if err != nil {
		return err
	}
	current := map[string]bool{}
	for _, count := range counts {
		current[count.Connection] = true
		g.metrics.Failures(count.Connection, string(count.Kind), count.Records)
	}
	for connection := range g.known {
		if !current[connection] {
			g.metrics.ForgetFailures(connection)
		}
	}
	g.known = current
	return nil
}
