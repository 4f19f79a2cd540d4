package accelo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"
)

const (
	authorizeOperation = "Authorize"
	authorizePath      = oauthRoot + "/authorize"
)

// unknownLifetime replaces an expiry that Accelo does not tell (accelo.md 2.7).
const unknownLifetime = 24 * time.Hour

// Application is a web application, which users authorize for their deployment (accelo.md 2.6). It is safe for concurrent use.
type Application struct {
	client *Client
	scope  string
	config oauth2.Config
}

// NewApplication returns the application with the client ID and secret in the options, without sending anything.
func NewApplication(options Options) (*Application, error) {
	client, err := New(options)
	if err != nil {
		return nil, err
	}
	return &Application{client: client, scope: options.withDefaults().Scope, config: oauth2.Config{
		ClientID: options.ClientID, ClientSecret: options.ClientSecret,
		Endpoint: oauth2.Endpoint{TokenURL: client.base + tokenPath, AuthStyle: oauth2.AuthStyleInHeader},
	}}, nil
}

// AuthorizeURL returns where a user authorizes the application. The parentheses of the scope stay as they are: Accelo rejects encoded
// ones here (accelo.md 2.6).
func (a *Application) AuthorizeURL(redirectURI, state string) string {
	parameters := url.Values{
		"client_id": {a.config.ClientID}, "response_type": {"code"}, "redirect_uri": {redirectURI}, "state": {state},
	}
	return a.client.base + authorizePath + "?" + parameters.Encode() + "&scope=" + a.scope
}

// Probe finds out, before a user is sent away, whether the deployment exists, and whether it shows a user anything but an error: a
// refusal of the application or of its redirect URI never leads back to us. The error is ErrUnknownDeployment or one of the client's.
func (a *Application) Probe(ctx context.Context, redirectURI string) error {
	if err := a.client.CheckDeployment(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, a.client.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.AuthorizeURL(redirectURI, "probe"), http.NoBody)
	if err != nil {
		return fmt.Errorf("accelo: %s: %w request", authorizeOperation, ErrInvalid)
	}
	request.Header.Set("User-Agent", a.client.userAgent)
	response, err := a.client.http.Do(request)
	if err != nil {
		return &TransportError{Operation: authorizeOperation, Method: http.MethodGet, Path: authorizePath, Err: withoutURL(err)}
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode < http.StatusBadRequest {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxBody)) // the status tells enough
	var refusal struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	_ = json.Unmarshal(body, &refusal)
	return &APIError{
		Operation: authorizeOperation, Method: http.MethodGet, Path: authorizePath, StatusCode: response.StatusCode,
		Code: oneLine(refusal.Error, maxExcerpt), Message: oneLine(refusal.Description, maxMessage), unreadable: refusal.Error == "",
	}
}

// Exchange turns the code that a user came back with into tokens.
func (a *Application) Exchange(ctx context.Context, code, redirectURI string) (*oauth2.Token, error) {
	config := a.config
	config.RedirectURL = redirectURI
	return a.call(ctx, func(ctx context.Context) (*oauth2.Token, error) { return config.Exchange(ctx, code) })
}

// Refresh returns new tokens for a refresh token. If the reply holds no other refresh token, the old one is kept (accelo.md 2.7).
func (a *Application) Refresh(ctx context.Context, refreshToken string) (*oauth2.Token, error) {
	return a.call(ctx, func(ctx context.Context) (*oauth2.Token, error) {
		return a.config.TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken}).Token()
	})
}

func (a *Application) call(ctx context.Context, request func(context.Context) (*oauth2.Token, error)) (*oauth2.Token, error) {
	tokens := a.client.tokens
	ctx, cancel := context.WithTimeout(ctx, tokens.timeout)
	defer cancel()
	token, err := tokens.observed(ctx, func() (*oauth2.Token, error) {
		return request(context.WithValue(ctx, oauth2.HTTPClient, tokens.http))
	})
	if err != nil {
		return nil, err
	}
	if token.Expiry.IsZero() {
		token.Expiry = time.Now().Add(unknownLifetime)
	}
	return token, nil
}
