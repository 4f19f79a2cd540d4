package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/telemetry"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Environ()); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		stop()
		os.Exit(program.ExitCode(err)) //nolint:gocritic // stop has been called
	}
}

// run is the worker, or with the argument "health" the check that one on this machine is alive.
func run(ctx context.Context, arguments, environ []string) error {
	settings, err := config.Load(environ)
	if err != nil {
		return err
	}
	switch {
	case slices.Equal(arguments, []string{"health"}):
		return program.CheckHealth(ctx, string(settings.MetricsAddress))
	case len(arguments) > 0:
		return &program.UsageError{Err: errors.New("the only argument is `health`; everything else is set in the environment, see .env.example")}
	}
	logger := telemetry.NewLogger(os.Stderr, settings.Log.Level, string(settings.Log.Format))
	p, err := program.Start(ctx, settings, environ, logger)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close(context.WithoutCancel(ctx)) }()
	temporal, err := p.Temporal(ctx)
	if err != nil {
		return err
	}
	defer temporal.Close()
	launcher, err := p.Launcher(ctx, temporal)
	if err != nil {
		return err
	}
	if err := p.ScheduleReconciles(ctx, launcher); err != nil { // polling matters more than the schedule
		p.Logger.WarnContext(ctx, "reconcile could not be scheduled; `starter connect` does so as well", "error", err)
	}
	return serve(ctx, p, temporal)
}

// serve polls until ctx ends, and shows metrics and health meanwhile.
func serve(ctx context.Context, p *program.Program, temporal client.Client) error {
	w, err := p.Worker(temporal)
	if err != nil {
		return err
	}
	if err := w.Start(); err != nil {
		return fmt.Errorf("start the worker: %w", err)
	}
	defer w.Stop()
	p.Logger.InfoContext(ctx, "worker started", "task_queue", p.Config.TaskQueue)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { p.Tenants.Run(ctx); return nil })
	group.Go(func() error {
		return telemetry.Serve(ctx, string(p.Config.MetricsAddress), p.Observation(temporal), p.Logger)
	})
	err = group.Wait()
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	p.Logger.InfoContext(context.WithoutCancel(ctx), "worker stops; running activities finish first")
	return err
}
