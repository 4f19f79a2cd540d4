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

// The headers of every reply feed the budget, refusals included, and a call beyond the reserve is not sent.
func TestRepliesFeedTheBudget(t *testing.T) {
	t.Parallel()
	v, clock := newVendor(t), newClock()
	reset := clock.Now().Add(time.Hour)
	v.handle("GET /companies/45", inTurn(
		limits(10, 4, reset, answer(company45)),
		limits(10, 2, reset, refuse(400, "invalid_request", "gone")),
		limits(10, 1, reset, answer(company45)),
	))
	client := v.client(withClock(clock))
	bulk := accelo.WithLane(t.Context(), accelo.Bulk)

	_, err := client.Company(bulk, 45)
	require.NoError(t, err)
	require.Equal(t, 4, client.Budget().State().Remaining)
	_, err = client.Company(bulk, 45)
	require.True(t, accelo.IsInvalidRequest(err))
	require.Equal(t, 2, client.Budget().State().Remaining)

	_, err = client.Company(bulk, 45)
	var refused *accelo.BudgetError
	require.ErrorAs(t, err, &refused)
	require.True(t, reset.Equal(refused.Until))
	_, err = client.Company(t.Context(), 45)
	require.NoError(t, err, "alerts go on")
	require.Len(t, v.requests("/companies/45"), 3)
	require.Zero(t, client.Budget().State().InFlight)
}

// The token endpoint is exempt (contract accelo 3.7): it is asked even when nothing is left, but the call is not made.
func TestTokenIsExemptFromTheBudget(t *testing.T) {
	t.Parallel()
	v, clock := newVendor(t), newClock()
	client := v.client(withClock(clock))
	client.Budget().Seed(accelo.BudgetState{Known: true, Limit: 5000, Reset: clock.Now().Add(time.Hour)})
	_, err := client.Company(t.Context(), 45)
	require.True(t, accelo.IsRateLimited(err))
	require.Len(t, v.requests(""), 1)
	require.Empty(t, v.requests("/companies/45"))
}

// A 429 that asks to wait holds the Bulk lane for that long.
func TestRetryAfterHoldsBulk(t *testing.T) {
	t.Parallel()
	v, clock := newVendor(t), newClock()
	v.handle("GET /companies/45", inTurn(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "60")
		refuse(429, "too_many_requests", "Rate limit exceeded")(w, r)
	}, answer(company45)))
	client := v.client(withClock(clock))
	bulk := accelo.WithLane(t.Context(), accelo.Bulk)
	for range 3 {
		_, err := client.Company(bulk, 45)
		require.True(t, accelo.IsRateLimited(err))
		require.Equal(t, clock.Now().Add(time.Minute), accelo.RetryAt(err))
	}
	require.Len(t, v.requests("/companies/45"), 1)
	clock.advance(time.Minute)
	_, err := client.Company(bulk, 45)
	require.NoError(t, err)
}

// Bulk calls run few at a time, and an urgent one does not queue behind them.
func TestBulkConcurrency(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	arrived, release := make(chan struct{}, 100), make(chan struct{})
	var mu sync.Mutex
	var now, most int
	v.handle("GET /companies/45", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		arrived <- struct{}{}
		<-release
		mu.Lock()
		now--
		mu.Unlock()
		answer(company45)(w, r)
	})
	v.on("GET /companies/46", company45)
	client := v.client(func(o *accelo.Options) { o.BulkConcurrency = 3 })
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
		await(t, arrived)
	}
	_, err := client.Company(t.Context(), 46)
	require.NoError(t, err, "urgent calls have no queue")

	ctx, cancel := context.WithCancel(bulk)
	cancel()
	_, err = client.Company(ctx, 46)
	require.ErrorIs(t, err, context.Canceled, "whoever gives up leaves the queue")

	close(release)
	group.Wait()
	require.Equal(t, 3, most)
}
