package localtest

import (
	"context"
	"errors"
	"os"
	"sync"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local"
)

// shared is the one set of servers of a test process; tests have no other place in common.
var shared services

// services are servers started at the first demand.
type services struct {
	mu       sync.Mutex
	postgres *local.Postgres
	temporal *local.Temporal
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
			Headless: true, SearchAttributes: flow.SearchAttributes(), LaterAttributes: true, // tests make namespaces
		})
		if err != nil {
			return "", err
		}
	}
	return s.temporal.Address(), nil
}

// stop ends what was started.
func (s *services) stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var faults []error
	if s.temporal != nil {
		faults = append(faults, s.temporal.Stop(ctx))
	}
	if s.postgres != nil {
		faults = append(faults, s.postgres.Stop(ctx))
	}
	s.temporal, s.postgres = nil, nil
	return errors.Join(faults...)
}
