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
	if err == nil {
		app := &app{environ: environ, stdout: os.Stdout, stderr: os.Stderr}
		err = app.run(ctx, os.Args[1:])
	}
	var status *program.StatusError
	if err != nil && !errors.As(err, &status) {
		fmt.Fprintln(os.Stderr, "starter:", err)
	}
	stop()
	os.Exit(program.ExitCode(err)) //nolint:gocritic // stop has been called
}
