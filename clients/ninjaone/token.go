package ninjaone

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/sync/singleflight"
)

// bearer proves who is asking with an access token of the client credentials grant (contract ninjaone 2.1.2). The
// token is shared by all calls, and however many need a new one, one is asked for at a time.
type bearer struct {
	client *Client
	config clientcredentials.Config
	flight singleflight.Group

	mu      sync.Mutex
	current string
	until   time.Time // zero: until the API refuses it
}

func newBearer(c *Client, credentials Credentials) *bearer {
	return &bearer{client: c, config: clientcredentials.Config{
		ClientID:     credentials.ClientID,
		ClientSecret: credentials.ClientSecret,
		TokenURL:     c.base + "/ws/oauth/token",
		Scopes:       []string{"monitoring", "management"},
		AuthStyle:    oauth2.AuthStyleInParams,
	}}
}

func (b *bearer) authenticate(outgoing *http.Request, _ []byte) error {
	token, err := b.token(outgoing.Context())
	if err != nil {
		return err
	}
	outgoing.Header.Set("Authorization", "Bearer "+token)
	return nil
}

// renew forgets the refused token, unless another call has replaced it already.
func (b *bearer) renew(outgoing *http.Request) bool {
	refused := strings.TrimPrefix(outgoing.Header.Get("Authorization"), "Bearer ")
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.current == refused {
		b.current = ""
	}
	return true
}

func (b *bearer) token(ctx context.Context) (string, error) {
	if token, ok := b.cached(); ok {
		return token, nil
	}
	// The caller who starts the fetch may go away while others wait for it, so it does not end with that caller.
	result := b.flight.DoChan(tokenOperation, func() (any, error) {
		if token, ok := b.cached(); ok {
			return token, nil
		}
		return b.fetch(context.WithoutCancel(ctx))
	})
	select {
	case <-ctx.Done():
		return "", fmt.Errorf("ninjaone %s: %w", tokenOperation, ctx.Err())
	case fetched := <-result:
		token, _ := fetched.Val.(string)
		return token, fetched.Err
	}
}

func (b *bearer) cached() (string, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fresh := b.until.IsZero() || b.client.now().Before(b.until)
	return b.current, b.current != "" && fresh
}

func (b *bearer) fetch(ctx context.Context) (string, error) {
	asked := b.client.now()
	through := &http.Client{Transport: tokenTransport{b.client}}
	token, err := b.config.Token(context.WithValue(ctx, oauth2.HTTPClient, through))
	if err != nil {
		return "", tokenError(err)
	}
	var until time.Time
	if !token.Expiry.IsZero() {
		lifetime := time.Until(token.Expiry)
		// A little early, so that a token does not expire on its way.
		until = asked.Add(lifetime - min(time.Minute, lifetime/10))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.current, b.until = token.AccessToken, until
	return token.AccessToken, nil
}

// tokenRequest describes the token endpoint to errors and the observer.
func tokenRequest() request {
	return request{operation: tokenOperation, method: http.MethodPost, path: "/ws/oauth/token"}
}

// tokenTransport lets the oauth2 package speak through the client's own bounds, error families and observer.
type tokenTransport struct{ client *Client }

func (t tokenTransport) RoundTrip(outgoing *http.Request) (*http.Response, error) {
	// A transport may not change the request it was given.
	body, err := t.client.exchange(outgoing.Clone(outgoing.Context()), tokenRequest())
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(bytes.NewReader(body)),
		Request:    outgoing,
	}, nil
}

// tokenError unwraps what oauth2 and net/http put around our own errors. What remains is an answer that holds no
// token; its text is not repeated, as it might hold one after all.
func tokenError(err error) error {
	var addressed *url.Error
	if errors.As(err, &addressed) {
		return addressed.Err
	}
	var stated *oauth2.RetrieveError
	if errors.As(err, &stated) {
		r := tokenRequest()
		return &APIError{
			Operation: r.operation, Method: r.method, Path: r.path, StatusCode: http.StatusOK,
			Code: line(stated.ErrorCode, maxCode), Message: line(stated.ErrorDescription, maxMessage),
		}
	}
	return tokenRequest().unusable(errors.New("the answer holds no access token"))
}
