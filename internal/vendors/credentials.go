package vendors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/store"
)

// credentials are both vendors' secrets, as they are before sealing.
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

// The places that sealed credentials are bound to, so that one cannot be moved to another connection or vendor.
func ninjaOnePlace(connection string) string { return connection + "/ninjaone" }
func acceloPlace(connection string) string   { return connection + "/accelo" }

// open unseals the credentials of a connection.
func (p *Provider) open(stored store.Connection) (credentials, error) {
	var opened credentials
	for place, sealed := range map[string][]byte{
		ninjaOnePlace(stored.Name): stored.NinjaoneSealed, acceloPlace(stored.Name): stored.AcceloSealed,
	} {
		plain, err := p.options.Box.Open(sealed, place)
		if err != nil {
			return credentials{}, err
		}
		if err := json.Unmarshal(plain, &opened); err != nil {
			return credentials{}, errors.New("the stored credentials cannot be read: enter them again")
		}
	}
	return opened, nil
}

// Save stores a connection's addresses and credentials, sealed. Unchanged ones are left as they are.
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
	if connection.NinjaoneSealed, err = p.seal(ninjaOnePlace(name), credentials{
		NinjaID: fresh.NinjaID, NinjaSecret: fresh.NinjaSecret, LegacyID: fresh.LegacyID, LegacySecret: fresh.LegacySecret,
	}); err != nil {
		return err
	}
	if connection.AcceloSealed, err = p.seal(acceloPlace(name), credentials{
		AcceloID: fresh.AcceloID, AcceloSecret: fresh.AcceloSecret,
	}); err != nil {
		return err
	}
	return p.options.Store.SaveCredentials(ctx, connection)
}

func (p *Provider) seal(place string, secrets credentials) ([]byte, error) {
	plain, err := json.Marshal(secrets)
	if err != nil {
		return nil, fmt.Errorf("encode credentials: %w", err)
	}
	return p.options.Box.Seal(plain, place)
}
