// Command install-postgres makes sure that the programs of a PostgreSQL server are on this machine: it installs them
// through the system's package manager when there are none.
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
