package accelo_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

// Every response updates the budget, including errors, and a bulk call that would use the reserve is not sent.
func TestResponsesUpdateTheBudget(t *testing.T) {
	t.Parallel()
	s, clock := newServer(t), newClock()
	reset := clock.now().Add(time.Hour)
	s.handle("GET /companies/45", sequence(
		withRateLimit(10, 4, reset, succeed(company45)),
		withRateLimit(10, 2, reset, reject(400, "invalid_request", "deleted")),
		withRateLimit(10, 1, reset, succeed(company45)),
	))
	client := s.client(withClock(clock))
	bulk := accelo.WithLane(t.Context(), accelo.Bulk)

	_, err := client.Company(bulk, 45)
	require.NoError(t, err)
	require.Equal(t, 4, client.Budget().State().Remaining)
	_, err = client.Company(bulk, 45)
	require.True(t, accelo.IsInvalidRequest(err))
	require.Equal(t, 2, client.Budget().State().Remaining)

	_, err = client.Company(bulk, 45)
	var budget *accelo.BudgetError
	require.ErrorAs(t, err, &budget)
	require.True(t, reset.Equal(budget.Until))
	_, err = client.Company(t.Context(), 45)
	require.NoError(t, err, "urgent calls continue")
	require.Len(t, s.requests("/companies/45"), 3)
	require.Zero(t, client.Budget().State().InFlight)
}

// Token requests do not count (accelo.md 3.7): one is sent even if no calls are left, but the call itself is not.
func TestTokenIsExemptFromTheBudget(t *testing.T) {
	t.Parallel()
	s, clock := newServer(t), newClock()
	client := s.client(withClock(clock))
	client.Budget().Seed(accelo.BudgetState{Known: true, Limit: 5000, Reset: clock.now().Add(time.Hour)})
	_, err := client.Company(t.Context(), 45)
	require.True(t, accelo.IsRateLimited(err))
	require.Len(t, s.requests(tokenPath), 1)
	require.Empty(t, s.requests("/companies/45"))
}

// A 429 with Retry-After pauses the Bulk lane for that time.
func TestRetryAfterPausesBulk(t *testing.T) {
	t.Parallel()
	s, clock := newServer(t), newClock()
	s.handle("GET /companies/45", sequence(withRetryAfter("60", reject(429, "too_many_requests", "Rate limit exceeded")), succeed(company45)))
	client := s.client(withClock(clock))
	bulk := accelo.WithLane(t.Context(), accelo.Bulk)
	for range 3 {
		_, err := client.Company(bulk, 45)
		require.True(t, accelo.IsRateLimited(err))
		require.Equal(t, clock.now().Add(time.Minute), accelo.RetryAt(err))
	}
	require.Len(t, s.requests("/companies/45"), 1)
	clock.advance(time.Minute)
	_, err := client.Company(bulk, 45)
	require.NoError(t, err)
}

// Only a few bulk calls run at a time, and urgent ones do not wait for them.
func TestBulkConcurrency(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	arrived, release := make(chan struct{}, 100), make(chan struct{})
	var mu sync.Mutex
	var running, mostRunning int
	s.handle("GET /companies/45", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		running++
		mostRunning = max(mostRunning, running)
		mu.Unlock()
		arrived <- struct{}{}
		<-release
		mu.Lock()
		running--
		mu.Unlock()
		succeed(company45)(w, r)
	})
	s.respond("GET /companies/46", company45)
	client := s.client(func(o *accelo.Options) { o.BulkConcurrency = 3 })
	bulk := accelo.WithLane(t.Context(), accelo.Bulk)
	var group sync.WaitGroup
	for range 12 {
		group.Go(func() {
			if _, err := client.Company(bulk, 45); err != nil {
				panic(err)
			}
		})
	}
	for range 3 {
		receive(t, arrived)
	}
	_, err := client.Company(t.Context(), 46)
	require.NoError(t, err, "urgent calls do not wait")

	ctx, cancel := context.WithCancel(bulk)
	cancel()
	_, err = client.Company(ctx, 46)
	require.ErrorIs(t, err, context.Canceled, "a caller that gives up does not wait")

	close(release)
	group.Wait()
	require.Equal(t, 3, mostRunning)
}

// A caller that has reserved a slot makes its calls without waiting for other work, and others get the slot once it is released.
func TestReservedSlot(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	arrived := make(chan struct{}, 100)
	s.handle("GET /companies/45", func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		succeed(company45)(w, r)
	})
	s.respond("GET /companies/46", company45)
	client := s.client(func(o *accelo.Options) { o.BulkConcurrency = 1 })
	bulk := accelo.WithLane(t.Context(), accelo.Bulk)
	reserved, release, err := client.Reserve(bulk)
	require.NoError(t, err)
	var other sync.WaitGroup
	other.Go(func() {
		if _, err := client.Company(bulk, 45); err != nil {
			panic(err)
		}
	})
	again, releaseAgain, err := client.Reserve(reserved)
	require.NoError(t, err, "a slot is not reserved twice")
	for range 3 {
		_, err := client.Company(again, 46)
		require.NoError(t, err)
	}
	releaseAgain()
	require.Empty(t, arrived, "the other call waits")
	release()
	release()
	other.Wait()
	require.Len(t, arrived, 1)

	_, err = client.Company(reserved, 45)
	require.NoError(t, err, "after the release, calls wait for a slot like any other")
	blocked, stop := context.WithCancel(bulk)
	_, hold, err := client.Reserve(bulk)
	require.NoError(t, err)
	stop()
	_, _, err = client.Reserve(blocked)
	require.ErrorIs(t, err, context.Canceled)
	hold()

	urgent, done, err := client.Reserve(t.Context())
	require.NoError(t, err)
	require.Equal(t, t.Context(), urgent)
	done()
}
