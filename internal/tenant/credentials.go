package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// credentials are the secrets of both vendors before sealing.
type credentials struct {
	NinjaID      string `json:"ninja_id,omitempty"`
	NinjaSecret  string `json:"ninja_secret,omitempty"`
	LegacyID     string `json:"legacy_id,omitempty"`
	LegacySecret string `json:"legacy_secret,omitempty"`
	AcceloID     string `json:"accelo_id,omitempty"`
	AcceloSecret string `json:"accelo_secret,omitempty"`
	// NinjaSignIn and AcceloSignIn are set if the access comes from a grant.
	NinjaSignIn  bool `json:"ninja_sign_in,omitempty"`
	AcceloSignIn bool `json:"accelo_sign_in,omitempty"`
}

func credentialsOf(vendors config.VendorCredentials) credentials {
	return credentials{
		NinjaID: vendors.NinjaOne.ClientID, NinjaSecret: vendors.NinjaOne.ClientSecret.Reveal(),
		LegacyID: vendors.NinjaOne.AccessKeyID, LegacySecret: vendors.NinjaOne.SecretAccessKey.Reveal(),
		AcceloID: vendors.Accelo.ClientID, AcceloSecret: vendors.Accelo.ClientSecret.Reveal(),
		NinjaSignIn: vendors.NinjaOne.SignIn, AcceloSignIn: vendors.Accelo.SignIn,
	}
}

// SignInAuth is how a connection signs in to NinjaOne if a user does so for it. The other ways are "oauth" and "legacy".
const SignInAuth = "sign-in"

// auth names how the credentials sign in to NinjaOne.
func (c credentials) auth() string {
	if c.NinjaSignIn {
		return SignInAuth
	}
	return c.ninjaOne().Kind()
}

// signIns returns the vendors that users sign in to.
func (c credentials) signIns() []store.Vendor {
	var vendors []store.Vendor
	if c.NinjaSignIn {
		vendors = append(vendors, store.NinjaOne)
	}
	if c.AcceloSignIn {
		vendors = append(vendors, store.Accelo)
	}
	return vendors
}

func (c credentials) ninjaOne() ninjaone.Credentials {
	return ninjaone.Credentials{
		ClientID: c.NinjaID, ClientSecret: c.NinjaSecret, AccessKeyID: c.LegacyID, SecretAccessKey: c.LegacySecret,
	}
}

// Known returns the stored credentials of a connection, with their secrets, or store.ErrNotFound.
func (p *Provider) Known(ctx context.Context, name string) (config.VendorCredentials, error) {
	stored, err := p.options.Store.Connection(ctx, name)
	if err != nil {
		return config.VendorCredentials{}, err
	}
	opened, err := p.open(stored)
	return vendorsOf(stored, opened), err
}

// vendorsOf returns the opened credentials of the accounts at a connection's addresses.
func vendorsOf(stored store.Connection, opened credentials) config.VendorCredentials {
	return config.VendorCredentials{
		NinjaOne: config.NinjaOne{
			URL: stored.NinjaoneURL, ClientID: opened.NinjaID, ClientSecret: config.Secret(opened.NinjaSecret),
			AccessKeyID: opened.LegacyID, SecretAccessKey: config.Secret(opened.LegacySecret), SignIn: opened.NinjaSignIn,
		},
		Accelo: config.Accelo{
			URL: stored.AcceloURL, Deployment: stored.Deployment, ClientID: opened.AcceloID, ClientSecret: config.Secret(opened.AcceloSecret),
			SignIn: opened.AcceloSignIn,
		},
	}
}

// Sealed credentials are bound to a scope, so that they cannot be moved to another connection or vendor.
func ninjaOneScope(connection string) string { return connection + "/ninjaone" }
func acceloScope(connection string) string   { return connection + "/accelo" }

// open unseals the credentials of a connection.
func (p *Provider) open(stored store.Connection) (credentials, error) {
	var opened credentials
	for scope, sealed := range map[string][]byte{
		ninjaOneScope(stored.Name): stored.NinjaoneSealed, acceloScope(stored.Name): stored.AcceloSealed,
	} {
		if err := p.unseal(scope, sealed, &opened); err != nil {
			return credentials{}, lockedError(stored.Name, err)
		}
	}
	return opened, nil
}

// unseal adds the sealed credentials of one vendor to opened.
func (p *Provider) unseal(scope string, sealed []byte, opened *credentials) error {
	plain, err := p.options.Box.Open(sealed, scope)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(plain, opened); err != nil {
		return errors.New("the stored credentials can't be read: enter them again")
	}
	return nil
}

