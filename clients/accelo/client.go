package accelo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"
)

const (
	apiRoot   = "/api/v0"
	oauthRoot = "/oauth2/v0"

	// Without a scope Accelo grants read(all) only (contract accelo 2.3).
	defaultScope     = "read(all),write(all)"
	defaultTimeout   = 30 * time.Second
	defaultUserAgent = "ninjaone-accelo"
	defaultReserve   = 0.2
)

// DefaultBulkConcurrency is how many calls of the Bulk lane are in flight at once where Options do not say: bursts of
// parallel writes overwhelm Accelo (contract accelo 13).
const DefaultBulkConcurrency = 4

// Options says which deployment a Client talks to, as whom, and how hard. Only BaseURL, ClientID and ClientSecret are
// required.
type Options struct {
	// BaseURL is "https://LABEL.api.accelo.com" (see DeploymentURL) or any other base without /api/v0.
	BaseURL string
	// ClientID and ClientSecret are those of a registered service application (contract accelo 2.1).
	ClientID, ClientSecret string
	// Scope is asked for with every token; default "read(all),write(all)" (contract accelo 2.4).
	Scope string
	// Transport carries the requests; default a pooled transport with time limits for connecting.
	Transport http.RoundTripper
	// Timeout bounds one call from its first byte to the last byte of its reply; default 30 s.
	Timeout time.Duration
	// BulkConcurrency is how many calls of the Bulk lane are in flight at once; default 4 (contract accelo 13).
	BulkConcurrency int
	// Budget is the gauge of the deployment's hourly limit, to be shared by all clients of one connection; default one
	// of its own with a reserve of 0.2.
	Budget *Budget
	// Observe, when set, hears of every HTTP exchange once it has ended, token requests included. It must be quick.
	Observe func(ctx context.Context, call Call)
	// UserAgent names the program to Accelo.
	UserAgent string
	// Now is the wall clock; default time.Now.
	Now func() time.Time
}

// Call is one ended HTTP exchange as told to Options.Observe. It holds no credential and no personal data.
type Call struct {
	// Operation is the client's method, "CreateAsset" for instance; "Token" for a token request.
	Operation string
	Method    string
	// StatusCode is the HTTP status, 0 when there was no reply.
	StatusCode int
	Duration   time.Duration
	// Token marks a request to the token endpoint, which is exempt from the hourly limit (contract accelo 3.7).
	Token bool
	// Write marks a call that changes something in Accelo.
	Write bool
	Err   error
}

// Client calls one Accelo deployment. It is safe for concurrent use.
type Client struct {
	base      string
	http      *http.Client
	timeout   time.Duration
	userAgent string
	tokens    *tokenSource
	budget    *Budget
	bulk      *semaphore.Weighted
	observe   func(context.Context, Call)
	now       func() time.Time
}

// New checks the options, naming every fault at once, and makes a client. It calls nobody.
func New(options Options) (*Client, error) {
	base, baseErr := checkedBase(options.BaseURL)
	var faults []error
	if baseErr != nil {
		faults = append(faults, baseErr)
	}
	if options.ClientID == "" {
		faults = append(faults, errors.New("accelo: the client id of a service application is missing"))
	}
	if options.ClientSecret == "" {
		faults = append(faults, errors.New("accelo: the client secret of a service application is missing"))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}

	options = withDefaults(options)
	client := &Client{
		base: base,
		http: &http.Client{
			Transport: options.Transport,
			// The API never redirects; following one could repeat a write or carry the token elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		timeout:   options.Timeout,
		userAgent: options.UserAgent,
		budget:    options.Budget,
		bulk:      semaphore.NewWeighted(int64(options.BulkConcurrency)),
		observe:   options.Observe,
		now:       options.Now,
	}
	client.tokens = newTokenSource(client, options)
	return client, nil
}

// BaseURL is the base that the client was made with, without a trailing slash.
func (c *Client) BaseURL() string { return c.base }

// Budget is the gauge that this client's replies feed.
func (c *Client) Budget() *Budget { return c.budget }

var deploymentLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// DeploymentURL is the base URL of the deployment with this label: one DNS label, as in https://LABEL.accelo.com
// (contract accelo 1).
func DeploymentURL(label string) (string, error) {
	if !deploymentLabel.MatchString(label) {
		return "", fmt.Errorf("accelo: %q is no deployment label: give LABEL alone, in lower case, of the address https://LABEL.accelo.com", label)
	}
	return "https://" + label + ".api.accelo.com", nil
}

func checkedBase(raw string) (string, error) {
	const advice = "give https://LABEL.api.accelo.com, without a path below it"
	base, err := url.Parse(strings.TrimRight(raw, "/"))
	if err != nil {
		// The parser's own message repeats the text, which may hold credentials.
		return "", fmt.Errorf("accelo: the base URL cannot be read: %s", advice)
	}
	if base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") {
		return "", fmt.Errorf("accelo: the base URL is not an absolute http or https address: %s", advice)
	}
	if base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return "", fmt.Errorf("accelo: the base URL holds more than scheme, host and path: %s", advice)
	}
	if strings.Contains(base.Path, apiRoot) || strings.Contains(base.Path, "/oauth2") {
		return "", fmt.Errorf("accelo: the base URL must not hold %s or %s: %s", apiRoot, oauthRoot, advice)
	}
	return base.String(), nil
}

func withDefaults(options Options) Options {
	if options.Scope == "" {
		options.Scope = defaultScope
	}
	if options.Timeout <= 0 {
		options.Timeout = defaultTimeout
	}
	if options.BulkConcurrency <= 0 {
		options.BulkConcurrency = DefaultBulkConcurrency
	}
	if options.UserAgent == "" {
		options.UserAgent = defaultUserAgent
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Budget == nil {
		options.Budget = NewBudget(defaultReserve, options.Now)
	}
	if options.Observe == nil {
		options.Observe = func(context.Context, Call) {}
	}
	if options.Transport == nil {
		options.Transport = &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout:   10 * time.Second,
			ExpectContinueTimeout: time.Second,
			ForceAttemptHTTP2:     true,
			MaxIdleConns:          64,
			MaxIdleConnsPerHost:   32,
			// Below the usual 60 s of load balancers, so that we close idle connections before they do.
			IdleConnTimeout: 50 * time.Second,
		}
	}
	return options
}
