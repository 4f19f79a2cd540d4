package web_test

import (
	"bytes"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
	"ninjaone-accelo/internal/web"
)

const webSecret = "demo-web-secret"

// signIns is a page whose users sign in at simulated vendors, and a user with a browser.
type signIns struct {
	*fixture
	page, ninja, acme *httptest.Server
	msp               *ninjaone.Simulator
	deployment        *accelo.Simulator
	tenants           *tenant.Provider
	user              *http.Client
	// at is the page that the user sees.
	at   *url.URL
	body string
	code int
}

// newSignIns starts everything. An installation of its own has applications at both vendors.
func newSignIns(t *testing.T, own bool) *signIns {
	t.Helper()
	s := &signIns{fixture: newFixture(t)}
	s.page = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }))
	t.Cleanup(s.page.Close)
	s.msp = ninjaone.New(ninjaone.Options{
		Organizations: 1, Devices: 1, RedirectURIs: []string{s.page.URL + "/connect/ninjaone/callback"},
	})
	s.deployment = accelo.New(accelo.Options{Deployment: "acme", RedirectURIs: []string{s.page.URL + "/connect/accelo/callback"}})
	t.Cleanup(s.msp.Close)
	t.Cleanup(s.deployment.Close)
	s.ninja, s.acme = httptest.NewServer(s.msp), httptest.NewServer(s.deployment)
	t.Cleanup(s.ninja.Close)
	t.Cleanup(s.acme.Close)
	box, err := secret.New(bytes.Repeat([]byte{1}, secret.KeySize))
	require.NoError(t, err)
	s.tenants = tenant.NewProvider(tenant.Options{Store: s.store, Box: box, Logger: slog.New(slog.DiscardHandler)})
	settings := operate.SignIns{PublicURL: s.page.URL, NinjaOneURL: s.ninja.URL}
	if own {
		settings.NinjaOneClientID, settings.NinjaOneClientSecret = ninjaone.DefaultWebClientID, webSecret
		settings.AcceloClientID, settings.AcceloClientSecret = accelo.DefaultWebClientID, webSecret
	}
	s.serve(web.Options{TrialURL: s.acme.URL + "/signup/", Operations: operate.New(operate.Options{
		Store: s.store, Tenants: s.tenants, SignIns: settings, Now: func() time.Time { return s.clock },
		Connector: func(choices connect.Choices) *connect.Connector {
			return connect.New(s.store, s.tenants, connect.Options{PublicURL: s.page.URL, Choices: choices})
		},
	})})
	s.user = s.newUser()
	return s
}

// newUser returns the browser of a user who is logged in.
func (s *signIns) newUser() *http.Client {
	s.t.Helper()
	user := &http.Client{Jar: newJar(s.t)}
	response, err := user.PostForm(s.page.URL+"/login", url.Values{"token": {adminToken}})
	require.NoError(s.t, err)
	require.NoError(s.t, response.Body.Close())
	return user
}

var onward = regexp.MustCompile(`<meta http-equiv="refresh" content="0;url=([^"]+)">`)

// see notes what the user sees, and follows the page that it leads to.
func (s *signIns) see(response *http.Response, err error) {
	s.t.Helper()
	require.NoError(s.t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, response.Body.Close())
	s.at, s.body, s.code = response.Request.URL, string(body), response.StatusCode
	if to := onward.FindStringSubmatch(s.body); to != nil {
		s.open(html.UnescapeString(to[1]))
	}
}

func (s *signIns) open(path string) {
	s.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = s.page.URL + path
	}
	s.see(s.user.Get(path))
}

// submit submits a form to a path of ours, or to the page that the user sees if that is empty.
func (s *signIns) submit(path string, values url.Values) {
	s.t.Helper()
	to := s.page.URL + path
	if path == "" {
		to = s.at.String()
	}
	s.see(s.user.PostForm(to, values))
}

// grantNinjaOne signs in at NinjaOne and allows access.
func (s *signIns) grantNinjaOne(email string) {
	s.t.Helper()
	require.Contains(s.t, s.body, "<h1>Sign in to NinjaOne</h1>")
	s.submit("", url.Values{"email": {email}, "password": {ninjaone.DefaultPassword}, "action": {"sign-in"}})
	require.Contains(s.t, s.body, "<h1>Authorize")
	s.submit("", url.Values{"action": {"allow"}})
}

// grantAccelo logs in to Accelo and allows access.
func (s *signIns) grantAccelo() {
	s.t.Helper()
	s.logInToAccelo()
	s.submit("", url.Values{"action": {"allow"}})
}

