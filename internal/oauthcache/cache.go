// Package oauthcache shares one OAuth access token between concurrent calls. It imports nothing of ours.
package oauthcache

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
)

// Fetch requests a new token. Its context carries the values of the call that needs the token, but not its cancellation.
type Fetch func(ctx context.Context) (*oauth2.Token, error)

// Options configures a Cache. Fetch is required.
type Options struct {
	Fetch Fetch
	// Margin is how long before its expiry a token is replaced, but at most a tenth of its lifetime.
	Margin time.Duration
	// Now is the clock that expiry is measured by; the default is time.Now.
	Now func() time.Time
}

// Cache holds one access token and fetches another when the token is missing, about to expire, or dropped. However many
// calls need a token at once, one is fetched. A Cache is safe for concurrent use.
type Cache struct {
	options Options
	flight  singleflight.Group

	mu      sync.Mutex
	token   string
	renewAt time.Time // zero: keep the token until it is dropped
}

// New creates an empty cache. It fetches nothing yet.
func New(options Options) *Cache {
	if options.Now == nil {
		options.Now = time.Now
	}
	return &Cache{options: options}
}

// Get returns the cached token or waits for a new one. If ctx ends first, Get returns ctx.Err() and the fetch continues
// for the other callers.
func (c *Cache) Get(ctx context.Context) (string, error) {
	if token, ok := c.cached(); ok {
		return token, nil
	}
	fetched := c.flight.DoChan("", func() (any, error) {
		if token, ok := c.cached(); ok {
			return token, nil
		}
		return c.fetch(context.WithoutCancel(ctx))
	})
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case result := <-fetched:
		token, _ := result.Val.(string)
		return token, result.Err
	}
}

// Drop forgets a token that was rejected. It does nothing if another token has already replaced it.
func (c *Cache) Drop(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token == token {
		c.token = ""
	}
}

func (c *Cache) cached() (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fresh := c.renewAt.IsZero() || c.options.Now().Before(c.renewAt)
	return c.token, c.token != "" && fresh
}

func (c *Cache) fetch(ctx context.Context) (string, error) {
	requested := c.options.Now()
	token, err := c.options.Fetch(ctx)
	if err != nil {
		return "", err
	}
	if token == nil || token.AccessToken == "" {
		return "", errors.New("oauthcache: the token is empty")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token, c.renewAt = token.AccessToken, time.Time{}
	if !token.Expiry.IsZero() {
		// The oauth2 package computes the expiry with the real clock.
		lifetime := time.Until(token.Expiry)
		c.renewAt = requested.Add(lifetime - min(c.options.Margin, lifetime/10))
	}
	return token.AccessToken, nil
}
