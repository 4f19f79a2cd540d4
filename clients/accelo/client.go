package accelo

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"

	"ninjaone-accelo/clients/admission"
	"ninjaone-accelo/clients/lenient"
)

const (
	apiRoot   = "/api/v0"
	oauthRoot = "/oauth2/v0"
)

// Client calls the API of one Accelo deployment. It is safe for concurrent use.
type Client struct {
	base      string
	http      *http.Client
	tokens    *tokenSource
	budget    *Budget
	bulk      *semaphore.Weighted
	timeout   time.Duration
	userAgent string
	observe   func(context.Context, Call)
	skipped   func(context.Context, lenient.Skipped)
	admit     admission.Gate
	pages     lenient.Pages
	forms     listForms
	now       func() time.Time
}

// New creates a client without sending anything; [Client.CheckDeployment] and [Client.TokenInfo] test the options. The error
// wraps ErrInvalid and names every fault.
func New(options Options) (*Client, error) {
	if err := options.check(); err != nil {
		return nil, fmt.Errorf("accelo: %w", err)
	}
	options = options.withDefaults()
	base, err := parseBaseURL(options.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("accelo: %w", err)
	}
	c := &Client{
		base: base,
		http: &http.Client{
			Transport: options.Transport,
			// A redirect could send the token elsewhere or repeat a write, so it is an error.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		budget:    options.Budget,
		bulk:      semaphore.NewWeighted(int64(options.BulkConcurrency)),
		timeout:   options.Timeout,
		userAgent: options.UserAgent,
		observe:   options.Observe,
		skipped:   options.Skipped,
		admit:     options.Admit,
		now:       options.Now,
	}
	c.tokens = newTokenSource(c, options)
	return c, nil
}

// BaseURL returns the deployment's address without a trailing slash.
func (c *Client) BaseURL() string { return c.base }

// Budget returns the budget that the client's responses update.
func (c *Client) Budget() *Budget { return c.budget }