func (s *signIns) logInToAccelo() {
	s.t.Helper()
	require.Contains(s.t, s.body, "<h1>Log in to Accelo</h1>")
	s.submit("", url.Values{"username": {"Turanga.Leela"}, "password": {accelo.DefaultPassword}, "action": {"log-in"}})
	require.Contains(s.t, s.body, "Allow Access")
}

// form is the form of a new connection whose user signs in at both vendors.
func (s *signIns) newForm() url.Values {
	return url.Values{
		"name": {"Acme"}, "region": {s.ninja.URL}, "auth": {"sign-in"}, "client_id": {ninjaone.DefaultWebClientID}, "client_secret": {webSecret},
		"deployment": {s.acme.URL}, "accelo_auth": {"sign-in"}, "accelo_client_id": {accelo.DefaultWebClientID}, "accelo_client_secret": {webSecret},
	}
}

// nothingStored fails if there is a connection.
func (s *signIns) nothingStored() {
	s.t.Helper()
	connections, err := s.store.Connections(s.t.Context())
	require.NoError(s.t, err)
	require.Empty(s.t, connections)
}

func (s *signIns) pendings() []store.PendingConnection {
	s.t.Helper()
	list, err := s.store.PendingConnections(s.t.Context(), s.clock)
	require.NoError(s.t, err)
	return list
}

// From Accelo's side: both vendors are signed in to, one after the other, and the connection stands.
func TestConnectBySigningIn(t *testing.T) {
	t.Parallel()
	s := newSignIns(t, false)
	s.open("/integrations/new")
	for _, text := range []string{"Sign in to NinjaOne", "Service application", "Log in to Accelo and authorize", s.page.URL + "/connect/accelo/callback", "data-copy="} {
		require.Contains(t, s.body, text)
	}
	s.submit("/integrations/new", s.newForm())
	s.nothingStored()
	s.grantNinjaOne(ninjaone.AdministratorEmail)
	s.nothingStored()
	s.grantAccelo()
	require.Equal(t, "/integrations/Acme", s.at.Path, s.body)
	require.Contains(t, s.body, "Connected. Preview the import next")
	require.Empty(t, s.pendings())
	require.Len(t, s.deployment.Snapshot().Subscriptions, 1)
	require.NotNil(t, s.msp.Snapshot().Webhook)
	grants, err := s.store.Grants(t.Context(), "Acme")
	require.NoError(t, err)
	require.Len(t, grants, 2)
	require.Equal(t, "admin token", grants[0].AuthorizedBy)
	require.Empty(t, s.msp.Lab.Calls.Violations())
}

// One vendor may be signed in to and the other one's keys entered: these are checked before the user is sent away.
func TestSignInAtOneVendor(t *testing.T) {
	t.Parallel()
	s := newSignIns(t, true)
	form := s.newForm()
	form.Set("accelo_auth", "service")
	form.Set("accelo_client_id", accelo.DefaultClientID)
	form.Set("accelo_client_secret", "wrong")
	form.Del("client_id")
	form.Del("client_secret")
	s.submit("/integrations/new", form)
	require.Equal(t, http.StatusUnprocessableEntity, s.code)
	require.Contains(t, s.body, "Accelo does not accept the credentials")
	form.Set("accelo_client_secret", accelo.DefaultClientSecret)
	s.submit("/integrations/new", form)
	s.grantNinjaOne(ninjaone.AdministratorEmail)
	require.Equal(t, "/integrations/Acme", s.at.Path, s.body)
}

// From NinjaOne's side: its sign-in, then the question; a user without an account waits for 30 days, comes back, and the connection completes by
// itself once it is authorized.
func TestConnectFromNinjaOne(t *testing.T) {
	t.Parallel()
	s := newSignIns(t, true)
	s.open("/connect/ninjaone")
	s.grantNinjaOne(ninjaone.AdministratorEmail)
	require.Contains(t, s.body, "<h1>Do you already have an Accelo account?</h1>")
	link := s.at.Path
	require.Contains(t, s.body, "No, start a trial</button>")
	require.Contains(t, s.body, "Yes, log in and authorize</button>")
	trial, err := s.user.PostForm(s.page.URL+link+"/trial", nil)
	require.NoError(t, err)
	body, err := io.ReadAll(trial.Body)
	require.NoError(t, err)
	require.NoError(t, trial.Body.Close())
	require.Contains(t, string(body), `content="0;url=`+s.acme.URL+`/signup/"`)
	s.nothingStored()

	s.clock = s.clock.Add(29 * 24 * time.Hour)
	s.user = s.newUser()
	s.open("/integrations")
	require.Contains(t, s.body, "Connecting</span>")
	require.Contains(t, s.body, `href="`+link+`"`)
	s.open(link)
	s.submit(link, url.Values{"deployment": {""}})
	require.Contains(t, s.body, "Enter your deployment")
	s.submit(link, url.Values{"deployment": {s.acme.URL}, "name": {"Trial"}})
	s.grantAccelo()
	require.Equal(t, "/integrations/Trial", s.at.Path, s.body)
	require.Empty(t, s.pendings())
}

