package localtest

import (
	"context"
	"errors"
	"os"
	"sync"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local"
)

// shared holds the servers of the test process, which all its tests use.
var shared services

// services are servers that are started when they are first needed.
type services struct {
	mu       sync.Mutex
	postgres *local.Postgres
	temporal *local.Temporal
	// template is the database that Copy copies, on the server with this URL.
	template, templateServer string
}

// templateOf returns the database that prepare has filled.
func (s *services) templateOf(ctx context.Context, server string, prepare func(ctx context.Context, url string) error) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.template != "" {
		return s.template, nil
	}
	name, err := createDatabase(ctx, server, "")
	if err != nil {
		return "", err
	}
	s.template, s.templateServer = name, server
	database, err := urlOf(server, name)
	if err == nil {
		err = prepare(ctx, database)
	}
	if err != nil {
		s.template = ""
		return "", errors.Join(err, dropDatabase(ctx, server, name))
	}
	return name, nil
}

func (s *services) postgresURL(ctx context.Context) (string, error) {
	if url := os.Getenv(PostgresVariable); url != "" {
		return url, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.postgres == nil {
		var err error
		if s.postgres, err = local.StartPostgres(ctx, local.PostgresOptions{Fast: true}); err != nil {
			return "", err
		}
	}
	return s.postgres.URL("postgres"), nil
}

func (s *services) temporalAddress(ctx context.Context) (string, error) {
	if address := os.Getenv(TemporalVariable); address != "" {
		return address, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.temporal == nil {
		var err error
		s.temporal, err = local.StartTemporal(ctx, local.TemporalOptions{
			Headless: true, SearchAttributes: flow.SearchAttributes(), LaterAttributes: true, // tests create namespaces
		})
		if err != nil {
			return "", err
		}
	}
	return s.temporal.Address(), nil
}

// stop shuts down the servers that have been started.
func (s *services) stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	if s.template != "" && s.postgres == nil { // otherwise it goes with the server
		errs = append(errs, dropDatabase(ctx, s.templateServer, s.template))
	}
	if s.temporal != nil {
		errs = append(errs, s.temporal.Stop(ctx))
	}
	if s.postgres != nil {
		errs = append(errs, s.postgres.Stop(ctx))
	}
	s.temporal, s.postgres, s.template = nil, nil, ""
	return errors.Join(errs...)
}
