package tenant_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// signIns returns credentials of which both vendors are signed in to, with what users granted.
func signIns() (config.VendorCredentials, tenant.Grants) {
	keys, now := oauth(), time.Now()
	keys.NinjaOne.SignIn, keys.Accelo.SignIn = true, true
	token := &oauth2.Token{AccessToken: "access-hunter2", RefreshToken: "refresh-hunter2", Expiry: now.Add(time.Hour)}
	return keys, tenant.Grants{NinjaOne: tenant.NewGrant(token, "admin", now), Accelo: tenant.NewGrant(token, "admin", now)}
}

// fill stores a secret in every place that holds any.
func (f *fixture) fill(p *tenant.Provider) {
	f.t.Helper()
	ctx := f.t.Context()
	keys, grants := signIns()
	for _, name := range []string{"default", "former"} {
		require.NoError(f.t, p.Create(ctx, name, keys, grants, nil))
		require.NoError(f.t, f.store.SaveSettings(ctx, name, store.Settings{PublicURL: "https://hooks.example.com"}, true, nil))
		_, err := p.EnsureWebhookSecrets(ctx, name, false)
		require.NoError(f.t, err)
	}
	require.NoError(f.t, f.store.RetireConnection(ctx, "former"))
	sealed, err := p.SealDraft(ctx, "p-1", tenant.Draft{Vendors: keys, Grants: grants})
	require.NoError(f.t, err)
	require.NoError(f.t, f.store.CreatePending(ctx, store.PendingConnection{
		ID: "p-1", BegunAt: store.BegunAtNinjaOne, Sealed: sealed, CreatedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour),
	}))
}

// requireOpen requires that a process opens everything that fill has stored.
func (f *fixture) requireOpen(p *tenant.Provider) {
	f.t.Helper()
	ctx := f.t.Context()
	known, err := p.Known(ctx, "default")
	require.NoError(f.t, err)
	require.Equal(f.t, "ninja-secret-hunter2", known.NinjaOne.ClientSecret.Reveal())
	secrets, err := p.WebhookSecrets(ctx, "default")
	require.NoError(f.t, err)
	require.Len(f.t, secrets.NinjaOne, 1)
	former, err := p.FormerDeployments(ctx, "former")
	require.NoError(f.t, err)
	require.Len(f.t, former, 1)
	require.NoError(f.t, former[0].Unopened)
	pending, err := f.store.Pending(ctx, "p-1", time.Now())
	require.NoError(f.t, err)
	draft, err := p.OpenDraft("p-1", pending.Sealed)
	require.NoError(f.t, err)
	require.Equal(f.t, "refresh-hunter2", draft.Grants.Accelo.RefreshToken)
	rotation, err := p.RotateKey(ctx)
	require.NoError(f.t, err)
	require.Empty(f.t, rotation.Unopened)
}

func (f *fixture) rotate(p *tenant.Provider) tenant.KeyRotation {
	f.t.Helper()
	rotation, err := p.RotateKey(f.t.Context())
	require.NoError(f.t, err)
	return rotation
}

// A rotation re-encrypts every stored secret under the newest key, in whatever column it is. A second one does nothing.
func TestRotateKey(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.fill(f.provider(1))
	stored, err := f.store.SealedSecrets(t.Context())
	require.NoError(t, err)
	places := map[store.SealedPlace]bool{}
	for _, sealed := range stored {
		places[sealed.Place] = true
	}
	require.Len(t, places, 9, "the test stores a secret in every place")

	both := f.provider(2, 1)
	running := f.connection(f.provider(1, 2), "default")
	require.Equal(t, tenant.KeyRotation{Secrets: len(stored), SealedAnew: len(stored), Unopened: []tenant.UnopenedSecret{}}, f.rotate(both))
	f.requireOpen(f.provider(2))
	f.requireOpen(f.provider(2, 1))
	require.NotEqual(t, running.Version, f.connection(f.provider(1, 2), "default").Version, "nobody stores again what was read before")
	before := f.row("default")
	require.Equal(t, tenant.KeyRotation{Secrets: len(stored), Unopened: []tenant.UnopenedSecret{}}, f.rotate(f.provider(2)))
	require.Equal(t, before, f.row("default"))
	_, err = f.provider(1).Known(t.Context(), "default")
	require.ErrorIs(t, err, secret.ErrKey)
}

// What no key opens stays as it is, and is named.
func TestRotateKeyNamesWhatStaysClosed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.save(f.provider(1), "default", oauth())
	f.save(f.lostKey(3), "other", oauth())
	before := f.row("other")
	rotation := f.rotate(f.provider(2, 1))
	require.Equal(t, 4, rotation.Secrets)
	require.Equal(t, 2, rotation.SealedAnew)
	var closed []string
	for _, one := range rotation.Unopened {
		closed = append(closed, one.Connection+": "+one.What)
		require.NotContains(t, one.Reason, "hunter2")
	}
	require.ElementsMatch(t, []string{"other: credentials of NinjaOne", "other: credentials of Accelo"}, closed)
	require.Equal(t, before, f.row("other"))
	f.connection(f.provider(3), "other")
}

