// Command mends proves that the simulation notices when a mend is missing. Each patch in patches takes one out of the product; its first
// line says which. For each one, the command builds the simulation with the patched files, which replace those of the tree only in that
// build, and lives lives until one breaks a promise. The same life must keep all promises in the product as it is.
//
// It fails if a patch no longer applies, or if the lives keep every promise for as long as the limit says.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	limit := flag.Duration("limit", 3*time.Minute, "how long to look for a life that needs a mend")
	only := flag.String("only", "", "the names of the only patches to try, separated by commas")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := prove(ctx, *only, *limit)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mends:", err)
		os.Exit(1)
	}
}

// prove tries all patches, or one, and reports what each of them led to.
func prove(ctx context.Context, only string, limit time.Duration) error {
	mends, err := readMends()
	if err != nil {
		return err
	}
	directory, err := os.MkdirTemp("", "mends-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(directory) }()
	whole, err := build(ctx, directory, nil)
	if err != nil {
		return err
	}
	var table string
	unfound := 0
	for _, m := range mends {
		if only != "" && !slices.Contains(strings.Split(only, ","), m.name) {
			continue
		}
		fmt.Printf("%s\n", m.title)
		found, err := m.search(ctx, directory, whole, limit)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		if found == nil {
			unfound++
			fmt.Printf("  NOT FOUND within %s\n\n", limit)
			continue
		}
		fmt.Printf("  needed %d lives, %s\n%s\n", found.lives, found.took.Round(time.Second), found.story)
		table += fmt.Sprintf("| %s | %s | %d | %d | %d |\n", m.title, found.promise, found.seed, found.lives, found.steps)
	}
	fmt.Printf("| without it | the promise that breaks | seed | lives needed | steps of the shortest story |\n|---|---|---|---|---|\n%s", table)
	if unfound > 0 {
		return fmt.Errorf("%d of the mends seem to be needed by no life", unfound)
	}
	return nil
}
