// Command with-services runs a command with its own PostgreSQL and Temporal servers, and stops them afterwards:
//
//	with-services go test ./...
//
// The command finds the servers in TEST_POSTGRES_URL and TEST_TEMPORAL_ADDRESS. Its exit code is that of the command.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local"
	"ninjaone-accelo/internal/local/localtest"
)

const (
	couldNotRun = 1
	badUsage    = 2
	stopTimeout = 30 * time.Second
	killTimeout = 10 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprintln(stderr, "usage: with-services COMMAND [ARGUMENT...]")
		return badUsage
	}
	code, err := withServices(ctx, func(environment []string) error {
		return execute(ctx, args, environment, stdout, stderr)
	})
	if err != nil {
		fmt.Fprintln(stderr, "with-services:", err)
	}
	return code
}

// withServices starts both servers, calls do with an environment that contains their addresses, and stops them. It returns the
// exit code of the command that do ran.
func withServices(ctx context.Context, do func(environment []string) error) (code int, err error) {
	postgres, err := local.StartPostgres(ctx, local.PostgresOptions{Fast: true})
	if err != nil {
		return couldNotRun, err
	}
	defer stopAfter(postgres, &code, &err)
	temporal, err := local.StartTemporal(ctx, local.TemporalOptions{
		Headless: true, SearchAttributes: flow.SearchAttributes(), LaterAttributes: true, // tests create namespaces
	})
	if err != nil {
		return couldNotRun, err
	}
	defer stopAfter(temporal, &code, &err)
	err = do(append(os.Environ(),
		localtest.PostgresVariable+"="+postgres.URL("postgres"),
		localtest.TemporalVariable+"="+temporal.Address()))
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		return exit.ExitCode(), nil // the command has printed its error
	}
	if err != nil {
		return couldNotRun, err
	}
	return 0, nil
}

// stopAfter stops a server, even after an interrupt, and adds its error to ours.
func stopAfter(server interface{ Stop(context.Context) error }, code *int, err *error) {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if stopError := server.Stop(ctx); stopError != nil {
		*code, *err = max(*code, couldNotRun), errors.Join(*err, stopError)
	}
}

// execute runs the command in its own process group, and stops it when we are interrupted.
func execute(ctx context.Context, args, environment []string, stdout, stderr io.Writer) error {
	program, err := local.StartProgram(ctx, local.ProgramOptions{
		Path: args[0], Args: args[1:], Env: environment, Stdout: stdout, Log: stderr,
	})
	if err != nil {
		return err
	}
	select {
	case <-program.Done():
		return program.Err()
	case <-ctx.Done():
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), killTimeout)
		defer cancel()
		return errors.Join(context.Cause(ctx), program.Stop(ending))
	}
}
