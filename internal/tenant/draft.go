package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/oauth2"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/store"
)

// Draft is a connection that waits for users to sign in: what was typed, and what they granted so far.
type Draft struct {
	Vendors config.VendorCredentials
	Grants  Grants
	// Wanted are the vendors that users still have to sign in to.
	Wanted []store.Vendor
}

// Grant stores what a user granted at a vendor.
func (d *Draft) Grant(vendor store.Vendor, grant *Grant) {
	if vendor == store.Accelo {
		d.Grants.Accelo = grant
	} else {
		d.Grants.NinjaOne = grant
	}
}

// sealedDraft is a draft before sealing.
type sealedDraft struct {
	Credentials credentials    `json:"credentials"`
	NinjaOneURL string         `json:"ninjaone_url,omitempty"`
	AcceloURL   string         `json:"accelo_url,omitempty"`
	Deployment  string         `json:"deployment,omitempty"`
	Grants      Grants         `json:"grants"`
	Wanted      []store.Vendor `json:"wanted,omitempty"`
}

// NewToken returns a random token that nobody can guess, for links and states.
func NewToken() string { return secret.NewToken() }

func draftScope(id string) string { return "pending/" + id }

// SealDraft returns the draft of a pending connection as it is stored.
func (p *Provider) SealDraft(ctx context.Context, id string, d Draft) ([]byte, error) {
	if err := p.requireKey(ctx); err != nil {
		return nil, err
	}
	plain, err := json.Marshal(sealedDraft{
		Credentials: credentialsOf(d.Vendors), NinjaOneURL: d.Vendors.NinjaOne.URL, AcceloURL: d.Vendors.Accelo.URL,
		Deployment: d.Vendors.Accelo.Deployment, Grants: d.Grants, Wanted: d.Wanted,
	})
	if err != nil {
		return nil, fmt.Errorf("encode a pending connection: %w", err)
	}
	return p.options.Box.Seal(plain, draftScope(id))
}

// OpenDraft returns the draft of a pending connection.
func (p *Provider) OpenDraft(id string, sealed []byte) (Draft, error) {
	plain, err := p.options.Box.Open(sealed, draftScope(id))
	if err != nil {
		return Draft{}, err
	}
	var opened sealedDraft
	if json.Unmarshal(plain, &opened) != nil {
		return Draft{}, errors.New("the pending connection can't be read: begin again")
	}
	account := store.Connection{NinjaoneURL: opened.NinjaOneURL, AcceloURL: opened.AcceloURL, Deployment: opened.Deployment}
	return Draft{Vendors: vendorsOf(account, opened.Credentials), Grants: opened.Grants, Wanted: opened.Wanted}, nil
}

// Application is a vendor's application that users sign in to.
type Application interface {
	// AuthorizeURL returns where a user signs in.
	AuthorizeURL(redirectURI, state string) string
	// Probe finds out whether the vendor would let users sign in and come back.
	Probe(ctx context.Context, redirectURI string) error
	// Exchange turns the code that a user came back with into tokens.
	Exchange(ctx context.Context, code, redirectURI string) (*oauth2.Token, error)
	// Refresh returns new tokens for a refresh token.
	Refresh(ctx context.Context, refreshToken string) (*oauth2.Token, error)
}

// Application returns a vendor's application with the credentials of a draft.
func (p *Provider) Application(vendor store.Vendor, d Draft) (Application, error) {
	account := store.Connection{NinjaoneURL: d.Vendors.NinjaOne.URL, AcceloURL: d.Vendors.Accelo.URL}
	return p.application(account, vendor, credentialsOf(d.Vendors))
}

func (p *Provider) application(stored store.Connection, vendor store.Vendor, opened credentials) (Application, error) {
	if vendor == store.Accelo {
		return accelo.NewApplication(p.acceloOptions(stored.AcceloURL, opened))
	}
	return ninjaone.NewApplication(p.ninjaOneOptions(stored.NinjaoneURL, opened))
}
