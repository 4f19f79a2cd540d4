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
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"ninjaone-accelo/internal/oauthcache"
)

const (
	tokenOperation = "token"
	tokenPath      = "/ws/oauth/token"
	// tokenMargin keeps a token from expiring while a request is on its way.
	tokenMargin = time.Minute
)

// TokenSource provides access tokens that someone else looks after, such as those of the authorization code grant. It is
// safe for concurrent use.
type TokenSource interface {
	// Token returns a token that has not expired.
	Token(ctx context.Context) (string, error)
	// Reject reports that NinjaOne does not accept a token that Token returned.
	Reject(token string)
}

// tokenSource provides access tokens of the client credentials grant (ninjaone.md 2.1.2). All calls share one token.
type tokenSource struct {
	client *Client
	config clientcredentials.Config
	cache  *oauthcache.Cache
}

func newTokenSource(c *Client, credentials Credentials) *tokenSource {
	s := &tokenSource{client: c, config: clientcredentials.Config{
		ClientID:     credentials.ClientID,
		ClientSecret: credentials.ClientSecret,
		TokenURL:     c.base + tokenPath,
		Scopes:       []string{"monitoring", "management"},
		AuthStyle:    oauth2.AuthStyleInParams,
	}}
	s.cache = oauthcache.New(oauthcache.Options{Fetch: s.fetch, Margin: tokenMargin, Now: c.now})
	return s
}

// Token returns the cached token or waits for a new one.
func (s *tokenSource) Token(ctx context.Context) (string, error) { return s.cache.Get(ctx) }

// Reject forgets a token.
func (s *tokenSource) Reject(token string) { s.cache.Drop(token) }

// bearer authenticates with access tokens.
type bearer struct{ source TokenSource }

func (b bearer) authenticate(request *http.Request, _ []byte) error {
	ctx := request.Context()
	token, err := b.source.Token(ctx)
	if cancelled := ctx.Err(); err != nil && cancelled != nil {
		return fmt.Errorf("ninjaone: %s: %w", tokenOperation, cancelled)
	}
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	return nil
}

func (b bearer) discard(rejected *http.Request) bool {
	b.source.Reject(strings.TrimPrefix(rejected.Header.Get("Authorization"), "Bearer "))
	return true
}

func (s *tokenSource) fetch(ctx context.Context) (*oauth2.Token, error) {
	through := &http.Client{Transport: tokenTransport{s.client}}
	token, err := s.config.Token(context.WithValue(ctx, oauth2.HTTPClient, through))
	if err != nil {
		return nil, tokenError(err)
	}
	return token, nil
}

// tokenCall describes the token request to errors and the observer.
func tokenCall() apiCall {
	return apiCall{operation: tokenOperation, method: http.MethodPost, path: tokenPath}
}

// tokenTransport sends the requests of the oauth2 package through the client, with its limits, errors and observer.
type tokenTransport struct{ client *Client }

func (t tokenTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	// A RoundTripper must not change its request.
	body, err := t.client.exchange(request.Clone(request.Context()), tokenCall())
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(bytes.NewReader(body)),
		Request:    request,
	}, nil
}

// tokenError returns the client's own error from inside the errors of oauth2 and net/http. Any other error means that the
// response holds no token; its text is omitted, because it may quote one.
func tokenError(err error) error {
	var withURL *url.Error
	if errors.As(err, &withURL) {
		return withURL.Err
	}
	var rejected *oauth2.RetrieveError
	if errors.As(err, &rejected) {
		call := tokenCall()
		return &APIError{
			Operation: call.operation, Method: call.method, Path: call.path, StatusCode: http.StatusOK,
			Code: oneLine(rejected.ErrorCode, maxCode), Message: oneLine(rejected.ErrorDescription, maxMessage),
		}
	}
	return tokenCall().unreadable(errors.New("the response holds no access token"))
}