// NinjaOne ended the sign-in while the connection waited: it is repeated, and nobody has to authorize Accelo again.
func TestSignInEndsWhileWaiting(t *testing.T) {
	t.Parallel()
	s := newSignIns(t, true)
	s.open("/connect/ninjaone")
	s.grantNinjaOne(ninjaone.AdministratorEmail)
	link := s.at.Path
	s.clock = s.clock.Add(29 * 24 * time.Hour)
	s.user = s.newUser()
	s.ninjaAction("refresh-tokens/expire")
	s.submit(link, url.Values{"deployment": {s.acme.URL}, "name": {"Trial"}})
	s.grantAccelo()
	require.Equal(t, link, s.at.Path)
	require.Contains(t, s.body, "The sign-in at NinjaOne has ended while this connection waited")
	s.nothingStored()
	s.open(link + "/go")
	s.grantNinjaOne(ninjaone.AdministratorEmail)
	require.Equal(t, "/integrations/Trial", s.at.Path, s.body)
}

// ninjaAction changes something in NinjaOne's simulator.
func (s *signIns) ninjaAction(name string) {
	s.t.Helper()
	response, err := s.user.Post(s.ninja.URL+"/_lab/"+name, "application/json", strings.NewReader("{}"))
	require.NoError(s.t, err)
	answer, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, response.Body.Close())
	require.Less(s.t, response.StatusCode, 300, string(answer))
}

// A vendor that is away when a user comes back, or when the connection is checked, costs nobody what they have granted.
func TestVendorAwayAfterSignIn(t *testing.T) {
	t.Parallel()
	s := newSignIns(t, true)
	s.submit("/integrations/new", s.newForm())
	link := "/connect/pending/" + s.pendings()[0].ID
	require.NoError(t, s.msp.Lab.Faults.Set(lab.Fault{Kind: lab.FaultStatus, Status: 503, Path: "/ws/oauth/token", Count: 1}))
	s.grantNinjaOne(ninjaone.AdministratorEmail)
	require.Equal(t, link, s.at.Path)
	require.Contains(t, s.body, "then could not be reached")
	s.open(link + "/go")
	s.grantNinjaOne(ninjaone.AdministratorEmail)
	require.NoError(t, s.msp.Lab.Faults.Set(lab.Fault{Kind: lab.FaultStatus, Status: 503, Path: "/v2/organizations", Count: 1}))
	s.grantAccelo()
	require.Equal(t, link, s.at.Path)
	require.Contains(t, s.body, "Cannot reach NinjaOne")
	s.nothingStored()
	s.submit(link, url.Values{"name": {"Acme"}})
	require.Equal(t, "/integrations/Acme", s.at.Path, s.body)
}

// A pending connection ends after 30 days.
func TestPendingEnds(t *testing.T) {
	t.Parallel()
	s := newSignIns(t, true)
	s.open("/connect/ninjaone")
	s.grantNinjaOne(ninjaone.AdministratorEmail)
	link := s.at.Path
	s.clock = s.clock.Add(31 * 24 * time.Hour)
	s.user = s.newUser()
	s.open(link)
	require.Equal(t, http.StatusNotFound, s.code)
	require.Contains(t, s.body, "no longer waiting")
	require.Empty(t, s.pendings())
}

// An installation without an application of its own asks for one.
func TestBeginAtNinjaOneAsksForAnApplication(t *testing.T) {
	t.Parallel()
	s := newSignIns(t, false)
	s.open("/connect/ninjaone")
	require.Contains(t, s.body, "Sign in to NinjaOne</button>")
	s.submit("/connect/ninjaone", url.Values{"region": {s.ninja.URL}})
	require.Contains(t, s.body, "Enter the client ID and secret of a NinjaOne application")
	s.submit("/connect/ninjaone", url.Values{"region": {s.ninja.URL}, "client_id": {ninjaone.DefaultWebClientID}, "client_secret": {webSecret}})
	s.grantNinjaOne(ninjaone.AdministratorEmail)
	link := s.at.Path
	s.submit(link, url.Values{"deployment": {s.acme.URL}})
	require.Contains(t, s.body, "Enter the client ID and secret of an Accelo web application")
	s.submit(link, url.Values{"deployment": {s.acme.URL}, "accelo_client_id": {accelo.DefaultWebClientID}, "accelo_client_secret": {webSecret}})
	s.grantAccelo()
	require.True(t, strings.HasPrefix(s.at.Path, "/integrations/"), s.body)
}
