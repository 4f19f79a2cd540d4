package ninjaone

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ninjaone-accelo/clients/admission"
	"ninjaone-accelo/clients/lenient"
)

// Client calls the API of one NinjaOne tenant. It is safe for concurrent use.
type Client struct {
	base      string
	http      *http.Client
	auth      authenticator
	secrets   []string
	timeout   time.Duration
	pageSize  int
	userAgent string
	observe   func(context.Context, Call)
	skipped   func(context.Context, lenient.Skipped)
	admit     admission.Gate
	now       func() time.Time
	pages     lenient.Pages
}

// authenticator adds credentials to requests.
type authenticator interface {
	// authenticate adds credentials to a request that is otherwise complete.
	authenticate(request *http.Request, body []byte) error
	// discard forgets the credentials that the API rejected and reports whether authenticate can provide different ones.
	discard(rejected *http.Request) bool
}

// New creates a client without sending anything; [Client.CheckCredentials] tests the options. The error wraps ErrInvalid
// and names every fault.
func New(options Options) (*Client, error) {
	if err := options.check(); err != nil {
		return nil, fmt.Errorf("ninjaone: %w", err)
	}
	options = options.withDefaults()
	base, err := parseBaseURL(options.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("ninjaone: %w", err)
	}
	c := &Client{
		base: base,
		http: &http.Client{
			Transport: options.Transport,
			// A redirect could send the credentials elsewhere or turn a write into a read, so it is an error.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		timeout:   options.Timeout,
		pageSize:  options.PageSize,
		userAgent: options.UserAgent,
		observe:   options.Observe,
		skipped:   options.Skipped,
		admit:     options.Admit,
		now:       options.Now,
	}
	credentials := options.Credentials
	switch {
	case credentials.Kind() == "legacy":
		c.secrets = []string{credentials.SecretAccessKey}
		c.auth = signer{keyID: credentials.AccessKeyID, secret: credentials.SecretAccessKey, now: options.Now}
	case options.Tokens != nil:
		c.secrets = []string{credentials.ClientSecret}
		c.auth = bearer{options.Tokens}
	default:
		c.secrets = []string{credentials.ClientSecret}
		c.auth = bearer{newTokenSource(c, credentials)}
	}
	return c, nil
}

// BaseURL returns the tenant's address without a trailing slash.
func (c *Client) BaseURL() string { return c.base }

// CheckCredentials lists one organization to test the credentials. Classify its error with IsWrongRegion, IsUnauthorized,
// IsForbidden, IsClockSkewed and IsTransient.
func (c *Client) CheckCredentials(ctx context.Context) error {
	_, err := readList[Organization](ctx, c, organizationsCall(), keysetQuery(nil, 1, 0))
	return err
}

// DevicePageURL returns the address of the device's page in the NinjaOne web app (ninjaone.md 4.8).
func DevicePageURL(baseURL string, deviceID int) string {
	return strings.TrimRight(baseURL, "/") + "/#/deviceDashboard/" + strconv.Itoa(deviceID) + "/overview"
}
