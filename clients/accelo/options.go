package accelo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ninjaone-accelo/clients/admission"
	"ninjaone-accelo/clients/lenient"
	"ninjaone-accelo/internal/version"
)

const (
	// Without a scope, Accelo grants only read(all) (accelo.md 2.3).
	defaultScope   = "read(all),write(all)"
	defaultTimeout = 30 * time.Second
	defaultReserve = 0.2
)

// DefaultBulkConcurrency is the default of Options.BulkConcurrency. More parallel writes overwhelm Accelo (accelo.md 13).
const DefaultBulkConcurrency = 4

// ErrInvalid marks an option or argument that was rejected before anything was sent. Retrying cannot help.
var ErrInvalid = errors.New("invalid")

// Options configures a Client for one Accelo deployment. BaseURL, ClientID and ClientSecret are required.
type Options struct {
	// BaseURL is "https://LABEL.api.accelo.com", or another address without /api/v0. A trailing slash is ignored.
	BaseURL string
	// ClientID and ClientSecret are the credentials of a service application, or with Tokens of a web application (accelo.md 2.1).
	ClientID, ClientSecret string
	// Scope is requested with every token (accelo.md 2.4); the default is "read(all),write(all)".
	Scope string
	// Tokens provides the access tokens instead of the client credentials grant, if set. ClientID and ClientSecret are then those
	// of the web application that the tokens were issued to.
	Tokens TokenSource
	// Transport sends the requests; the default is a connection pool with timeouts for connecting.
	Transport http.RoundTripper
	// Timeout limits one exchange, including its response body; the default is 30 seconds.
	Timeout time.Duration
	// BulkConcurrency is the maximum number of concurrent calls on the Bulk lane; the default is 4.
	BulkConcurrency int
	// Budget tracks the hourly limit. All clients of one deployment should share it; the default is a new one with a
	// reserve of 0.2.
	Budget *Budget
	// UserAgent is sent with every request; the default is version.UserAgent().
	UserAgent string
	// Observe, if set, is called after every exchange, including those with the token endpoint. It must be fast and safe
	// for concurrent use.
	Observe func(ctx context.Context, call Call)
	// Skipped, if set, is called when a list held records without a readable ID, which were left out. It must be fast and safe for
	// concurrent use.
	Skipped func(ctx context.Context, skipped lenient.Skipped)
	// Admit, if set, is asked before every call but those to the token endpoint. A call that it doesn't admit fails with a TransportError.
	Admit admission.Gate
	// Now is the wall clock; the default is time.Now.
	Now func() time.Time
}

// Call describes one HTTP exchange for metrics and logs. It holds no secrets.
type Call struct {
	// Operation is the method of Client that made the call, such as "CreateAsset", or "Token".
	Operation string
	Method    string
	// StatusCode is the HTTP status, or 0 if no response arrived.
	StatusCode int
	// Duration runs from sending the request to the end of the response body.
	Duration time.Duration
	// Token is true for a request to the token endpoint, which does not count against the hourly limit (accelo.md 3.7).
	Token bool
	// Write is true for a call that changes something in Accelo.
	Write bool
	// Err is the error that the exchange ended with.
	Err error
}

// check returns every fault at once.
func (o Options) check() error {
	var faults []error
	if _, err := parseBaseURL(o.BaseURL); err != nil {
		faults = append(faults, err)
	}
	if o.ClientID == "" {
		faults = append(faults, fmt.Errorf("%w client ID: it is missing", ErrInvalid))
	}
	if o.ClientSecret == "" {
		faults = append(faults, fmt.Errorf("%w client secret: it is missing", ErrInvalid))
	}
	return errors.Join(faults...)
}

func (o Options) withDefaults() Options {
	if o.Scope == "" {
		o.Scope = defaultScope
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.BulkConcurrency <= 0 {
		o.BulkConcurrency = DefaultBulkConcurrency
	}
	if o.UserAgent == "" {
		o.UserAgent = version.UserAgent()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Budget == nil {
		o.Budget = NewBudget(defaultReserve, o.Now)
	}
	if o.Observe == nil {
		o.Observe = func(context.Context, Call) {}
	}
	if o.Admit == nil {
		o.Admit = admission.Open
	}
	if o.Skipped == nil {
		o.Skipped = func(context.Context, lenient.Skipped) {}
	}
	if o.Transport == nil {
		o.Transport = defaultTransport()
	}
	return o
}

func defaultTransport() http.RoundTripper {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          64,
		MaxIdleConnsPerHost:   32,
		// Load balancers usually close idle connections after 60 seconds. Closing them first avoids failed requests.
		IdleConnTimeout: 50 * time.Second,
	}
}

// parseBaseURL returns the address without a trailing slash. Its errors omit the address, which may hold credentials.
func parseBaseURL(address string) (string, error) {
	u, err := url.Parse(strings.TrimRight(address, "/"))
	var fault string
	switch {
	case err != nil:
		fault = "not a URL"
	case u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		fault = "not an absolute http or https address"
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		fault = "more than a scheme, host and path"
	case strings.Contains(u.Path, apiRoot) || strings.Contains(u.Path, "/oauth2"):
		fault = "contains " + apiRoot + " or " + oauthRoot
	default:
		return u.String(), nil
	}
	return "", fmt.Errorf("%w base URL: %s; use https://LABEL.api.accelo.com without a path", ErrInvalid, fault)
}
