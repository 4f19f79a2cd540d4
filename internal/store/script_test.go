package store_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// failure is a create that failed, and what may have come of it.
type failure struct{ fate store.CreateOutcome }

func (f failure) Error() string { return "the create failed" }

// script is a Creation that does as it is told and remembers what was asked of it. It can be used again and again.
type script struct {
	key   store.Key
	match string
	// found is what Find finds, made what Create makes, or findErr and createErr why they do not.
	found, made        *store.Link
	findErr, createErr error
	// during runs while the claim is held, before Create answers.
	during func(context.Context)

	mu        sync.Mutex
	finds     []bool // whether each one was told of a doubt
	creates   int
	deadlines []time.Time
}

// making is the script of a record that is not in Accelo yet and is made there under an id.
func making(key store.Key, id int64) *script {
	return &script{key: key, match: "5/" + key.NinjaID, made: asset(id)}
}

func asset(id int64) *store.Link {
	return &store.Link{
		OrganizationID: 4, MatchKey: "5/srv", AcceloID: id, CompanyID: 5, AffiliationID: 9, ImportID: "i1", Outcome: rules.Created,
		Baseline: rules.Baseline{"title": {Ninja: "SRV", Accelo: "SRV"}},
	}
}

func (s *script) creation() store.Creation {
	return store.Creation{
		Key: s.key, OrganizationID: 4, MatchKey: s.match,
		Find: func(_ context.Context, doubt bool) (*store.Link, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.finds = append(s.finds, doubt)
			return s.found, s.findErr
		},
		Create: func(ctx context.Context, deadline time.Time) (*store.Link, error) {
			s.mu.Lock()
			s.creates++
			s.deadlines = append(s.deadlines, deadline)
			s.mu.Unlock()
			if s.during != nil {
				s.during(ctx)
			}
			if s.createErr != nil {
				return nil, s.createErr
			}
			return s.made, nil
		},
		Classify: func(err error) store.CreateOutcome {
			var failed failure
			if errors.As(err, &failed) {
				return failed.fate
			}
			return store.NotCreated
		},
	}
}

// counts are how often Find and Create were called.
func (s *script) counts() (finds, creates int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.finds), s.creates
}

// lastDoubt is what the last Find was told.
func (s *script) lastDoubt() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.finds[len(s.finds)-1]
}
