package program

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/telemetry"
)

// Serve runs the workers and an HTTP server until the context ends, which is not an error, or until a worker gives up. It then stops the server
// first, and the workers last: running activities may finish. Further tasks run alongside.
func (p *Program) Serve(
	ctx context.Context, w *Workers, address config.Address, handler http.Handler, tasks ...func(context.Context) error,
) error {
	failures := &failureGauge{count: p.Store.CountFailures, metrics: p.Metrics, logger: p.Logger}
	return serve(ctx, w, p.Logger, append(tasks,
		func(ctx context.Context) error { return telemetry.Serve(ctx, string(address), handler, p.Logger) },
		func(ctx context.Context) error { p.Tenants.Run(ctx); return nil },
		func(ctx context.Context) error { failures.run(ctx); return nil },
		func(ctx context.Context) error { return watchKeys(ctx, keysInterval, p.checkKeys) },
		w.giveUp,
	)...)
}

// poller polls Temporal between its start and its stop.
type poller interface {
	Start() error
	Stop()
}

// serve runs tasks while a worker polls. The first task that fails ends the others.
func serve(ctx context.Context, w poller, logger *slog.Logger, tasks ...func(context.Context) error) error {
	if err := w.Start(); err != nil {
		return fmt.Errorf("start the worker: %w", err)
	}
	defer w.Stop()
	group, running := errgroup.WithContext(ctx)
	for _, task := range tasks {
		group.Go(func() error { return task(running) })
	}
	err := group.Wait()
	logger.InfoContext(context.WithoutCancel(ctx), "stopping; running activities may finish")
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
