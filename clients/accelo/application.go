package accelo

import (
	"context"
	"net/url"
	"time"

	"golang.org/x/oauth2"
)

const authorizePath = oauthRoot + "/authorize"

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

// CheckDeployment is [Client.CheckDeployment] for the application's deployment.
func (a *Application) CheckDeployment(ctx context.Context) error {
	return a.client.CheckDeployment(ctx)
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
