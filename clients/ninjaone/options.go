package ninjaone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	defaultTimeout   = 30 * time.Second
	defaultUserAgent = "ninjaone-accelo"
	// maxPageSize is the largest page known to work on keyset lists (contract ninjaone 8.5). A larger wish could be
	// capped silently, and then every page would look like the last one.
	maxPageSize = 1000
	// idleConnections are kept to the one host, so that concurrent calls do not shake hands again and again.
	idleConnections = 16
)

// ErrInvalid marks a setting or an argument that was refused before anything was sent. Repeating the call cannot help.
var ErrInvalid = errors.New("invalid")

// Options says how to reach one NinjaOne tenant.
type Options struct {
	// BaseURL is the tenant's host without a path, such as "https://app.ninjarmm.com"; a trailing slash is tolerated
	// (contract ninjaone 1.1).
	BaseURL string
	// Credentials hold exactly one pair.
	Credentials Credentials
	// Transport carries the exchanges; nil means a clone of http.DefaultTransport.
	Transport http.RoundTripper
	// Timeout bounds one exchange with its body; zero means 30 seconds.
	Timeout time.Duration
	// PageSize is asked for on keyset lists, 1 to 1000; zero means 1000. See [Client.ProbePageSize].
	PageSize int
	// UserAgent is sent with every request; empty means "ninjaone-accelo".
	UserAgent string
	// Observe, unless nil, is told of every exchange with the API and the token endpoint, from many goroutines.
	Observe func(ctx context.Context, call Call)
	// Now is the clock of token expiry, signatures and durations; nil means time.Now.
	Now func() time.Time
}

// Call describes one HTTP exchange, for metrics and logs.
type Call struct {
	// Operation names the call with few distinct values, such as "devices_detailed".
	Operation string
	// Method is the HTTP method.
	Method string
	// StatusCode is the HTTP status, 0 when no answer came.
	StatusCode int
	// Duration lasts from the request to the end of the body.
	Duration time.Duration
	// Token tells an exchange with the token endpoint from one with the API.
	Token bool
	// Err is what the exchange ended with; free of secrets.
	Err error
}

// Credentials are either an OAuth client of the platform "API Services" or a legacy access key (contract ninjaone 2).
type Credentials struct {
	ClientID        string
	ClientSecret    string
	AccessKeyID     string
	SecretAccessKey string
}

// Kind is "oauth" for a client id, "legacy" for an access key, and empty where the fields are not exactly one pair.
func (c Credentials) Kind() string {
	switch c {
	case Credentials{ClientID: c.ClientID, ClientSecret: c.ClientSecret}:
		if c.ClientID != "" && c.ClientSecret != "" {
			return "oauth"
		}
	case Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey}:
		if c.AccessKeyID != "" && c.SecretAccessKey != "" {
			return "legacy"
		}
	}
	return ""
}

// LogValue shows which credentials these are, never a secret.
func (c Credentials) LogValue() slog.Value {
	return slog.GroupValue(slog.String("kind", c.Kind()), slog.String("id", c.ClientID+c.AccessKeyID))
}

// String shows what LogValue shows, so that printing Options leaks nothing.
func (c Credentials) String() string {
	return fmt.Sprintf("{kind:%s id:%s}", c.Kind(), c.ClientID+c.AccessKeyID)
}

// GoString keeps %#v as silent as String.
func (c Credentials) GoString() string { return "ninjaone.Credentials" + c.String() }

// complete fills the defaults in and names every fault at once. The base URL comes back without a trailing slash.
func (o Options) complete() (Options, error) {
	var faults []error
	base, err := parseBaseURL(o.BaseURL)
	faults = append(faults, err)
	o.BaseURL = base
	if o.Credentials.Kind() == "" {
		faults = append(faults, fmt.Errorf("%w credentials: give a client id with its secret, or an access key id with its secret, not both", ErrInvalid))
	}
	if o.PageSize < 0 || o.PageSize > maxPageSize {
		faults = append(faults, fmt.Errorf("%w page size %d: use 1 to %d", ErrInvalid, o.PageSize, maxPageSize))
	}
	if o.Timeout < 0 {
		faults = append(faults, fmt.Errorf("%w timeout %s: use a positive duration", ErrInvalid, o.Timeout))
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.PageSize == 0 {
		o.PageSize = maxPageSize
	}
	if o.UserAgent == "" {
		o.UserAgent = defaultUserAgent
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Observe == nil {
		o.Observe = func(context.Context, Call) {}
	}
	if o.Transport == nil {
		o.Transport = defaultTransport()
	}
	return o, errors.Join(faults...)
}

func defaultTransport() http.RoundTripper {
	if shared, ok := http.DefaultTransport.(*http.Transport); ok {
		own := shared.Clone()
		own.MaxIdleConnsPerHost = idleConnections
		return own
	}
	return http.DefaultTransport
}

// parseBaseURL never repeats the address in its error: people paste secrets into the wrong field.
func parseBaseURL(address string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	var fault string
	switch {
	case err != nil:
		fault = "it is not a URL"
	case u.Scheme != "https" && u.Scheme != "http":
		fault = "it does not begin with https://"
	case u.Hostname() == "":
		fault = "it has no host"
	case u.User != nil:
		fault = "it contains a user name"
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		fault = "it has more than a host"
	default:
		return u.Scheme + "://" + u.Host, nil
	}
	return "", fmt.Errorf("%w base URL: %s; use the tenant's host alone, such as https://app.ninjarmm.com", ErrInvalid, fault)
}
