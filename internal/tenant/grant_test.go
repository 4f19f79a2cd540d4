package tenant_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// signInVendor is a vendor whose refresh tokens work once. It takes the access token of the last refresh only.
type signInVendor struct {
	*httptest.Server
	mu        sync.Mutex
	number    int
	refreshed int
	dead      bool
	down      bool
	rejects   bool
	// during runs while a refresh is answered, after the former token has been spent.
	during func()
	// hangs keeps refreshes from being answered until it is closed.
	hangs chan struct{}
}

func newSignInVendor(t *testing.T) *signInVendor {
	t.Helper()
	v := &signInVendor{number: 1}
	v.Server = httptest.NewServer(v)
	t.Cleanup(v.Close)
	return v
}

func (v *signInVendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/ws/oauth/token", "/oauth2/v0/token":
		v.token(w, r)
	default:
		v.mu.Lock()
		accepted := r.Header.Get("Authorization") == fmt.Sprintf("Bearer access-%d", v.number) && !v.rejects
		v.mu.Unlock()
		if !accepted {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprint(w, `{"error":"invalid_token"}`)
			return
		}
		_, _ = fmt.Fprint(w, `[]`)
	}
}

func (v *signInVendor) token(w http.ResponseWriter, r *http.Request) {
	if v.hangs != nil {
		<-v.hangs
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.refreshed++
	if v.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if v.dead || r.PostFormValue("refresh_token") != fmt.Sprintf("refresh-%d", v.number) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"error":"invalid_token"}`)
		return
	}
	v.number++
	if v.during != nil {
		v.during()
	}
	_, _ = fmt.Fprintf(w, `{"access_token":"access-%d","refresh_token":"refresh-%[1]d","expires_in":3600,"token_type":"Bearer"}`, v.number)
}

func (v *signInVendor) refreshes() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.refreshed
}

// grantFixture is a connection that a user signed in to NinjaOne for, and the clock of all processes.
type grantFixture struct {
	*fixture
	vendor *signInVendor
	clock  time.Time
	keys   config.VendorCredentials
}

func newGrantFixture(t *testing.T) *grantFixture {
	t.Helper()
	f := &grantFixture{fixture: newFixture(t), vendor: newSignInVendor(t), clock: time.Now(), keys: oauth()}
	f.keys.NinjaOne.URL, f.keys.NinjaOne.SignIn = f.vendor.URL, true
	grants := tenant.Grants{NinjaOne: tenant.NewGrant(&oauth2.Token{
		AccessToken: "access-1", RefreshToken: "refresh-1", Expiry: time.Now().Add(time.Hour),
	}, "admin token", f.clock)}
	require.NoError(t, f.process(nil).Create(t.Context(), "default", f.keys, grants, nil))
	return f
}

// process returns the provider of a new process, with the fixture's database or one of its own.
func (f *grantFixture) process(database *store.Store) *tenant.Provider {
	f.t.Helper()
	if database == nil {
		database = f.store
	}
	box, err := secret.New(bytes.Repeat([]byte{1}, secret.KeySize))
	require.NoError(f.t, err)
	return tenant.NewProvider(tenant.Options{
		Store: database, Box: box, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return f.clock },
	})
}

// pool returns the store of another process.
func (f *grantFixture) pool() *store.Store {
	f.t.Helper()
	database, err := store.Open(f.t.Context(), f.url, store.Options{}, slog.New(slog.DiscardHandler))
	require.NoError(f.t, err)
	f.t.Cleanup(database.Close)
	return database
}

func (f *grantFixture) call(p *tenant.Provider) error {
	f.t.Helper()
	return f.connection(p, "default").NinjaOne.CheckCredentials(f.t.Context())
}

func (f *grantFixture) state() status.State {
	f.t.Helper()
	report, err := status.Read(f.t.Context(), f.store, "default")
	require.NoError(f.t, err)
	return report.Connections[0].State()
}

// Tokens are sealed, used until two thirds of their life have passed, and then renewed.
func TestGrantIsRenewedEarly(t *testing.T) {
	t.Parallel()
	f := newGrantFixture(t)
	p := f.process(nil)
	require.NoError(t, f.call(p))
	stored, err := f.store.Grant(t.Context(), "default", store.NinjaOne)
	require.NoError(t, err)
	require.NotContains(t, string(stored.Sealed), "refresh-1")
	require.Equal(t, "admin token", stored.AuthorizedBy)
	require.Equal(t, "sign-in", f.connection(p, "default").NinjaoneAuth)

	f.clock = f.clock.Add(39 * time.Minute)
	require.NoError(t, f.call(p))
	require.Zero(t, f.vendor.refreshes())
	f.clock = f.clock.Add(2 * time.Minute)
	require.NoError(t, f.call(p))
	require.Equal(t, 1, f.vendor.refreshes())
	require.NoError(t, f.call(f.process(nil)))
	require.Equal(t, 1, f.vendor.refreshes(), "a process that starts later uses the stored tokens")
	renewed, err := f.store.Grant(t.Context(), "default", store.NinjaOne)
	require.NoError(t, err)
	require.WithinDuration(t, stored.AuthorizedAt, renewed.AuthorizedAt, 0, "nobody has signed in again")
}

// However many processes need tokens at once, the refresh token is used once.
func TestProcessesRaceForOneRefresh(t *testing.T) {
	t.Parallel()
	f := newGrantFixture(t)
	f.clock = f.clock.Add(2 * time.Hour)
	var group errgroup.Group
	for range 4 {
		p := f.process(f.pool())
		for range 4 {
			group.Go(func() error { return f.call(p) })
		}
	}
	require.NoError(t, group.Wait())
	require.Equal(t, 1, f.vendor.refreshes())
}

// A process that need not hurry does not wait for one that is renewing.
func TestRenewalDoesNotHoldUp(t *testing.T) {
	t.Parallel()
	f := newGrantFixture(t)
	other, err := pgx.Connect(t.Context(), f.url)
	require.NoError(t, err)
	defer func() { _ = other.Close(context.WithoutCancel(t.Context())) }()
	transaction, err := other.Begin(t.Context())
	require.NoError(t, err)
	_, err = transaction.Exec(t.Context(), `SELECT FROM grants FOR UPDATE`)
	require.NoError(t, err)

	f.clock = f.clock.Add(50 * time.Minute)
	require.NoError(t, f.call(f.process(nil)))
	require.Zero(t, f.vendor.refreshes())
}

// A token endpoint that doesn't answer holds up no call as long as the former token works.
func TestHangingRenewalDoesNotHoldUp(t *testing.T) {
	t.Parallel()
	f := newGrantFixture(t)
	f.vendor.hangs = make(chan struct{})
	t.Cleanup(func() { close(f.vendor.hangs) }) // before the server is closed
	f.clock = f.clock.Add(50 * time.Minute)
	require.NoError(t, f.call(f.process(nil)))
	require.Zero(t, f.vendor.refreshes())
}

// A refresh token that the vendor refuses is final: the vendor is not asked again by any process, the connection says so, and another sign-in
// ends it.
func TestDeadGrant(t *testing.T) {
	t.Parallel()
	f := newGrantFixture(t)
	require.NoError(t, f.store.SaveSettings(t.Context(), "default", store.Settings{Connected: true}, true, nil))
	require.Equal(t, status.Connected, f.state())
	f.vendor.dead = true
	f.clock = f.clock.Add(2 * time.Hour)
	p := f.process(nil)
	for _, process := range []*tenant.Provider{p, p, f.process(f.pool())} {
		err := f.call(process)
		var ended *tenant.EndedGrantError
		require.ErrorAs(t, err, &ended)
		require.ErrorContains(t, err, "press Reconnect")
		require.Equal(t, tenant.ReconnectRequired, tenant.Classify(err, time.Now()).Kind)
	}
	require.Equal(t, 1, f.vendor.refreshes())
	require.Equal(t, status.ReconnectRequired, f.state())

	f.vendor.dead, f.vendor.number = false, 7
	p.Offer("default", f.keys, tenant.Grants{NinjaOne: tenant.NewGrant(&oauth2.Token{
		AccessToken: "access-7", RefreshToken: "refresh-7", Expiry: time.Now().Add(time.Hour),
	}, "admin token", f.clock)})
	proposal, err := p.Proposed(t.Context(), "default")
	require.NoError(t, err)
	require.NoError(t, proposal.NinjaOne.CheckCredentials(t.Context()), "a proposal uses its own tokens")
	require.NoError(t, p.Adopt(t.Context(), proposal, store.Identity{}))
	require.NoError(t, f.call(p))
	require.Equal(t, 1, f.vendor.refreshes())
	require.Equal(t, status.Connected, f.state())
}

// An outage of the vendor is no end of the grant, and the token that still works is used meanwhile.
func TestRenewalDuringAnOutage(t *testing.T) {
	t.Parallel()
	f := newGrantFixture(t)
	f.vendor.down = true
	f.clock = f.clock.Add(50 * time.Minute)
	p := f.process(nil)
	require.NoError(t, f.call(p))
	require.NoError(t, f.call(p))
	require.Equal(t, 1, f.vendor.refreshes(), "the next attempt waits")
	f.clock = f.clock.Add(time.Hour)
	err := f.call(p)
	require.Equal(t, tenant.Unavailable, tenant.Classify(err, time.Now()).Kind, "%v", err)
	f.vendor.mu.Lock()
	f.vendor.down = false
	f.vendor.mu.Unlock()
	f.clock = f.clock.Add(time.Minute)
	require.NoError(t, f.call(p))
	require.Equal(t, 3, f.vendor.refreshes())
}

// If the database is lost between the vendor's reply and the commit, the process that has the tokens stores them as soon as it can. It does not use
// them before, and it wins over a process that tried the spent token meanwhile.
func TestDatabaseLostAfterTheReply(t *testing.T) {
	t.Parallel()
	f := newGrantFixture(t)
	f.clock = f.clock.Add(2 * time.Hour)
	f.vendor.during = func() {
		f.exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`)
	}
	p := f.process(nil)
	require.Error(t, f.call(p))
	f.vendor.mu.Lock()
	f.vendor.during = nil
	f.vendor.mu.Unlock()

	var ended *tenant.EndedGrantError
	require.ErrorAs(t, f.call(f.process(f.pool())), &ended, "another process can't know that the token was spent")
	require.Equal(t, status.ReconnectRequired, f.state())
	require.NoError(t, f.call(p))
	require.NoError(t, f.call(f.process(f.pool())))
	require.NotEqual(t, status.ReconnectRequired, f.state())
	require.Equal(t, 2, f.vendor.refreshes())
}

