package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/telemetry"
	"ninjaone-accelo/internal/temporalx"
	"ninjaone-accelo/workflows"
)

// stopPatience is how long running activities may take to finish the record in hand when the worker is told to stop. It
// has to be shorter than the time after which a container is killed.
const stopPatience = 25 * time.Second

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
		return program.CheckHealth(ctx, settings.MetricsAddress)
	case len(arguments) > 0:
		return &program.UsageError{Err: errors.New("the only argument is `health`; everything else is set in the environment, see .env.example")}
	}
	logger := telemetry.NewLogger(os.Stderr, settings.Log.Level, settings.Log.Format)
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
	namespace, err := p.Namespace()
	if err != nil {
		return err
	}
	if _, err := temporalx.RegisterSearchAttributes(ctx, temporal, namespace, flow.SearchAttributes(), logger); err != nil {
		return err
	}
	return serve(ctx, p, temporal)
}

// serve polls until ctx ends, and shows metrics and health meanwhile.
func serve(ctx context.Context, p *program.Program, temporal client.Client) error {
	steps, err := activities.New(activities.Deps{Store: p.Store, Vendors: p.Vendors, Options: activities.Options{
		AssetRefresh:  p.Config.Sync.AssetRefreshInterval,
		RemoteControl: activities.RemoteControl{
			CustomField: p.Config.Sync.RemoteControl.Field, URLTemplate: p.Config.Sync.RemoteControl.URLTemplate,
		},
	}})
	if err != nil {
		return err
	}
	w := worker.New(temporal, p.Config.TaskQueue, worker.Options{
		WorkerStopTimeout: stopPatience,
		// Enough for a window of organizations and for alerts beside it; the vendors' own limits are in their clients.
		MaxConcurrentActivityExecutionSize: 64,
		OnFatalError: func(err error) {
			p.Logger.Error("the worker gives up", "error", err)
		},
	})
	workflows.RegisterAll(w, steps)
	if err := w.Start(); err != nil {
		return fmt.Errorf("start the worker: %w", err)
	}
	defer w.Stop()
	p.Logger.InfoContext(ctx, "worker started", "task_queue", p.Config.TaskQueue)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { p.Vendors.Run(ctx); return nil })
	group.Go(func() error {
		return telemetry.Serve(ctx, p.Config.MetricsAddress, p.Observation(temporal), p.Logger)
	})
	err = group.Wait()
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	p.Logger.InfoContext(context.WithoutCancel(ctx), "worker stops; running activities finish first")
	return err
}
