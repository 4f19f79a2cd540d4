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
	"golang.org/x/sync/singleflight"
)

const (
	tokenOperation = "Token"
	tokenPath      = oauthRoot + "/token"

	// A day instead of Accelo's default of 30 (contract accelo 2.3): a leaked token should not live for a month.
	tokenLifetime = 24 * time.Hour
	// Renewed this long before it expires, or a tenth of its life before, whichever is shorter.
	tokenMargin = 5 * time.Minute

	firstHold = 30 * time.Second
	lastHold  = 5 * time.Minute
	// Accelo's timer, where a lock-out comes without Retry-After (contract accelo 2.10).
	lockoutHold = 5 * time.Minute
	longestHold = time.Hour
)

// tokenSource gets access tokens by client credentials, keeps the current one, and remembers refusals: more than 100
// failed authentications in five minutes lock the user out, and each further attempt starts the time anew
// (contract accelo 2.10). The exchange itself is golang.org/x/oauth2's, which reads expires_in as a string too.
type tokenSource struct {
	config  clientcredentials.Config
	http    *http.Client
	timeout time.Duration
	observe func(context.Context, Call)
	now     func() time.Time
	flight  singleflight.Group

	mu       sync.Mutex
	token    string
	renewAt  time.Time
	refusal  error // why no token is asked for before until
	until    time.Time
	refusals int // since a call last went through
}

func newTokenSource(client *Client, options Options) *tokenSource {
	return &tokenSource{
		config: clientcredentials.Config{
			ClientID:       options.ClientID,
			ClientSecret:   options.ClientSecret,
			TokenURL:       client.base + tokenPath,
			Scopes:         []string{options.Scope},
			EndpointParams: url.Values{"expires_in": {strconv.Itoa(int(tokenLifetime / time.Second))}},
			// Named, because finding it out costs a second failed login whenever the secret is wrong.
			AuthStyle: oauth2.AuthStyleInHeader,
		},
		http: &http.Client{
			Transport:     tokenTransport{next: options.Transport, id: options.ClientID, secret: options.ClientSecret, userAgent: options.UserAgent},
			CheckRedirect: client.http.CheckRedirect,
		},
		timeout: options.Timeout,
		observe: options.Observe,
		now:     options.Now,
	}
}

// get gives the current token, or asks for one: all callers who need one at the same time share one request, which
// outlives the caller who started it.
func (s *tokenSource) get(ctx context.Context) (string, error) {
	if token, err := s.cached(); token != "" || err != nil {
		return token, err
	}
	pending := s.flight.DoChan(tokenOperation, func() (any, error) {
		if token, err := s.cached(); token != "" || err != nil {
			return token, err
		}
		return s.fetch(context.WithoutCancel(ctx))
	})
	select {
	case <-ctx.Done():
		return "", &TokenError{Err: &TransportError{Operation: tokenOperation, Method: http.MethodPost, Err: contextError(ctx)}}
	case result := <-pending:
		if result.Err != nil {
			return "", result.Err
		}
		token, _ := result.Val.(string)
		return token, nil
	}
}

// cached gives the token in hand or the refusal that still stands; neither when a token must be asked for.
func (s *tokenSource) cached() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if now.Before(s.until) {
		return "", &TokenError{Until: s.until, Err: s.refusal}
	}
	if now.Before(s.renewAt) {
		return s.token, nil
	}
	return "", nil
}

func (s *tokenSource) fetch(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	started := s.now()
	granted, err := s.config.Token(context.WithValue(ctx, oauth2.HTTPClient, s.http))
	call := Call{Operation: tokenOperation, Method: http.MethodPost, Token: true, Duration: s.now().Sub(started)}
	if err != nil {
		err = s.translate(err)
		var api *APIError
		if errors.As(err, &api) {
			call.StatusCode = api.StatusCode
		}
		call.Err = err
		s.observe(ctx, call)
		return "", s.remember(err)
	}
	call.StatusCode = http.StatusOK
	s.observe(ctx, call)
	s.keep(granted, started)
	return granted.AccessToken, nil
}

func (s *tokenSource) keep(granted *oauth2.Token, started time.Time) {
	lifetime := tokenLifetime
	if !granted.Expiry.IsZero() {
		lifetime = time.Until(granted.Expiry)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = granted.AccessToken
	s.renewAt = started.Add(lifetime - min(tokenMargin, lifetime/10))
	s.refusal, s.until = nil, time.Time{}
}

// accepted ends a row of refusals: not a granted token does, but a call that it was good for.
func (s *tokenSource) accepted() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusals = 0
}

// drop forgets a token that Accelo refused, unless another caller has replaced it already.
func (s *tokenSource) drop(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == token {
		s.token, s.renewAt = "", time.Time{}
	}
}

// remember holds further requests back after a refusal and wraps it. What is no refusal of these credentials (network
// trouble, a 5xx) holds nothing back: it cannot lead to a lock-out, and an outage must not outlast itself.
func (s *tokenSource) remember(err error) error {
	var api *APIError
	if !errors.As(err, &api) || !api.rejectsLogin() {
		return &TokenError{Err: err}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if now.Before(s.until) && !IsLockedOut(err) {
		// Calls that were under way together are refused together: that is one refusal.
		return &TokenError{Until: s.until, Err: err}
	}
	hold := min(firstHold<<min(s.refusals, 8), lastHold)
	if IsLockedOut(err) {
		hold = lockoutHold
	}
	if api.RetryAt.After(now) {
		hold = min(api.RetryAt.Sub(now), longestHold)
	}
	s.refusals++
	s.refusal, s.until = err, now.Add(hold)
	return &TokenError{Until: s.until, Err: err}
}
