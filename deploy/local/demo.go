package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"ninjaone-accelo/internal/program"
)

// The size of the simulated tenants. With the same seed, the vendors' records overlap.
const (
	demoOrganizations = "25"
	demoDevices       = "400"
	demoSeed          = "1"
	demoLatency       = "30ms"
)

// demo shows the product with simulated vendors. It always starts with an empty database, and only keeps its logs.
func demo(ctx context.Context) (err error) {
	say("NinjaOne and Accelo in sync: a tour with simulated vendors")
	fmt.Println("Starting PostgreSQL, Temporal, the two simulators, the worker and the starter …")
	token := random()
	s, err := begin(ctx, "", filepath.Join(".local", "demo"), "CREDENTIALS_KEY="+random(), "ADMIN_TOKEN="+token, "LOG_FORMAT=json")
	defer func() { err = errors.Join(err, s.end()) }()
	if err != nil {
		return err
	}
	urls, err := s.startEverything(ctx)
	if err != nil {
		return err
	}
	urls.printPage(token)
	for _, part := range []func() error{
		func() error { return s.tour(ctx) },
		func() error { return s.tourOfPage(ctx, urls, token) },
		func() error { return s.tourOfAlerts(ctx, urls) },
		func() error { return s.tourOfReconcile(ctx, urls) },
		func() error { return s.show(ctx, "status") },
	} {
		if err := part(); err != nil {
			return err
		}
	}
	say("Look around")
	fmt.Printf("  Temporal UI           %s\n  Integrations page     %s/integrations   (admin token: %s)\n", s.temporal.UIURL(), urls.serve, token)
	fmt.Printf("  NinjaOne, simulated   %s\n  Accelo, simulated     %s\n  Logs                  %s\n", urls.ninjaOne, urls.accelo, s.logs)
	urls.printFree()
	if os.Getenv("DEMO_ONCE") == "1" {
		return nil
	}
	fmt.Println("\nEverything keeps running until you press Ctrl-C.")
	<-ctx.Done()
	fmt.Println("\nStopping …")
	return nil
}

// tour runs the starter's commands as a user would.
func (s *session) tour(ctx context.Context) error {
	for _, step := range []struct {
		title     string
		arguments []string
	}{
		{"Connect: check credentials, create the asset type and its custom fields", []string{"connect"}},
		{"Plan the import: what it would do, and what it would cost", []string{"import", "--plan"}},
		{"Import organizations, devices and active alerts", []string{"import"}},
		{"Import again: nothing has changed, so nothing is written", []string{"import"}},
	} {
		say(step.title)
		if err := s.show(ctx, step.arguments...); err != nil {
			return err
		}
	}
	return nil
}

// show prints a command of the starter, runs it and prints its output.
func (s *session) show(ctx context.Context, arguments ...string) error {
	return s.showEnding(ctx, program.ExitDone, arguments...)
}

// showEnding shows a command that ends with an exit code.
func (s *session) showEnding(ctx context.Context, code int, arguments ...string) error {
	fmt.Printf("$ starter")
	for _, argument := range arguments {
		fmt.Printf(" %s", argument)
	}
	fmt.Println()
	result, err := s.stack.Starter(ctx, os.Stderr, arguments...)
	fmt.Print(result.Stdout)
	if err != nil {
		return err
	}
	if result.Code != code {
		return fmt.Errorf("`starter %s` ended with exit code %d; the logs are in %s", arguments[0], result.Code, s.logs)
	}
	return nil
}

func say(title string) {
	fmt.Printf("\n\x1b[1m▌ %s\x1b[0m\n", title)
}