// sealed returns a connection with these credentials and grants.
func (p *Provider) sealed(ctx context.Context, name string, vendors config.VendorCredentials, grants Grants) (store.Connection, error) {
	if err := p.requireKey(ctx); err != nil {
		return store.Connection{}, err
	}
	opened := credentialsOf(vendors)
	connection := store.Connection{
		Name: name, NinjaoneURL: vendors.NinjaOne.URL, NinjaoneAuth: opened.auth(),
		AcceloURL: vendors.Accelo.URL, Deployment: vendors.Accelo.Deployment, SignIns: opened.signIns(),
	}
	var err error
	if connection.Grants, err = p.sealGrants(name, grants); err != nil {
		return connection, err
	}
	if connection.NinjaoneSealed, err = p.seal(ninjaOneScope(name), credentials{
		NinjaID: opened.NinjaID, NinjaSecret: opened.NinjaSecret, LegacyID: opened.LegacyID, LegacySecret: opened.LegacySecret,
		NinjaSignIn: opened.NinjaSignIn,
	}); err != nil {
		return connection, err
	}
	connection.AcceloSealed, err = p.seal(acceloScope(name), credentials{
		AcceloID: opened.AcceloID, AcceloSecret: opened.AcceloSecret, AcceloSignIn: opened.AcceloSignIn,
	})
	return connection, err
}

func (p *Provider) seal(scope string, secrets credentials) ([]byte, error) {
	plain, err := json.Marshal(secrets)
	if err != nil {
		return nil, fmt.Errorf("encode credentials: %w", err)
	}
	return p.options.Box.Seal(plain, scope)
}

// OtherAccountError means that credentials are not those of the account that a connection uses: another address, another
// application, or a key that can't tell. Only `connect` may replace the account, after it has asked the vendors who it is.
type OtherAccountError struct {
	Connection string
	// Vendor is NinjaOne, Accelo, or both.
	Vendor string
	// Err is why the stored credentials could not be compared; nil if they could.
	Err error
}

// Error implements error.
func (e *OtherAccountError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("connection %s keeps its stored credentials: %v", e.Connection, e.Err)
	}
	return fmt.Sprintf("the settings name another account of %s than connection %s uses: it keeps the one it has until you run `%s`",
		e.Vendor, e.Connection, rules.Command(e.Connection, "connect"))
}

// Unwrap returns why the stored credentials could not be compared.
func (e *OtherAccountError) Unwrap() error { return e.Err }

// saveAttempts is how often Save starts over after another process changed the connection.
const saveAttempts = 5

// Save stores the credentials of a connection. It writes nothing if they are unchanged. It replaces secrets of the same account,
// and the account of a connection that knows nothing of it yet. Any other account stays a proposal for Proposed: Save stores
// nothing and returns an *OtherAccountError.
func (p *Provider) Save(ctx context.Context, name string, vendors config.VendorCredentials) error {
	err := store.ErrConnectionChanged
	for range saveAttempts {
		if err = p.save(ctx, name, vendors); !errors.Is(err, store.ErrConnectionChanged) {
			break
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.proposed, name)
	var other *OtherAccountError
	if errors.As(err, &other) {
		p.proposed[name] = proposed{vendors: vendors}
	}
	return err
}

func (p *Provider) save(ctx context.Context, name string, vendors config.VendorCredentials) error {
	stored, err := p.options.Store.Connection(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return p.Create(ctx, name, vendors, Grants{}, nil)
	}
	if err != nil {
		return err
	}
	same, unchanged, err := p.compare(stored, vendors)
	if err != nil { // without the stored ones nobody knows whose they are
		return &OtherAccountError{Connection: name, Vendor: same.others(), Err: err}
	}
	if unchanged {
		return nil
	}
	kept := same.NinjaOne && same.Accelo
	if !kept {
		held, err := p.held(ctx, stored)
		if err != nil {
			return err
		}
		if held {
			return &OtherAccountError{Connection: name, Vendor: same.others()}
		}
	}
	fresh, err := p.sealed(ctx, name, vendors, Grants{})
	if err != nil {
		return err
	}
	fresh.Version = stored.Version
	if kept {
		return p.options.Store.SaveCredentials(ctx, fresh)
	}
	_, err = p.options.Store.MovePair(ctx, fresh)
	return err
}

// Same reports which accounts credentials have in common with a connection. Two credentials have the same account if they are for
// the same address and the same application: an application belongs to one tenant or deployment. The secret does not matter.
type Same struct{ NinjaOne, Accelo bool }

func (s Same) others() string {
	switch {
	case s.NinjaOne:
		return "Accelo"
	case s.Accelo:
		return "NinjaOne"
	}
	return "NinjaOne and Accelo"
}

// compare compares credentials with those of a stored connection. It fails if the stored ones can't be opened.
func (p *Provider) compare(stored store.Connection, vendors config.VendorCredentials) (same Same, unchanged bool, err error) {
	before, err := p.open(stored)
	if err != nil {
		return Same{}, false, err
	}
	after := credentialsOf(vendors)
	same.NinjaOne = stored.NinjaoneURL == vendors.NinjaOne.URL && before.NinjaID == after.NinjaID && before.LegacyID == after.LegacyID
	same.Accelo = stored.AcceloURL == vendors.Accelo.URL && before.AcceloID == after.AcceloID
	return same, same.NinjaOne && same.Accelo && before == after, nil
}

// held reports whether a connection knows anything of its pair that another pair could mistake for its own.
func (p *Provider) held(ctx context.Context, stored store.Connection) (bool, error) {
	if !stored.Identity.Empty() {
		return true, nil
	}
	holdings, err := p.options.Store.Holdings(ctx, stored.Name)
	return !holdings.Empty(), err
}
