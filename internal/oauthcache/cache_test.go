package oauthcache_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"ninjaone-accelo/internal/oauthcache"
)

// numbered fetches token-1, token-2 and so on, each valid for the given time, or until it is dropped if that is zero.
type numbered struct {
	lifetime time.Duration
	count    atomic.Int64
}

func (n *numbered) fetch(context.Context) (*oauth2.Token, error) {
	token := &oauth2.Token{AccessToken: fmt.Sprintf("token-%d", n.count.Add(1))}
	if n.lifetime > 0 {
		token.Expiry = time.Now().Add(n.lifetime)
	}
	return token, nil
}

// A token is used until it is nearly expired: the margin before its expiry, or a tenth of its lifetime if that is shorter.
func TestExpiry(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name            string
		lifetime        time.Duration
		stillUsed       time.Duration
		replaced        time.Duration
		wantReplacement string
	}{
		{name: "margin", lifetime: time.Hour, stillUsed: 58 * time.Minute, replaced: 59 * time.Minute, wantReplacement: "token-2"},
		{name: "tenth of the lifetime", lifetime: 100 * time.Second, stillUsed: 89 * time.Second, replaced: 90 * time.Second, wantReplacement: "token-2"},
		{name: "no expiry", lifetime: 0, stillUsed: time.Hour, replaced: 1000 * time.Hour, wantReplacement: "token-1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var elapsed time.Duration
				source := &numbered{lifetime: test.lifetime}
				cache := oauthcache.New(oauthcache.Options{
					Fetch: source.fetch, Margin: time.Minute, Now: func() time.Time { return start.Add(elapsed) },
				})
				requireToken(t, cache, "token-1")
				elapsed = test.stillUsed
				requireToken(t, cache, "token-1")
				elapsed = test.replaced
				requireToken(t, cache, test.wantReplacement)
			})
		})
	}
}

// A dropped token is replaced, but dropping it twice does not drop its replacement.
func TestDrop(t *testing.T) {
	t.Parallel()
	source := &numbered{}
	cache := oauthcache.New(oauthcache.Options{Fetch: source.fetch})
	requireToken(t, cache, "token-1")
	cache.Drop("token-1")
	requireToken(t, cache, "token-2")
	cache.Drop("token-1")
	requireToken(t, cache, "token-2")
}

// Concurrent callers share one fetch.
func TestConcurrentCallersShareOneFetch(t *testing.T) {
	t.Parallel()
	source := &numbered{}
	release := make(chan struct{})
	cache := oauthcache.New(oauthcache.Options{Fetch: func(ctx context.Context) (*oauth2.Token, error) {
		<-release
		return source.fetch(ctx)
	}})
	var callers sync.WaitGroup
	for range 20 {
		callers.Go(func() { requireToken(t, cache, "token-1") })
	}
	close(release)
	callers.Wait()
}

// A caller that gives up gets its own cancellation; the fetch it started still serves the others.
func TestCancelledCallerDoesNotCancelTheFetch(t *testing.T) {
	t.Parallel()
	started, release := make(chan struct{}), make(chan struct{})
	cache := oauthcache.New(oauthcache.Options{Fetch: func(ctx context.Context) (*oauth2.Token, error) {
		close(started)
		<-release
		return &oauth2.Token{AccessToken: "token"}, ctx.Err()
	}})
	ctx, cancel := context.WithCancel(t.Context())
	cancelled := make(chan error, 1)
	go func() { _, err := cache.Get(ctx); cancelled <- err }()
	<-started
	cancel()
	require.ErrorIs(t, <-cancelled, context.Canceled)
	close(release)
	requireToken(t, cache, "token")
}

// A failed fetch is reported and not cached.
func TestFailedFetchIsTriedAgain(t *testing.T) {
	t.Parallel()
	failures := []error{errors.New("unavailable"), nil}
	cache := oauthcache.New(oauthcache.Options{Fetch: func(context.Context) (*oauth2.Token, error) {
		err := failures[0]
		failures = failures[1:]
		return &oauth2.Token{AccessToken: "token"}, err
	}})
	_, err := cache.Get(t.Context())
	require.EqualError(t, err, "unavailable")
	requireToken(t, cache, "token")
}

func requireToken(t *testing.T, cache *oauthcache.Cache, want string) {
	t.Helper()
	got, err := cache.Get(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, got)
}
