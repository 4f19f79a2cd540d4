package vendors_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/store"
)

// Nothing in the database tells a credential, and two connections of the same credentials do not look alike.
func TestCredentialsAreSealed(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.provider(1)
	o.save(p, "default", oauth())
	o.save(p, "second", oauth())
	o.save(p, "third", legacy())
	for _, name := range []string{"default", "second", "third"} {
		require.NotContains(t, string(o.row(name)), "hunter2")
	}
	first, err := o.store.Connection(t.Context(), "default")
	require.NoError(t, err)
	second, err := o.store.Connection(t.Context(), "second")
	require.NoError(t, err)
	require.NotEqual(t, first.AcceloSealed, second.AcceloSealed)
}

func TestSaveStoresWhereToGo(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.provider(1)
	for _, test := range []struct {
		name        string
		credentials config.VendorCredentials
		auth        string
	}{{"oauth", oauth(), "oauth"}, {"legacy", legacy(), "legacy"}} {
		o.save(p, test.name, test.credentials)
		stored := o.connection(p, test.name)
		require.Equal(t, test.name, stored.Name)
		require.Equal(t, test.auth, stored.NinjaoneAuth)
		require.Equal(t, "https://app.ninjarmm.com", stored.NinjaoneURL)
		require.Equal(t, "https://acme.api.accelo.com", stored.AcceloURL)
		require.Equal(t, "acme", stored.Deployment)
	}
}

// Every start saves the environment's credentials. Only a change makes the clients of all processes stale.
func TestSaveAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.provider(1)
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
		o.save(p, "default", credentials)
		stored, err := o.store.Connection(t.Context(), "default")
		require.NoError(t, err)
		require.Equal(t, test.version, stored.Version, test.name)
	}
}

// Another key than the one that sealed is told from everything else, with what to do about it.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.save(o.provider(1), "default", oauth())
	other := o.provider(2)
	_, err := other.Connection(t.Context(), "default")
	require.ErrorIs(t, err, secret.ErrKey)
	require.ErrorContains(t, err, "connection default: CREDENTIALS_KEY is not the key")
	require.ErrorContains(t, err, "set the former key, or enter the credentials again")
	require.NotContains(t, err.Error(), "hunter2")

	o.save(other, "default", oauth())
	o.connection(other, "default")
}

// What was sealed for one connection or vendor opens for no other.
func TestSealedCredentialsCannotBeMoved(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.provider(1)
	for _, name := range []string{"default", "second", "third"} {
		o.save(p, name, oauth())
	}
	o.exec(`UPDATE connections SET accelo_sealed = (SELECT accelo_sealed FROM connections WHERE name = 'default') WHERE name = 'second'`)
	o.exec(`UPDATE connections SET accelo_sealed = ninjaone_sealed WHERE name = 'third'`)
	for _, name := range []string{"second", "third"} {
		_, err := p.Connection(t.Context(), name)
		require.ErrorIs(t, err, secret.ErrKey, name)
	}
}

func TestUnknownConnection(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.provider(1)
	_, err := p.Connection(t.Context(), "nowhere")
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = p.WebhookSecrets(t.Context(), "nowhere")
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = p.MakeWebhookSecrets(t.Context(), "nowhere", false)
	require.ErrorIs(t, err, store.ErrNotFound)
}
