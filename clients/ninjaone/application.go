package ninjaone

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"golang.org/x/oauth2"
)

const (
	authorizeOperation = "authorize"
	authorizePath      = "/ws/oauth/authorize"
)

// signInScopes are what we ask a user for: reading, resetting alerts, and a refresh token (ninjaone.md 2.1.1).
var signInScopes = []string{"monitoring", "management", "offline_access"}

// Application is an application of the platform "Web", for which users sign in (ninjaone.md 2.1.3). It is safe for concurrent
// use.
type Application struct {
	client *Client
	config oauth2.Config
}

// NewApplication returns the application with the credentials in the options, without sending anything.
func NewApplication(options Options) (*Application, error) {
	client, err := New(options)
	if err != nil {
		return nil, err
	}
	return &Application{client: client, config: oauth2.Config{
		ClientID: options.Credentials.ClientID, ClientSecret: options.Credentials.ClientSecret, Scopes: signInScopes,
		Endpoint: oauth2.Endpoint{
			AuthURL: client.base + authorizePath, TokenURL: client.base + tokenPath, AuthStyle: oauth2.AuthStyleInParams,
		},
	}}, nil
}

// AuthorizeURL returns where a user signs in. The redirect URI has to be the registered one, byte for byte.
func (a *Application) AuthorizeURL(redirectURI, state string) string {
	config := a.config
	config.RedirectURL = redirectURI
	// Scopes are separated by %20 in everything NinjaOne publishes.
	return strings.ReplaceAll(config.AuthCodeURL(state), "+", "%20")
}

// Probe finds out, before a user is sent away, whether NinjaOne would let them sign in: an error never leads back to us
// (ninjaone.md 2.1.3). Classify the error with IsWrongRegion, IsRedirectRefused, IsForbidden and IsTransient.
func (a *Application) Probe(ctx context.Context, redirectURI string) error {
	call := apiCall{operation: authorizeOperation, method: http.MethodGet, path: authorizePath}
	ctx, cancel := context.WithTimeout(ctx, a.client.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.AuthorizeURL(redirectURI, "probe"), http.NoBody)
	if err != nil {
		return fmt.Errorf("ninjaone: %s: %w request", call.operation, ErrInvalid)
	}
	request.Header.Set("User-Agent", a.client.userAgent)
	response, err := a.client.http.Do(request)
	if err != nil {
		return transportError(ctx, call, a.client.timeout, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxErrorBody)) // the status tells enough
	switch {
	case response.StatusCode == http.StatusNotFound:
		return &APIError{
			Operation: call.operation, Method: call.method, Path: call.path, StatusCode: http.StatusNotFound, Code: "Client app not exist",
		}
	case response.StatusCode >= http.StatusBadRequest || isThrottlePage(body):
		return a.client.apiError(call, request, response, body)
	case response.StatusCode >= http.StatusMultipleChoices:
		return redirectError(call, response)
	}
	return nil
}

// redirectError returns the error of a redirect to NinjaOne's error page, or nil for one to its sign-in page.
func redirectError(call apiCall, response *http.Response) error {
	to, err := url.Parse(response.Header.Get("Location"))
	if err != nil || path.Base(to.Path) != "error" && !to.Query().Has("error") {
		return nil //nolint:nilerr // a user's browser may make more of it
	}
	return &APIError{
		Operation: call.operation, Method: call.method, Path: call.path, StatusCode: response.StatusCode,
		Code: oneLine(to.Query().Get("error"), maxCode), Message: oneLine(to.Query().Get("error_description"), maxMessage),
	}
}

// Exchange turns the code that a user came back with into tokens. The code works once, for about a minute.
func (a *Application) Exchange(ctx context.Context, code, redirectURI string) (*oauth2.Token, error) {
	config := a.config
	config.RedirectURL = redirectURI
	token, err := config.Exchange(a.through(ctx), code)
	if err != nil {
		return nil, tokenError(err)
	}
	return token, nil
}

// Refresh returns new tokens for a refresh token, which no longer works afterwards: the reply holds another one (ninjaone.md 2.1.4).
func (a *Application) Refresh(ctx context.Context, refreshToken string) (*oauth2.Token, error) {
	token, err := a.config.TokenSource(a.through(ctx), &oauth2.Token{RefreshToken: refreshToken}).Token()
	if err != nil {
		return nil, tokenError(err)
	}
	return token, nil
}

func (a *Application) through(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: tokenTransport{a.client}})
}
