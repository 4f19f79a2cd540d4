package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/config"
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
}

func (c credentials) ninjaOne() ninjaone.Credentials {
	return ninjaone.Credentials{
		ClientID: c.NinjaID, ClientSecret: c.NinjaSecret, AccessKeyID: c.LegacyID, SecretAccessKey: c.LegacySecret,
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
		plain, err := p.options.Box.Open(sealed, scope)
		if err != nil {
			return credentials{}, err
		}
		if err := json.Unmarshal(plain, &opened); err != nil {
			return credentials{}, errors.New("the stored credentials can't be read: enter them again")
		}
	}
	return opened, nil
}

// Save stores the addresses and the sealed credentials of a connection. It writes nothing if they are unchanged.
func (p *Provider) Save(ctx context.Context, name string, vendors config.VendorCredentials) error {
	fresh := credentials{
		NinjaID: vendors.NinjaOne.ClientID, NinjaSecret: vendors.NinjaOne.ClientSecret.Reveal(),
		LegacyID: vendors.NinjaOne.AccessKeyID, LegacySecret: vendors.NinjaOne.SecretAccessKey.Reveal(),
		AcceloID: vendors.Accelo.ClientID, AcceloSecret: vendors.Accelo.ClientSecret.Reveal(),
	}
	stored, err := p.options.Store.Connection(ctx, name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err == nil && stored.NinjaoneURL == vendors.NinjaOne.URL && stored.AcceloURL == vendors.Accelo.URL {
		if before, err := p.open(stored); err == nil && before == fresh {
			return nil
		}
	}
	connection := store.Connection{
		Name: name, NinjaoneURL: vendors.NinjaOne.URL, NinjaoneAuth: fresh.ninjaOne().Kind(),
		AcceloURL: vendors.Accelo.URL, Deployment: vendors.Accelo.Deployment,
	}
	if connection.NinjaoneSealed, err = p.seal(ninjaOneScope(name), credentials{
		NinjaID: fresh.NinjaID, NinjaSecret: fresh.NinjaSecret, LegacyID: fresh.LegacyID, LegacySecret: fresh.LegacySecret,
	}); err != nil {
		return err
	}
	if connection.AcceloSealed, err = p.seal(acceloScope(name), credentials{
		AcceloID: fresh.AcceloID, AcceloSecret: fresh.AcceloSecret,
	}); err != nil {
		return err
	}
	return p.options.Store.SaveCredentials(ctx, connection)
}

func (p *Provider) seal(scope string, secrets credentials) ([]byte, error) {
	plain, err := json.Marshal(secrets)
	if err != nil {
		return nil, fmt.Errorf("encode credentials: %w", err)
	}
	return p.options.Box.Seal(plain, scope)
}