// A process that crashes between the vendor's reply and the commit loses the tokens. That is said once, and the vendor is left alone.
func TestCrashAfterTheReply(t *testing.T) {
	t.Parallel()
	f := newGrantFixture(t)
	f.clock = f.clock.Add(2 * time.Hour)
	f.vendor.number = 2 // as after a refresh whose reply nobody stored
	for range 3 {
		var ended *tenant.EndedGrantError
		require.ErrorAs(t, f.call(f.process(nil)), &ended)
	}
	require.Equal(t, 1, f.vendor.refreshes())
}

// A vendor that rejects an access token gets one refresh, and no more if it rejects the next token too.
func TestRejectedToken(t *testing.T) {
	t.Parallel()
	f := newGrantFixture(t)
	f.vendor.rejects = true
	f.clock = f.clock.Add(10 * time.Minute)
	p := f.process(nil)
	for range 3 {
		require.Equal(t, tenant.WrongCredential, tenant.Classify(f.call(p), time.Now()).Kind)
	}
	require.Equal(t, 1, f.vendor.refreshes())
	f.vendor.mu.Lock()
	f.vendor.rejects = false
	f.vendor.mu.Unlock()
	require.NoError(t, f.call(p))
}

// A sign-in that is stored again, because what followed it failed, doesn't replace the tokens that were renewed since: its refresh token is spent.
func TestSameSignInIsStoredAgain(t *testing.T) {
	t.Parallel()
	f := newGrantFixture(t)
	p := f.process(nil)
	signedIn := tenant.NewGrant(&oauth2.Token{AccessToken: "access-1", RefreshToken: "refresh-1", Expiry: time.Now().Add(time.Hour)}, "someone",
		f.clock.Add(time.Second))
	again := func() {
		t.Helper()
		p.Offer("default", f.keys, tenant.Grants{NinjaOne: signedIn})
		proposal, err := p.Proposed(t.Context(), "default")
		require.NoError(t, err)
		require.NoError(t, p.Adopt(t.Context(), proposal, store.Identity{}))
	}
	again()
	f.clock = f.clock.Add(41 * time.Minute)
	require.NoError(t, f.call(p))
	require.Equal(t, 1, f.vendor.refreshes())
	again()
	f.clock = f.clock.Add(41 * time.Minute)
	require.NoError(t, f.call(p), "it is renewed with the token of the last renewal")
	require.Equal(t, 2, f.vendor.refreshes())
}

