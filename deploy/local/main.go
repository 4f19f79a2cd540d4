package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local"
	"ninjaone-accelo/internal/local/stack"
)

const (
	startupTimeout  = 2 * time.Minute
	shutdownTimeout = time.Minute
	// database is the name of our database.
	database = "ninjaone_accelo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "demo":
		err = demo(ctx)
	case len(os.Args) == 2 && os.Args[1] == "up":
		err = up(ctx)
	default:
		err = errors.New("usage: local demo | local up")
	}
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "local:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called
	}
}

// session holds what runs while the command does.
type session struct {
	postgres *local.Postgres
	temporal *local.Temporal
	stack    *stack.Stack
	settings []string // of worker and starter
	logs     string
	closers  []io.Closer
}

// begin starts PostgreSQL and Temporal. It keeps their data in a directory, or only until the end if that is empty.
func begin(ctx context.Context, directory, logs string, settings ...string) (*session, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(logs, 0o750); err != nil {
		return nil, err
	}
	s := &session{logs: logs}
	ctx, cancel := context.WithTimeout(ctx, startupTimeout)
	defer cancel()
	options := local.PostgresOptions{Log: s.log("postgresql"), Fast: directory == ""}
	temporal := local.TemporalOptions{UIPort: 8233, Port: 7233, SearchAttributes: flow.SearchAttributes(), Log: s.log("temporal")}
	if directory != "" {
		options.Directory = filepath.Join(directory, "postgresql")
		temporal.DatabaseFile = filepath.Join(directory, "temporal", "temporal.db")
	}
	if s.postgres, err = local.StartPostgres(ctx, options); err != nil {
		return s, err
	}
	if err := s.postgres.CreateDatabase(ctx, database); err != nil {
		return s, err
	}
	if s.temporal, err = local.StartTemporal(ctx, temporal); err != nil {
		return s, err
	}
	s.settings = append([]string{
		"DATABASE_URL=" + s.postgres.URL(database), "TEMPORAL_ADDRESS=" + s.temporal.Address(),
		"TEMPORAL_UI_URL=" + s.temporal.UIURL(),
	}, settings...)
	s.stack = stack.New(stack.Options{Bin: bin, ListenPort: 8080, MetricsPort: 9090, Log: s.log, Environment: s.settings})
	return s, nil
}

// programs returns the directory of our programs, which is that of this one.
func programs() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	return filepath.Dir(self), nil
}

func (s *session) log(program string) io.Writer {
	file, err := os.OpenFile(filepath.Join(s.logs, program+".log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // our own directory
	if err != nil {
		return io.Discard
	}
	s.closers = append(s.closers, file)
	return file
}

// end stops everything that has started.
func (s *session) end() error {
	if s == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	var errs []error
	if s.stack != nil {
		errs = append(errs, s.stack.Stop(ctx))
	}
	if s.temporal != nil {
		errs = append(errs, s.temporal.Stop(ctx))
	}
	if s.postgres != nil {
		errs = append(errs, s.postgres.Stop(ctx))
	}
	for _, closer := range s.closers {
		errs = append(errs, closer.Close())
	}
	return errors.Join(errs...)
}

// random returns a secret of 32 random bytes, in base64.
func random() string {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	return base64.StdEncoding.EncodeToString(secret)
}
