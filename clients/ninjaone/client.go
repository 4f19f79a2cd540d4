package ninjaone

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Client speaks with one NinjaOne tenant. It is safe for concurrent use.
type Client struct {
	base     string
	http     *http.Client
	auth     authenticator
	secrets  []string
	timeout  time.Duration
	pageSize int
	agent    string
	observe  func(context.Context, Call)
	now      func() time.Time
}

// authenticator proves who is asking.
type authenticator interface {
	// authenticate adds the proof to a request that is otherwise complete.
	authenticate(request *http.Request, body []byte) error
	// renew learns that the API refused the proof in request, and tells whether a new one may be tried.
	renew(request *http.Request) bool
}

// New makes a client. It sends nothing; use [Client.CheckCredentials] to learn whether the settings are right. The
// error wraps ErrInvalid and names every fault.
func New(options Options) (*Client, error) {
	o, err := options.complete()
	if err != nil {
		return nil, fmt.Errorf("ninjaone: %w", err)
	}
	c := &Client{
		base: o.BaseURL,
		http: &http.Client{
			Transport: o.Transport,
			// A redirect would carry the credentials elsewhere or turn a write into a read. It is reported instead.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		timeout:  o.Timeout,
		pageSize: o.PageSize,
		agent:    o.UserAgent,
		observe:  o.Observe,
		now:      o.Now,
	}
	if o.Credentials.Kind() == "legacy" {
		c.secrets = []string{o.Credentials.SecretAccessKey}
		c.auth = signer{keyID: o.Credentials.AccessKeyID, secret: o.Credentials.SecretAccessKey, now: o.Now}
	} else {
		c.secrets = []string{o.Credentials.ClientSecret}
		c.auth = newBearer(c, o.Credentials)
	}
	return c, nil
}

// BaseURL is the tenant's address, without a trailing slash.
func (c *Client) BaseURL() string { return c.base }

// CheckCredentials asks for one organization, and for a token first where none is at hand. Its errors answer to
// IsWrongRegion, IsUnauthorized, IsForbidden, IsClockSkewed and IsTransient.
func (c *Client) CheckCredentials(ctx context.Context) error {
	_, err := list[Organization](ctx, c, organizationsRequest(), keysetQuery(nil, 1, 0))
	return err
}

// ProbePageSize finds out how many rows the server really puts on a page: 1000, or its smaller silent cap. It asks
// for a page of organizations and one of devices; where one is short, a single row after its last id tells the end of
// the list from a cap. The size belongs into Options.PageSize, because a capped page looks like the last one
// (contract ninjaone 3.1). A row that is added between the two questions makes the answer too small, never too large.
func (c *Client) ProbePageSize(ctx context.Context) (int, error) {
	size, err := probe(ctx, c, organizationsRequest(), organizationID)
	if err != nil {
		return 0, err
	}
	devices, err := probe(ctx, c, request{operation: "devices", path: "/v2/devices"}, deviceID)
	if err != nil {
		return 0, err
	}
	return min(size, devices), nil
}

func probe[T any](ctx context.Context, c *Client, r request, id func(T) int) (int, error) {
	rows, err := list[T](ctx, c, r, keysetQuery(nil, maxPageSize, 0))
	if err != nil || len(rows) == 0 || len(rows) >= maxPageSize {
		return maxPageSize, err
	}
	_, last, err := fresh(r, rows, 0, id)
	if err != nil {
		return 0, err
	}
	next, err := list[T](ctx, c, r, keysetQuery(nil, 1, last))
	if err != nil {
		return 0, err
	}
	beyond, _, err := fresh(r, next, last, id)
	if err != nil || len(beyond) == 0 {
		return maxPageSize, err
	}
	return len(rows), nil
}

// DevicePageURL is the address of the device's page in the NinjaOne web app (contract ninjaone 4.8).
func DevicePageURL(baseURL string, deviceID int) string {
	return strings.TrimRight(baseURL, "/") + "/#/deviceDashboard/" + strconv.Itoa(deviceID) + "/overview"
}
