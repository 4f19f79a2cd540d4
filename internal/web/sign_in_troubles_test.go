package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// What would strand a user at a vendor is said beside the field before they are sent away.
func TestProbesBeforeSignIn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(s *signIns, form url.Values)
		want   string
	}{
		"another region": {func(_ *signIns, form url.Values) { form.Set("client_id", "unknown") }, "does not know the client ID"},
		"another redirect": {func(s *signIns, _ url.Values) {
			require.NoError(s.t, s.msp.UpdateApp(ninjaone.DefaultWebClientID, func(app *ninjaone.App) { app.RedirectURIs = []string{"https://x.example"} }))
		}, "does not know our redirect URI: add exactly"},
		"NinjaOne is away": {func(_ *signIns, form url.Values) { form.Set("region", "http://127.0.0.1:1") }, "Cannot reach NinjaOne"},
		"Accelo is away":   {func(_ *signIns, form url.Values) { form.Set("deployment", "http://127.0.0.1:1") }, "Cannot reach Accelo"},
		"an unknown app":   {func(_ *signIns, form url.Values) { form.Set("accelo_client_id", "unknown") }, "does not know the client ID of the web application"},
		"no app":           {func(_ *signIns, form url.Values) { form.Del("client_id"); form.Del("client_secret") }, "Enter the client ID and secret of a NinjaOne application"},
		"a hostile name":   {func(_ *signIns, form url.Values) { form.Set("name", "<b>{{.}}") }, "Name is not usable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSignIns(t, false)
			form := s.newForm()
			test.change(s, form)
			s.submit("/integrations/new", form)
			require.Equal(t, http.StatusUnprocessableEntity, s.code, s.body)
			require.Contains(t, s.body, test.want)
			require.NotContains(t, s.body, webSecret)
			s.nothingStored()
			require.Empty(t, s.pendings())
		})
	}
}

// A user who denies, comes back late, or without rights is told so, nothing is stored, and the next attempt succeeds.
func TestSignInTroubles(t *testing.T) {
	t.Parallel()
	s := newSignIns(t, true)
	s.submit("/integrations/new", s.newForm())
	link := "/connect/pending/" + s.pendings()[0].ID
	s.submit("", url.Values{"email": {ninjaone.AdministratorEmail}, "password": {ninjaone.DefaultPassword}, "action": {"sign-in"}})
	s.submit("", url.Values{"action": {"deny"}})
	require.Equal(t, link, s.at.Path)
	require.Contains(t, s.body, "Access was not granted at NinjaOne")
	s.nothingStored()

	require.NoError(t, s.msp.Lab.Faults.Set(lab.Fault{Kind: "code-expired", Count: 1}))
	s.open(link + "/go")
	s.grantNinjaOne(ninjaone.AdministratorEmail)
	require.Contains(t, s.body, "does not accept the code you came back with")

	s.open(link + "/go")
	s.grantNinjaOne(ninjaone.AdministratorEmail)
	s.logInToAccelo()
	s.submit("", url.Values{"action": {"deny"}})
	require.Contains(t, s.body, "Access was not granted at Accelo")
	s.nothingStored()
	s.open(link + "/go")
	s.grantAccelo()
	require.Equal(t, "/integrations/Acme", s.at.Path, s.body)
}

// A technician's sign-in connects, and says that a system administrator is needed for the webhook.
func TestSignInWithoutRights(t *testing.T) {
	t.Parallel()
	s := newSignIns(t, true)
	s.submit("/integrations/new", s.newForm())
	s.grantNinjaOne(ninjaone.TechnicianEmail)
	s.grantAccelo()
	require.Contains(t, s.body, "A system administrator has to sign in")
}

// The name was free when the user was sent away and is not any more: the user names it otherwise, and need not sign in again.
func TestNameTakenMeanwhile(t *testing.T) {
	t.Parallel()
	s := newSignIns(t, true)
	s.submit("/integrations/new", s.newForm())
	s.grantNinjaOne(ninjaone.AdministratorEmail)
	require.NoError(t, s.tenants.Create(t.Context(), "Acme", config.VendorCredentials{}, tenant.Grants{}, nil))
	s.grantAccelo()
	require.Contains(t, s.body, "is taken: choose another one")
	s.submit(s.at.Path, url.Values{"name": {"Acme 2"}})
	require.Equal(t, "/integrations/Acme%202", s.at.EscapedPath(), s.body)
}