// Credentials of an application that acts for itself end the sign-in.
func TestGrantGoesWithTheSignIn(t *testing.T) {
	t.Parallel()
	f := newGrantFixture(t)
	p := f.process(nil)
	f.keys.NinjaOne.SignIn = false
	f.save(p, "default", f.keys)
	_, err := f.store.Grant(t.Context(), "default", store.NinjaOne)
	require.ErrorIs(t, err, store.ErrNotFound)
}

// The accounts that a connection leaves get the tokens that our webhooks there are removed with; a grant that goes on goes along.
func TestGrantOfAFormerDeployment(t *testing.T) {
	t.Parallel()
	f := newGrantFixture(t)
	p := f.process(nil)
	require.NoError(t, f.store.SaveSettings(t.Context(), "default", store.Settings{PublicURL: "https://hooks.example.com"}, true, nil))
	f.keys.Accelo.URL, f.keys.Accelo.ClientID = "https://other.api.accelo.com", "another"
	p.Offer("default", f.keys, tenant.Grants{})
	proposal, err := p.Proposed(t.Context(), "default")
	require.NoError(t, err)
	_, err = p.Move(t.Context(), proposal, store.Identity{})
	require.NoError(t, err)
	require.NoError(t, f.call(p), "the sign-in to NinjaOne is the same")

	require.NoError(t, f.store.RetireConnection(t.Context(), "default"))
	former, err := f.store.FormerDeployments(t.Context(), "default")
	require.NoError(t, err)
	require.NotNil(t, former[0].NinjaoneGrant)
	require.Nil(t, former[0].AcceloGrant)
}
