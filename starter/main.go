package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"ninjaone-accelo/internal/program"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	environ, err := program.Environ(os.Environ(), ".")
	app := &app{environ: environ, stdout: os.Stdout, stderr: os.Stderr}
	if err == nil {
		err = app.run(ctx, os.Args[1:])
	}
	stop()
	os.Exit(app.exit(err)) //nolint:gocritic // stop has been called
}

// exit prints the error of a command and returns the exit code.
func (a *app) exit(err error) int {
	var status *program.StatusError
	if err != nil && !errors.As(err, &status) {
		fmt.Fprintln(a.stderr, "starter:", err)
	}
	return program.ExitCode(err)
}
