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
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/telemetry"
	"ninjaone-accelo/internal/version"
)

// app is one call of the starter.
type app struct {
	environ []string
	stdout  io.Writer // results only
	stderr  io.Writer // logs, progress and errors

	// The flags of all commands.
	connection string
	json       bool
	// lostKey is a flag of `connect`.
	lostKey bool
}

// connectionName matches the names a connection can have. They are part of workflow IDs.
var connectionName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`)

func (a *app) run(ctx context.Context, arguments []string) error {
	parsed := false
	root := a.rootCommand(func() { parsed = true })
	root.SetArgs(arguments)
	err := root.ExecuteContext(ctx)
	if err != nil && !parsed { // cobra's own errors: unknown commands and flags, wrong arguments
		return &program.UsageError{Err: fmt.Errorf("%w; see starter --help", err)}
	}
	return err
}

// rootCommand returns all commands. It calls parsed once the flags and arguments of a command are accepted.
func (a *app) rootCommand(parsed func()) *cobra.Command {
	root := &cobra.Command{
		Use: "starter", Short: "Sync NinjaOne and Accelo", Version: version.String(), SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if !connectionName.MatchString(a.connection) {
				return fmt.Errorf("connection %q: use up to 63 letters, digits, dots, dashes and underscores, starting with a letter or digit", a.connection)
			}
			parsed()
			return nil
		},
		RunE: a.needsCommand,
	}
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.PersistentFlags().StringVar(&a.connection, "connection", rules.DefaultConnection, "name of the connection")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print one JSON object to standard output, and nothing else there")
	root.AddCommand(a.connectCommand(), a.importCommand(), a.planCommand(), a.reconcileCommand(), a.statusCommand(), a.retryCommand(),
		a.exportAssetsCommand(), a.linksCommand(), a.relinkCommand(), a.recreateCommand(), a.rotateKeyCommand(), a.diagnoseCommand(), a.serveCommand(),
		a.healthCommand())
	return root
}

// needsCommand is what a command does that only groups others.
func (a *app) needsCommand(command *cobra.Command, _ []string) error {
	command.SetOut(a.stderr)
	_ = command.Help()
	return &program.UsageError{Err: errors.New("choose one of these commands")}
}

// start opens the database. Settings come from the environment only.
func (a *app) start(ctx context.Context) (*program.Program, error) {
	settings, err := config.Load(a.environ)
	if err != nil {
		return nil, err
	}
	return a.startWith(ctx, settings)
}

func (a *app) startWith(ctx context.Context, settings config.Config) (*program.Program, error) {
	logger := telemetry.NewLogger(a.stderr, settings.Log.Level, string(settings.Log.Format))
	if a.lostKey {
		return program.StartWithLostKey(ctx, settings, a.environ, logger)
	}
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

// withStore runs a command that needs only the database. The command belongs to the pair of accounts that its connection has now.
func (a *app) withStore(ctx context.Context, do func(context.Context, *program.Program) error) error {
	return a.withUnbound(ctx, func(ctx context.Context, p *program.Program) error {
		p.WarnOtherAccount(ctx)
		ctx, err := p.BindPair(ctx, a.connection)
		if err != nil {
			return err
		}
		return do(ctx, p)
	})
}

// withUnbound runs a command that may give its connection other accounts.
func (a *app) withUnbound(ctx context.Context, do func(context.Context, *program.Program) error) error {
	p, err := a.start(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close(context.WithoutCancel(ctx)) }()
	return do(ctx, p)
}

// actor is the user of a command. Who may run it, may do everything.
func actor(command *cobra.Command) operate.Actor { return actorOf(command.Name()) }

func actorOf(command string) operate.Actor {
	return operate.Actor{Name: "a user", Surface: "starter " + command, Role: operate.Administrator}
}

// operator returns what carries out a command that needs Temporal.
func operator(ctx context.Context, p *program.Program, temporal client.Client) (*operate.Operator, error) {
	launcher, err := p.Launcher(ctx, temporal)
	if err != nil {
		return nil, err
	}
	return p.Operator(launcher), nil
}

// print writes a result to standard output, as JSON or as text.
func (a *app) print(result any, text string) error {
	if !a.json {
		_, err := io.WriteString(a.stdout, text)
		return err
	}
	encoder := json.NewEncoder(a.stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(result)
}

// interactive reports whether standard error is a terminal.
func (a *app) interactive() bool {
	file, ok := a.stderr.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
