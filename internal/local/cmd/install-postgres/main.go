// Command install-postgres installs the programs of a PostgreSQL server with the system's package manager, if they are missing.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"ninjaone-accelo/internal/local"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	directory, err := local.InstallPostgres(ctx, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "install-postgres:", err)
		os.Exit(1)
	}
	fmt.Println("PostgreSQL server programs:", directory)
}
