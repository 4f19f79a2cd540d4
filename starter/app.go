package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"
	"golang.org/x/term"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/telemetry"
)

// app is one call of the starter: where it reads its settings, where it writes, and the flags that all commands have.
type app struct {
	environ     []string
	out         io.Writer
	diagnostics io.Writer

	connection string
	json       bool
}

// connectionName is what a connection may be called: it is part of workflow ids.
var connectionName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`)

func (a *app) run(ctx context.Context, arguments []string) error {
	began := false
	root := &cobra.Command{
		Use: "starter", Short: "Keeps NinjaOne and Accelo in step: connects them, imports, reports, serves webhooks",
		SilenceUsage: true, SilenceErrors: true, CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if !connectionName.MatchString(a.connection) {
				return fmt.Errorf("connection %q: a name has letters, digits, dots, dashes and underscores", a.connection)
			}
			began = true
			return nil
		},
		RunE: func(command *cobra.Command, _ []string) error {
			_ = command.Help()
			return &program.UsageError{Err: errors.New("name one of these commands")}
		},
	}
	root.SetArgs(arguments)
	root.SetOut(a.diagnostics)
	root.SetErr(a.diagnostics)
	root.PersistentFlags().StringVar(&a.connection, "connection", program.DefaultConnection, "name of the connection")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print one JSON object on standard output, and nothing else there")
	root.AddCommand(a.connectCommand(), a.importCommand(), a.reconcileCommand(), a.statusCommand(), a.retryCommand(), a.exportAssetsCommand(),
		a.linksCommand(), a.relinkCommand(), a.recreateCommand(), a.serveCommand(), a.healthCommand())
	err := root.ExecuteContext(ctx)
	if err != nil && !began { // cobra's own errors: unknown commands and flags, wrong arguments
		return &program.UsageError{Err: fmt.Errorf("%w; see starter --help", err)}
	}
	return err
}

// start opens the database; settings come from the environment alone.
func (a *app) start(ctx context.Context) (*program.Program, error) {
	settings, err := config.Load(a.environ)
	if err != nil {
		return nil, err
	}
	return a.startWith(ctx, settings)
}

func (a *app) startWith(ctx context.Context, settings config.Config) (*program.Program, error) {
	logger := telemetry.NewLogger(a.diagnostics, settings.Log.Level, settings.Log.Format)
	return program.Start(ctx, settings, a.environ, logger)
}

// withTemporal runs a command that needs the database and Temporal.
func (a *app) withTemporal(ctx context.Context, do func(context.Context, *program.Program, client.Client) error) error {
	return a.withStore(ctx, func(ctx context.Context, p *program.Program) error {
		temporal, err := p.Temporal(ctx)
		if err != nil {
			return err
		}
		defer temporal.Close()
		return do(ctx, p, temporal)
	})
}

// withStore runs a command that needs the database alone.
func (a *app) withStore(ctx context.Context, do func(context.Context, *program.Program) error) error {
	p, err := a.start(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close(context.WithoutCancel(ctx)) }()
	return do(ctx, p)
}

// print writes a result: as JSON, or as text for people.
func (a *app) print(result any, text string) error {
	if !a.json {
		_, err := io.WriteString(a.out, text)
		return err
	}
	encoder := json.NewEncoder(a.out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(result)
}

// interactive tells whether a person watches the diagnostics.
func (a *app) interactive() bool {
	file, ok := a.diagnostics.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

func (a *app) healthCommand() *cobra.Command {
	return &cobra.Command{
		Use: "health", Short: "Check that `starter serve` on this machine is alive", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			settings, err := config.Load(a.environ)
			if err != nil {
				return err
			}
			return program.CheckHealth(command.Context(), settings.ListenAddress)
		},
	}
}
