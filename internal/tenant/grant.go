package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/oauth2"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/store"
)

// Grant is what a user granted at a vendor by signing in.
type Grant struct {
	AccessToken  string `json:"access"`
	RefreshToken string `json:"refresh,omitempty"`
	// ExpiresAt is when the access token no longer works, RenewedAt when the vendor issued it.
	ExpiresAt time.Time `json:"expires_at"`
	RenewedAt time.Time `json:"renewed_at"`
	// AuthorizedAt is when the user signed in, and AuthorizedBy who was logged in to the page then.
	AuthorizedAt time.Time `json:"authorized_at"`
	AuthorizedBy string    `json:"authorized_by,omitempty"`
}

// Grants are the grants of a connection; nil where nobody signed in.
type Grants struct {
	NinjaOne *Grant `json:"ninjaone,omitempty"`
	Accelo   *Grant `json:"accelo,omitempty"`
}

// NewGrant returns what a vendor issued now to a user who signed in, as seen by who was logged in to the page.
func NewGrant(token *oauth2.Token, by string, now time.Time) *Grant {
	grant := (Grant{AuthorizedAt: now.UTC(), AuthorizedBy: by}).Renewed(token, now)
	return &grant
}

// unknownLifetime replaces a lifetime that a vendor does not tell.
const unknownLifetime = 24 * time.Hour

// Renewed returns the grant with tokens that were issued now.
func (g Grant) Renewed(token *oauth2.Token, now time.Time) Grant {
	g.AccessToken, g.RefreshToken, g.RenewedAt = token.AccessToken, token.RefreshToken, now.UTC()
	lifetime := unknownLifetime
	if !token.Expiry.IsZero() {
		lifetime = time.Until(token.Expiry) // the oauth2 package computes the expiry with the real clock
	}
	g.ExpiresAt = now.Add(lifetime).UTC()
	return g
}

// refreshAt is when the tokens are worth replacing: at two thirds of their life, since a refresh token of Accelo may not outlive its access
// token (accelo.md 2.7).
func (g Grant) refreshAt() time.Time { return g.RenewedAt.Add(g.ExpiresAt.Sub(g.RenewedAt) * 2 / 3) }

// expiryMargin keeps a token from expiring while a request is on its way.
const expiryMargin = 20 * time.Second

// Lives reports whether the access token can be used.
func (g Grant) Lives(now time.Time) bool { return now.Add(expiryMargin).Before(g.ExpiresAt) }

// EndedGrantError means that a vendor no longer accepts what a user granted. Only another sign-in helps, so nothing is asked of the vendor until
// then.
type EndedGrantError struct {
	Connection string
	Vendor     store.Vendor
	Since      time.Time
	Reason     string
}

// Error says what to do.
func (e *EndedGrantError) Error() string {
	return fmt.Sprintf("%s no longer accepts the sign-in of connection %q (since %s: %s): press Reconnect on its page",
		e.Vendor, e.Connection, e.Since.UTC().Format(time.RFC3339), e.Reason)
}

func grantScope(connection string, vendor store.Vendor) string {
	return connection + "/" + string(vendor) + "/grant"
}

// sealGrants returns grants as they are stored.
func (p *Provider) sealGrants(connection string, grants Grants) ([]store.Grant, error) {
	var sealed []store.Grant
	for vendor, grant := range map[store.Vendor]*Grant{store.NinjaOne: grants.NinjaOne, store.Accelo: grants.Accelo} {
		if grant == nil {
			continue
		}
		stored, err := p.sealGrant(connection, vendor, *grant)
		if err != nil {
			return nil, err
		}
		sealed = append(sealed, stored)
	}
	return sealed, nil
}

func (p *Provider) sealGrant(connection string, vendor store.Vendor, grant Grant) (store.Grant, error) {
	plain, err := json.Marshal(grant) //nolint:gosec // it is sealed right away
	if err != nil {
		return store.Grant{}, fmt.Errorf("encode an authorization: %w", err)
	}
	sealed, err := p.options.Box.Seal(plain, grantScope(connection, vendor))
	return store.Grant{
		Vendor: vendor, Sealed: sealed, RefreshAt: grant.refreshAt(), ExpiresAt: grant.ExpiresAt, RenewedAt: grant.RenewedAt,
		AuthorizedAt: grant.AuthorizedAt, AuthorizedBy: grant.AuthorizedBy,
	}, err
}

func (p *Provider) openGrant(connection string, stored store.Grant) (Grant, error) {
	plain, err := p.options.Box.Open(stored.Sealed, grantScope(connection, stored.Vendor))
	if err != nil {
		return Grant{}, err
	}
	var grant Grant
	if json.Unmarshal(plain, &grant) != nil {
		return Grant{}, errors.New("the stored authorization can't be read: sign in again")
	}
	return grant, nil
}

// tokens returns the access tokens of a vendor that users sign in to: those of a grant that isn't stored, or of the connection's own.
func (p *Provider) tokens(stored store.Connection, vendor store.Vendor, opened credentials, granted *Grant) (ninjaone.TokenSource, error) {
	if granted != nil {
		return offeredTokens{*granted}, nil
	}
	application, err := p.application(stored, vendor, opened)
	if err != nil {
		return nil, err
	}
	return &grantedTokens{provider: p, connection: stored.Name, vendor: vendor, refresh: application.Refresh}, nil
}

// offeredTokens is the access token of a grant that isn't stored. It is not renewed.
type offeredTokens struct{ grant Grant }

// Token returns the token.
func (t offeredTokens) Token(context.Context) (string, error) { return t.grant.AccessToken, nil }

// Reject does nothing: there is no other token.
func (offeredTokens) Reject(string) {}
