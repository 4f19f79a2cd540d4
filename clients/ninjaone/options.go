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

	"ninjaone-accelo/clients/admission"
	"ninjaone-accelo/clients/lenient"
	"ninjaone-accelo/internal/version"
)

const (
	defaultTimeout = 30 * time.Second
	// maxPageSize is the largest page size that keyset lists are known to honor (ninjaone.md 8.5).
	maxPageSize = 1000
	// maxIdleConnections lets concurrent calls to the one host reuse their connections.
	maxIdleConnections = 16
)

// ErrInvalid marks an option or argument that was rejected before anything was sent. Retrying cannot help.
var ErrInvalid = errors.New("invalid")

// Options configures a Client for one NinjaOne tenant. BaseURL and Credentials are required.
type Options struct {
	// BaseURL is the tenant's host without a path, such as "https://app.ninjarmm.com" (ninjaone.md 1.1). A trailing slash
	// is ignored.
	BaseURL string
	// Credentials must hold exactly one pair.
	Credentials Credentials
	// Transport sends the requests; the default is a clone of http.DefaultTransport.
	Transport http.RoundTripper
	// Timeout limits one exchange, including its response body; the default is 30 seconds.
	Timeout time.Duration
	// PageSize is the page size of keyset lists, 1 to 1000; the default is 1000.
	PageSize int
	// Tokens provides the access tokens instead of the client credentials grant, if set. The credentials are then those of the
	// application that the tokens were issued to.
	Tokens TokenSource
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
	// Now is the clock for token expiry, signatures and durations; the default is time.Now.
	Now func() time.Time
}

// Call describes one HTTP exchange for metrics and logs. It holds no secrets.
type Call struct {
	// Operation names the API call with few distinct values, such as "devices_detailed".
	Operation string
	Method    string
	// StatusCode is the HTTP status, or 0 if no response arrived.
	StatusCode int
	// Duration runs from sending the request to the end of the response body.
	Duration time.Duration
	// Token is true for a request to the token endpoint.
	Token bool
	// Err is the error that the exchange ended with.
	Err error
}

// Credentials are either an OAuth client of the platform "API Services" or a legacy access key (ninjaone.md 2).
type Credentials struct {
	ClientID        string
	ClientSecret    string
	AccessKeyID     string
	SecretAccessKey string
}

// Kind returns "oauth" for a client ID, "legacy" for an access key, and "" if the fields are not exactly one pair.
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

// LogValue returns the kind and the ID, but no secret.
func (c Credentials) LogValue() slog.Value {
	return slog.GroupValue(slog.String("kind", c.Kind()), slog.String("id", c.ClientID+c.AccessKeyID))
}

// String returns the kind and the ID, so that printing Options reveals no secret.
func (c Credentials) String() string {
	return fmt.Sprintf("{kind:%s id:%s}", c.Kind(), c.ClientID+c.AccessKeyID)
}

// GoString does the same for the %#v verb.
func (c Credentials) GoString() string { return "ninjaone.Credentials" + c.String() }

// check returns every fault at once.
func (o Options) check() error {
	var faults []error
	if _, err := parseBaseURL(o.BaseURL); err != nil {
		faults = append(faults, err)
	}
	if o.Credentials.Kind() == "" {
		faults = append(faults, fmt.Errorf("%w credentials: set a client ID and its secret, or an access key ID and its secret, but not both", ErrInvalid))
	}
	if o.PageSize < 0 || o.PageSize > maxPageSize {
		faults = append(faults, fmt.Errorf("%w page size %d: use 1 to %d", ErrInvalid, o.PageSize, maxPageSize))
	}
	if o.Timeout < 0 {
		faults = append(faults, fmt.Errorf("%w timeout %s: use a positive duration", ErrInvalid, o.Timeout))
	}
	return errors.Join(faults...)
}

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.PageSize == 0 {
		o.PageSize = maxPageSize
	}
	if o.UserAgent == "" {
		o.UserAgent = version.UserAgent()
	}
	if o.Now == nil {
		o.Now = time.Now
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
	shared, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	transport := shared.Clone()
	transport.MaxIdleConnsPerHost = maxIdleConnections
	return transport
}

// parseBaseURL returns the address without a trailing slash. Its errors omit the address, which may hold a secret that was
// pasted into the wrong setting.
func parseBaseURL(address string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	var fault string
	switch {
	case err != nil:
		fault = "not a URL"
	case u.Scheme != "https" && u.Scheme != "http":
		fault = "does not begin with https://"
	case u.Hostname() == "":
		fault = "no host"
	case u.User != nil:
		fault = "contains a user name"
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		fault = "more than a host"
	default:
		return u.Scheme + "://" + u.Host, nil
	}
	return "", fmt.Errorf("%w base URL: %s; use only the tenant's host, such as https://app.ninjarmm.com", ErrInvalid, fault)
}
