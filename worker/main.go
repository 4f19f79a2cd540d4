package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/telemetry"
	"ninjaone-accelo/internal/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	environ, err := program.Environ(os.Environ(), ".")
	if err == nil {
		err = run(ctx, os.Args[1:], environ, os.Stdout, os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
	}
	stop()
	os.Exit(program.ExitCode(err))
}

// run executes one command of the worker. Without a command, it works until the context ends.
func run(ctx context.Context, arguments, environ []string, stdout, stderr io.Writer) error {
	parsed := false
	root := &cobra.Command{
		Use: "worker", Short: "Run the workflows and activities; all settings are environment variables (see .env.example)",
		Version: version.String(), Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		PersistentPreRun: func(*cobra.Command, []string) { parsed = true },
		RunE:             func(command *cobra.Command, _ []string) error { return work(command.Context(), environ, stderr) },
	}
	root.AddCommand(&cobra.Command{
		Use: "health", Short: "Check that the worker on this machine is alive", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			settings, err := config.Load(environ)
			if err != nil {
				return err
			}
			return program.CheckHealth(command.Context(), string(settings.MetricsAddress))
		},
	})
	root.SetArgs(arguments)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && !parsed { // cobra's own errors: unknown commands and flags, wrong arguments
		return &program.UsageError{Err: fmt.Errorf("%w; see worker --help", err)}
	}
	return err
}

// work polls Temporal, and serves metrics and health, until the context ends.
func work(ctx context.Context, environ []string, stderr io.Writer) (err error) {
	settings, err := config.Load(environ)
	if err != nil {
		return err
	}
	logger := telemetry.NewLogger(stderr, settings.Log.Level, string(settings.Log.Format))
	p, err := program.Start(ctx, settings, environ, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close(context.WithoutCancel(ctx))) }()
	p.WarnOtherAccount(ctx)
	temporal, err := p.Temporal(ctx)
	if err != nil {
		return err
	}
	defer temporal.Close()
	launcher, err := p.Launcher(ctx, temporal)
	if err != nil {
		return err
	}
	w, err := p.Workers(temporal)
	if err != nil {
		return err
	}
	logger.InfoContext(ctx, "starting the worker", "version", version.Version(), "task_queue", settings.TaskQueue)
	return p.Serve(ctx, w, settings.MetricsAddress, p.Observation(temporal),
		func(ctx context.Context) error { p.KeepSchedules(ctx, launcher); return nil })
}
