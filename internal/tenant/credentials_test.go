package tenant_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/store"
)

// The database never shows a credential, and sealing the same credentials twice gives different bytes.
func TestCredentialsAreSealed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	p := f.provider(1)
	f.save(p, "default", oauth())
	f.save(p, "second", oauth())
	f.save(p, "third", legacy())
	for _, name := range []string{"default", "second", "third"} {
		require.NotContains(t, string(f.row(name)), "hunter2")
	}
	first, err := f.store.Connection(t.Context(), "default")
	require.NoError(t, err)
	second, err := f.store.Connection(t.Context(), "second")
	require.NoError(t, err)
	require.NotEqual(t, first.AcceloSealed, second.AcceloSealed)
}

func TestSaveStoresAddresses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	p := f.provider(1)
	for _, test := range []struct {
		name        string
		credentials config.VendorCredentials
		auth        string
	}{{"oauth", oauth(), "oauth"}, {"legacy", legacy(), "legacy"}} {
		f.save(p, test.name, test.credentials)
		stored := f.connection(p, test.name)
		require.Equal(t, test.name, stored.Name)
		require.Equal(t, test.auth, stored.NinjaoneAuth)
		require.Equal(t, "https://app.ninjarmm.com", stored.NinjaoneURL)
		require.Equal(t, "https://acme.api.accelo.com", stored.AcceloURL)
		require.Equal(t, "acme", stored.Deployment)
	}
}

// Every start saves the environment's credentials. Only a change raises the version, which makes all processes build new clients.
func TestSaveRaisesVersionOnChange(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	p := f.provider(1)
	for _, test := range []struct {
		name    string
		change  func(*config.VendorCredentials)
		version int64
	}{
		{"at first", func(*config.VendorCredentials) {}, 1},
		{"unchanged", func(*config.VendorCredentials) {}, 1},
		{"NinjaOne's secret", func(c *config.VendorCredentials) { c.NinjaOne.ClientSecret = "new" }, 2},
		{"unchanged since", func(c *config.VendorCredentials) { c.NinjaOne.ClientSecret = "new" }, 2},
		{"Accelo's secret", func(c *config.VendorCredentials) { c.Accelo.ClientSecret = "new" }, 3},
		{"NinjaOne's region", func(c *config.VendorCredentials) { c.NinjaOne.URL = "https://eu.ninjarmm.com" }, 4},
		{"Accelo's deployment", func(c *config.VendorCredentials) { c.Accelo.URL = "https://apex.api.accelo.com" }, 5},
		{"the legacy keys", func(c *config.VendorCredentials) { *c = legacy() }, 6},
	} {
		credentials := oauth()
		test.change(&credentials)
		f.save(p, "default", credentials)
		stored, err := f.store.Connection(t.Context(), "default")
		require.NoError(t, err)
		require.Equal(t, test.version, stored.Version, test.name)
	}
}

// A wrong CREDENTIALS_KEY is recognized, and the error says what to do about it.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.save(f.provider(1), "default", oauth())
	other := f.provider(2)
	_, err := other.Connection(t.Context(), "default")
	require.ErrorIs(t, err, secret.ErrKey)
	require.ErrorContains(t, err, "connection default: CREDENTIALS_KEY is not the key")
	require.ErrorContains(t, err, "set the key that they were stored with, or, if that key is lost, enter the credentials again with "+
		"`starter connect --lost-key`")
	require.NotContains(t, err.Error(), "hunter2")
}

// Credentials sealed for one connection or vendor can't be opened for another.
func TestSealedCredentialsCannotBeMoved(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	p := f.provider(1)
	for _, name := range []string{"default", "second", "third"} {
		f.save(p, name, oauth())
	}
	f.exec(`UPDATE connections SET accelo_sealed = (SELECT accelo_sealed FROM connections WHERE name = 'default') WHERE name = 'second'`)
	f.exec(`UPDATE connections SET accelo_sealed = ninjaone_sealed WHERE name = 'third'`)
	for _, name := range []string{"second", "third"} {
		_, err := p.Connection(t.Context(), name)
		require.ErrorIs(t, err, secret.ErrKey, name)
	}
}

func TestUnknownConnection(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	p := f.provider(1)
	_, err := p.Connection(t.Context(), "nowhere")
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = p.WebhookSecrets(t.Context(), "nowhere")
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = p.EnsureWebhookSecrets(t.Context(), "nowhere", false)
	require.ErrorIs(t, err, store.ErrNotFound)
}