// Only the session that was sent away, with a state that is known, fresh and unused, gets anything from a callback.
func TestCallbackIsBound(t *testing.T) {
	t.Parallel()
	s := newSignIns(t, true)
	s.submit("/integrations/new", s.newForm())
	var callbacks []string
	s.user.CheckRedirect = func(request *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(request.URL.Path, "/callback") {
			callbacks = append(callbacks, request.URL.String())
			return http.ErrUseLastResponse
		}
		return nil
	}
	s.grantNinjaOne(ninjaone.AdministratorEmail)
	require.Len(t, callbacks, 1)
	back := callbacks[0]
	owner := s.user
	owner.CheckRedirect = nil

	s.user = s.newUser()
	s.open(back)
	require.Equal(t, http.StatusBadRequest, s.code)
	require.Contains(t, s.body, "begun in another session")
	s.user = owner
	s.open(s.page.URL + "/connect/ninjaone/callback?code=x&state=forged")
	require.Contains(t, s.body, "We know nothing of this sign-in")
	s.open(s.page.URL + "/connect/ninjaone/callback")
	require.Equal(t, http.StatusBadRequest, s.code)
	s.open(s.page.URL + "/connect/accelo/callback?error=access_denied&error_description=%3Cscript%3E")
	require.Contains(t, s.body, "Access was not granted at Accelo")

	s.open(back)
	require.Contains(t, s.body, "Log in to Accelo", "the state is not spent by what others tried")
	s.open(back)
	require.Equal(t, http.StatusBadRequest, s.code)
	require.Contains(t, s.body, "was completed before")
	s.nothingStored()
}

// A state ends after ten minutes. After two, the page of the pending connection says what probably happened.
func TestNoCallback(t *testing.T) {
	t.Parallel()
	s := newSignIns(t, true)
	s.submit("/integrations/new", s.newForm())
	vendor, link := s.at.String(), "/connect/pending/"+s.pendings()[0].ID
	s.open(link)
	require.Contains(t, s.body, "have not come back yet")
	require.NotContains(t, s.body, "what probably happened")
	s.clock = s.clock.Add(2 * time.Minute)
	s.open(link)
	require.Contains(t, s.body, "what probably happened")
	require.Contains(t, s.body, "Invalid redirect_uri")
	s.clock = s.clock.Add(9 * time.Minute)
	s.open(vendor)
	s.grantNinjaOne(ninjaone.AdministratorEmail)
	require.Contains(t, s.body, "took more than ten minutes")
}

// Nobody who is not logged in gets anywhere, and comes back to where they were.
func TestSignInNeedsASession(t *testing.T) {
	t.Parallel()
	s := newSignIns(t, true)
	s.user = &http.Client{Jar: newJar(t)}
	s.open("/connect/ninjaone")
	require.Equal(t, "/login", s.at.Path)
	s.submit("/login", url.Values{"token": {adminToken}, "next": {"/connect/ninjaone"}})
	require.Contains(t, s.body, "<h1>Sign in to NinjaOne</h1>")
}

// A connection whose sign-in has ended says so, and goes on where it stopped after another one.
func TestReconnect(t *testing.T) {
	t.Parallel()
	s := newSignIns(t, true)
	s.submit("/integrations/new", s.newForm())
	s.grantNinjaOne(ninjaone.AdministratorEmail)
	s.grantAccelo()
	before, err := s.store.CurrentPair(t.Context(), "Acme")
	require.NoError(t, err)
	require.NotContains(t, s.body, "Reconnect</button>")
	_, err = s.store.RenewGrant(t.Context(), "Acme", store.NinjaOne, true, func(grant store.Grant) (store.Grant, error) {
		now := time.Now()
		grant.EndedAt, grant.Reason, grant.Generation = &now, "the refresh token was refused", grant.Generation+1
		return grant, nil
	})
	require.NoError(t, err)
	s.open("/integrations")
	require.Contains(t, s.body, "Reconnect required")
	s.open("/integrations/Acme")
	require.Contains(t, s.body, "NinjaOne ended the sign-in of this connection")
	s.submit("/integrations/Acme/reconnect", nil)
	s.grantNinjaOne(ninjaone.AdministratorEmail)
	require.Equal(t, "/integrations/Acme", s.at.Path, s.body)
	require.Contains(t, s.body, "Connected again.")
	require.NotContains(t, s.body, "Reconnect required")
	after, err := s.store.CurrentPair(t.Context(), "Acme")
	require.NoError(t, err)
	require.Equal(t, before, after)
}

// A sign-in at NinjaOne that gets old is warned of before it ends.
func TestOldSignIn(t *testing.T) {
	t.Parallel()
	s := newSignIns(t, true)
	s.submit("/integrations/new", s.newForm())
	s.grantNinjaOne(ninjaone.AdministratorEmail)
	s.grantAccelo()
	require.NotContains(t, s.body, "Sign in again</button>")
	direct, err := pgx.Connect(t.Context(), s.database)
	require.NoError(t, err)
	defer func() { require.NoError(t, direct.Close(context.WithoutCancel(t.Context()))) }()
	_, err = direct.Exec(t.Context(), `UPDATE grants SET authorized_at = now() - interval '20 days'`)
	require.NoError(t, err)
	s.open("/integrations/Acme")
	require.Contains(t, s.body, "The sign-in to NinjaOne is 20 days old")
	s.submit("/integrations/Acme/reconnect", nil)
	s.grantNinjaOne(ninjaone.AdministratorEmail)
	require.NotContains(t, s.body, "20 days ago")
}
