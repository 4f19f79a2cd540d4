package accelo

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"ninjaone-accelo/internal/oauthcache"
)

const (
	tokenOperation = "Token"
	tokenPath      = oauthRoot + "/token"

	// tokenLifetime replaces Accelo's default of 30 days (accelo.md 2.3), because a leaked token should not work for a month.
	tokenLifetime = 24 * time.Hour
	// tokenMargin keeps a token from expiring while a request is on its way.
	tokenMargin = 5 * time.Minute

	minHold = 30 * time.Second
	maxHold = 5 * time.Minute
	// lockoutHold applies to a lock-out without Retry-After (accelo.md 2.10).
	lockoutHold = 5 * time.Minute
	// maxRetryHold limits what Retry-After can ask for.
	maxRetryHold = time.Hour
)

// TokenSource provides access tokens that someone else looks after, such as those of the authorization code grant. It is
// safe for concurrent use.
type TokenSource interface {
	// Token returns a token that has not expired.
	Token(ctx context.Context) (string, error)
	// Reject reports that Accelo does not accept a token that Token returned.
	Reject(token string)
}

// cachedTokens are the tokens of the client credentials grant.
type cachedTokens struct{ cache *oauthcache.Cache }

// Token returns the cached token or waits for a new one.
func (c cachedTokens) Token(ctx context.Context) (string, error) { return c.cache.Get(ctx) }

// Reject forgets a token.
func (c cachedTokens) Reject(token string) { c.cache.Drop(token) }

// tokenSource provides the access tokens of a client, by default of the client credentials grant. After a rejection it answers from
// memory for a while: more than 100 failed authentications in five minutes lock the user out, and each further attempt restarts that timer
// (accelo.md 2.10).
type tokenSource struct {
	config  clientcredentials.Config
	source  TokenSource
	http    *http.Client
	timeout time.Duration
	observe func(context.Context, Call)
	now     func() time.Time

	mu         sync.Mutex
	rejection  error // why no token is requested before heldUntil
	heldUntil  time.Time
	rejections int // in a row
	deployment string
}

func newTokenSource(c *Client, options Options) *tokenSource {
	s := &tokenSource{
		config: clientcredentials.Config{
			ClientID:       options.ClientID,
			ClientSecret:   options.ClientSecret,
			TokenURL:       c.base + tokenPath,
			Scopes:         []string{options.Scope},
			EndpointParams: url.Values{"expires_in": {strconv.Itoa(int(tokenLifetime / time.Second))}},
			// Detecting the style would double the failed logins if the secret is wrong.
			AuthStyle: oauth2.AuthStyleInHeader,
		},
		http: &http.Client{
			Transport:     tokenTransport{next: options.Transport, id: options.ClientID, secret: options.ClientSecret, userAgent: options.UserAgent},
			CheckRedirect: c.http.CheckRedirect,
		},
		timeout: options.Timeout,
		observe: options.Observe,
		now:     options.Now,
	}
	if s.source = options.Tokens; s.source == nil {
		s.source = cachedTokens{oauthcache.New(oauthcache.Options{Fetch: s.fetch, Margin: tokenMargin, Now: options.Now})}
	}
	return s
}

// get returns the current token, requests a new one, or returns the remembered rejection.
func (s *tokenSource) get(ctx context.Context) (string, error) {
	if err := s.held(); err != nil {
		return "", err
	}
	token, err := s.source.Token(ctx)
	if err != nil && ctx.Err() != nil {
		return "", &TokenError{Err: &TransportError{Operation: tokenOperation, Method: http.MethodPost, Path: tokenPath, Err: contextError(ctx)}}
	}
	if known := new(TokenError); err != nil && !errors.As(err, &known) {
		err = &TokenError{Err: err} // nothing of the call itself was sent
	}
	return token, err
}

// drop forgets a token that Accelo rejected.
func (s *tokenSource) drop(token string) { s.source.Reject(token) }

// held returns the remembered rejection while it lasts.
func (s *tokenSource) held() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now().Before(s.heldUntil) {
		return &TokenError{Until: s.heldUntil, Err: s.rejection}
	}
	return nil
}

func (s *tokenSource) fetch(ctx context.Context) (*oauth2.Token, error) {
	// A rejection may have been recorded since the caller checked.
	if err := s.held(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	token, err := s.observed(ctx, func() (*oauth2.Token, error) {
		return s.config.Token(context.WithValue(ctx, oauth2.HTTPClient, s.http))
	})
	if err != nil {
		return nil, s.recordRejection(err)
	}
	if token.Expiry.IsZero() {
		token.Expiry = time.Now().Add(tokenLifetime)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rejection, s.heldUntil = nil, time.Time{}
	s.deployment = tokenDeployment(token)
	return token, nil
}

// observed makes a request to the token endpoint, reports it to the observer, and returns an error of this package.
func (s *tokenSource) observed(ctx context.Context, request func() (*oauth2.Token, error)) (*oauth2.Token, error) {
	started := s.now()
	token, err := request()
	call := Call{Operation: tokenOperation, Method: http.MethodPost, StatusCode: http.StatusOK, Token: true, Duration: s.now().Sub(started)}
	if err != nil {
		err = s.translate(err)
		var api *APIError
		call.StatusCode, call.Err = 0, err
		if errors.As(err, &api) {
			call.StatusCode = api.StatusCode
		}
	}
	s.observe(ctx, call)
	return token, err
}

// tokenDeployment returns the deployment's label that the reply with a token names (accelo.md 2.5), or "".
func tokenDeployment(token *oauth2.Token) string {
	for _, member := range []string{"deployment", "deployment_uri"} {
		if text, ok := token.Extra(member).(string); ok && deploymentLabel(text) != "" {
			return deploymentLabel(text)
		}
	}
	return ""
}

// named returns the deployment's label that the reply with the last token named, or "".
func (s *tokenSource) named() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deployment
}

// resetRejections ends a row of rejections after a successful call. A new token alone proves nothing.
func (s *tokenSource) resetRejections() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rejections = 0
}

// recordRejection holds back token requests after a rejection, and wraps it. Other errors, such as a failed connection or a
// 5xx, hold nothing back: they cannot cause a lock-out, and the client should recover as soon as Accelo does.
func (s *tokenSource) recordRejection(err error) error {
	var api *APIError
	if !errors.As(err, &api) || !api.rejectsLogin() {
		return &TokenError{Err: err}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if now.Before(s.heldUntil) && !IsLockedOut(err) {
		// Concurrent calls that fail together count as one rejection.
		return &TokenError{Until: s.heldUntil, Err: err}
	}
	hold := min(minHold<<min(s.rejections, 8), maxHold)
	if IsLockedOut(err) {
		hold = lockoutHold
	}
	if api.RetryAt.After(now) {
		hold = min(api.RetryAt.Sub(now), maxRetryHold)
	}
	s.rejections++
	s.rejection, s.heldUntil = err, now.Add(hold)
	return &TokenError{Until: s.heldUntil, Err: err}
}
