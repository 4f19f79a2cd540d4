package store_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// createError is a failed create with a given outcome.
type createError struct{ outcome store.CreateOutcome }

func (e createError) Error() string { return "the create failed" }

// fakeCreation is a Creation with scripted results that records its calls. It can be reused.
type fakeCreation struct {
	key      store.Key
	matchKey string
	// found is the result of Find, created that of Create, unless findErr or createErr is set.
	found, created     *store.Link
	findErr, createErr error
	// duringCreate runs while the claim is held, before Create returns.
	duringCreate func(context.Context)

	mu        sync.Mutex
	finds     []bool // the doubt flag of each Find
	creates   int
	deadlines []time.Time
}

// newCreation returns a fake creation for a record that is not in Accelo and gets an id when created.
func newCreation(key store.Key, id int64) *fakeCreation {
	return &fakeCreation{key: key, matchKey: "5/" + key.NinjaID, created: asset(id)}
}

func asset(id int64) *store.Link {
	return &store.Link{
		OrganizationID: 4, MatchKey: "5/srv", AcceloID: id, CompanyID: 5, AffiliationID: 9, ImportID: "i1", Outcome: rules.Created,
		Baseline: rules.Baseline{"title": {Ninja: "SRV", Accelo: "SRV"}},
	}
}

func (c *fakeCreation) creation() store.Creation {
	return store.Creation{
		Key: c.key, OrganizationID: 4, MatchKey: c.matchKey,
		Find: func(_ context.Context, doubt *store.Doubtful) (*store.Link, error) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.finds = append(c.finds, doubt != nil)
			return c.found, c.findErr
		},
		Create: func(ctx context.Context, deadline time.Time) (*store.Link, error) {
			c.mu.Lock()
			c.creates++
			c.deadlines = append(c.deadlines, deadline)
			c.mu.Unlock()
			if c.duringCreate != nil {
				c.duringCreate(ctx)
			}
			if c.createErr != nil {
				return nil, c.createErr
			}
			return c.created, nil
		},
		Classify: func(err error) store.CreateOutcome {
			var failed createError
			if errors.As(err, &failed) {
				return failed.outcome
			}
			return store.NotCreated
		},
	}
}

// counts returns how often Find and Create were called.
func (c *fakeCreation) counts() (finds, creates int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.finds), c.creates
}

// lastDoubt returns the doubt flag of the last Find.
func (c *fakeCreation) lastDoubt() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.finds[len(c.finds)-1]
}