// A sign-in that another program renews while the rotation waits for it keeps its new tokens, which are re-encrypted as well.
func TestRotateKeyKeepsWhatIsRenewedMeanwhile(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	old, ctx := f.provider(1, 2), t.Context()
	f.fill(old)
	direct, err := pgx.Connect(ctx, f.url)
	require.NoError(t, err)
	defer func() { _ = direct.Close(context.WithoutCancel(ctx)) }()
	renewal, err := direct.Begin(ctx)
	require.NoError(t, err)
	_, err = renewal.Exec(ctx, `SELECT FROM grants WHERE connection = 'default' AND vendor = 'accelo' FOR UPDATE`)
	require.NoError(t, err)
	var rotation errgroup.Group
	rotation.Go(func() error { _, err := f.provider(2, 1).RotateKey(ctx); return err })
	f.awaitLock()
	fresh := f.sealedGrant(1, "renewed-hunter2")
	_, err = renewal.Exec(ctx, `UPDATE grants SET sealed = $1, generation = generation + 1 WHERE connection = 'default' AND vendor = 'accelo'`, fresh)
	require.NoError(t, err)
	require.NoError(t, renewal.Commit(ctx))
	require.NoError(t, rotation.Wait())

	stored, err := f.store.Grant(ctx, "default", store.Accelo)
	require.NoError(t, err)
	plain, err := f.box(2).Open(stored.Sealed, "default/accelo/grant")
	require.NoError(t, err)
	require.Contains(t, string(plain), "renewed-hunter2")
}

// sealedGrant returns tokens as a process with a key stores them for the connection `default` at Accelo.
func (f *fixture) sealedGrant(key byte, refresh string) []byte {
	f.t.Helper()
	sealed, err := f.box(key).Seal([]byte(`{"access":"a","refresh":"`+refresh+`"}`), "default/accelo/grant")
	require.NoError(f.t, err)
	return sealed
}

// awaitLock waits until a statement on the fixture's database waits for a lock.
func (f *fixture) awaitLock() {
	f.t.Helper()
	direct, err := pgx.Connect(f.t.Context(), f.url)
	require.NoError(f.t, err)
	defer func() { _ = direct.Close(context.WithoutCancel(f.t.Context())) }()
	require.Eventually(f.t, func() bool {
		var waiting int
		err := direct.QueryRow(f.t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).
			Scan(&waiting)
		return err == nil && waiting > 0
	}, 30*time.Second, 10*time.Millisecond)
}

// A key that opens nothing of what is stored seals nothing either, whatever a program is asked to store.
func TestWrongKeySealsNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.fill(f.provider(1))
	before, err := f.store.SealedSecrets(t.Context())
	require.NoError(t, err)
	wrong, ctx := f.provider(2), t.Context()
	keys, grants := signIns()

	locked, err := wrong.CheckKeys(ctx)
	var wrongKey *tenant.WrongKeyError
	require.ErrorAs(t, err, &wrongKey)
	require.Equal(t, []string{"default"}, locked)
	require.ErrorContains(t, err, "CREDENTIALS_KEY opens nothing of what is stored in this database (default)")
	require.ErrorContains(t, err, "`starter connect --lost-key`")
	require.ErrorIs(t, wrong.Create(ctx, "third", keys, grants, nil), secret.ErrKey)
	require.ErrorIs(t, wrong.Save(ctx, "third", oauth()), secret.ErrKey)
	require.ErrorIs(t, wrong.Save(ctx, "default", oauth()), secret.ErrKey)
	_, err = wrong.SealDraft(ctx, "p-2", tenant.Draft{Vendors: keys})
	require.ErrorIs(t, err, secret.ErrKey)
	proposal, err := wrong.Proposed(ctx, "default")
	require.NoError(t, err)
	require.ErrorIs(t, wrong.Adopt(ctx, proposal, store.Identity{}), secret.ErrKey)
	_, err = wrong.Move(ctx, proposal, store.Identity{})
	require.ErrorIs(t, err, secret.ErrKey)
	after, err := f.store.SealedSecrets(ctx)
	require.NoError(t, err)
	require.Equal(t, before, after)

	require.NoError(t, f.store.RetireConnection(ctx, "default"))
	_, err = wrong.CheckKeys(ctx)
	require.ErrorAs(t, err, &wrongKey, "what is left waits for the former key")
}

// A program whose key opens some connections names the others.
func TestCheckKeysNamesLockedConnections(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	locked, err := f.provider(1).CheckKeys(t.Context())
	require.NoError(t, err)
	require.Empty(t, locked)
	f.save(f.provider(1), "default", oauth())
	f.save(f.lostKey(2), "other", oauth())
	for _, test := range []struct {
		provider *tenant.Provider
		want     []string
	}{{f.provider(1), []string{"other"}}, {f.provider(2), []string{"default"}}, {f.provider(2, 1), nil}, {f.provider(3, 2, 1), nil}} {
		locked, err := test.provider.CheckKeys(t.Context())
		require.NoError(t, err)
		require.Equal(t, test.want, locked)
	}
}
