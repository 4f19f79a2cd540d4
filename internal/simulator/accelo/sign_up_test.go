package accelo_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// signUpForm is a valid sign-up; pairs change it.
func signUpForm(pairs ...string) map[string][]string {
	f := form("company", "Mom's Friendly Robots", "firstname", "Mom", "surname", "Momcorp", "email", "mom@momcorp.example", "password", "robot-oil")
	for i := 0; i < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

// trial signs up on the page and returns the new deployment at its own address.
func (d *deployment) trial() *deployment {
	d.t.Helper()
	_, body, _ := d.page(http.MethodGet, "/signup/", nil)
	require.Contains(d.t, body, `<label for="company">Company name</label>`)
	status, body, ready := d.page(http.MethodPost, "/signup/", signUpForm())
	require.Equal(d.t, http.StatusSeeOther, status, body)
	_, body, _ = d.page(http.MethodGet, ready, nil)
	require.Contains(d.t, body, "Your Accelo trial is ready")
	trials := d.sim.Trials()
	require.Len(d.t, trials, 1)
	require.Equal(d.t, "mom-s-friendly-robots", trials[0].Deployment)
	require.Contains(d.t, body, trials[0].URL)
	return &deployment{t: d.t, sim: d.sim.Deployment(trials[0].Deployment), url: trials[0].URL, client: d.client}
}

// Signing up creates a deployment with a world of its own, which the web application may be authorized for.
func TestSignUp(t *testing.T) {
	t.Parallel()
	d := startWeb(t, accelo.Options{Companies: 5})
	other := d.trial()
	_, _, login := other.page(http.MethodGet, authorizePath(), nil)
	status, _, _ := other.page(http.MethodPost, login, form("username", "turanga.leela", "password", accelo.DefaultPassword))
	require.Equal(t, http.StatusUnauthorized, status, "users of the first deployment are unknown")
	status, _, approval := other.page(http.MethodPost, login, form("username", "mom@momcorp.example", "password", "robot-oil"))
	require.Equal(t, http.StatusSeeOther, status)
	_, _, back := other.page(http.MethodPost, approval, form("action", "allow"))
	_, after, _ := strings.Cut(back, "code=")
	code, _, _ := strings.Cut(after, "&")

	d.denied(d.exchange(code))(400, "invalid_grant")
	status, body := other.exchange(code)
	require.NotEmpty(t, other.tokens(status, body))
	require.Equal(t, "mom-s-friendly-robots", body["deployment"])
	info := other.get("/tokeninfo").object()
	require.Equal(t, "mom-s-friendly-robots", info["deployment"])
	require.Equal(t, "mom@momcorp.example", info["email"])
	require.Empty(t, other.get("/companies").list())
	other.post("/companies", form("name", "A")).ok()
	require.Len(t, d.sim.Snapshot().Companies, 5)
	require.Equal(t, d.sim.Snapshot().Companies[0].ID, other.sim.Snapshot().Companies[0].ID)
	other.token = d.token
	other.get("/companies").refused(401, "invalid_client")

	status, service := other.tokenCallAs("demo-client@mom-s-friendly-robots.accelo.com", accelo.DefaultClientSecret, form("grant_type", "client_credentials"))
	require.Equal(t, http.StatusOK, status, "%v", service)
	d.denied(other.tokenCall(form("grant_type", "client_credentials")))(401, "invalid_client")
	require.NoError(t, other.sim.SetSwitches(accelo.Switches{ForeignAppUnknown: true}))
	status, page, _ := other.page(http.MethodGet, authorizePath(), nil)
	require.Equal(t, http.StatusUnauthorized, status, page)
	d.denied(other.refresh("x"))(401, "invalid_client")
}

// The host names the deployment, and a trial that has ended does not exist (accelo.md 1 and 13).
func TestTrialsByHost(t *testing.T) {
	t.Parallel()
	d := startWeb(t, accelo.Options{})
	trial := d.mustAct("sign-up", map[string]any{
		"company": "Mom", "firstname": "Mom", "surname": "Momcorp", "email": "mom@momcorp.example", "password": "robot-oil", "deployment": "Momcorp",
	})
	require.Equal(t, "momcorp", trial["deployment"])
	ask := func(host string) reply {
		request := d.request(http.MethodGet, "/api/v0/tokeninfo", nil)
		request.Host = host
		return d.do(request)
	}
	ask("planet-express.api.accelo.com").ok()
	ask("momcorp.api.accelo.com").refused(401, "invalid_client")
	ask("Momcorp.localhost:8082").refused(401, "invalid_client")
	ask("wernstrom.localhost").invalid("Deployment 'wernstrom' was not found.")

	d.mustAct("end-trial", map[string]any{"deployment": "momcorp"})
	ask("momcorp.api.accelo.com").invalid("Deployment 'momcorp' was not found.")
	other := &deployment{t: t, url: trial["url"].(string), client: d.client}
	other.get("/tokeninfo").invalid("Deployment 'momcorp' was not found.")
	ask("127.0.0.1").ok()
	for _, label := range []string{"planet-express", "wernstrom"} {
		status, _ := d.act("end-trial", map[string]any{"deployment": label})
		require.Equal(t, http.StatusNotFound, status)
	}
}

// A form that is not complete says what is missing, and keeps what was entered.
func TestSignUpProblems(t *testing.T) {
	t.Parallel()
	d := startWeb(t, accelo.Options{})
	for _, test := range []struct {
		name, problem string
		change        []string
	}{
		{"no company", "Enter your company and your name.", []string{"company", " "}},
		{"no name", "Enter your company and your name.", []string{"surname", ""}},
		{"no email", "Enter an email address.", []string{"email", "mom"}},
		{"short password", "Choose a password of at least 8 characters.", []string{"password", "robot"}},
		{"invalid address", "An Accelo address has letters, digits and hyphens only.", []string{"deployment", "a.b"}},
		{"no letters", "An Accelo address has letters, digits and hyphens only.", []string{"company", "株式会社"}},
		{"taken", "The address planet-express.accelo.com is taken.", []string{"deployment", "Planet-Express"}},
	} {
		status, body, _ := d.page(http.MethodPost, "/signup/", signUpForm(test.change...))
		require.Equal(t, http.StatusBadRequest, status, test.name)
		require.Contains(t, body, `<p role="alert" class="problem">`+test.problem, test.name)
		require.Contains(t, body, `value="Mom"`)
		require.NotContains(t, body, "robot-oil")
	}
	require.Empty(t, d.sim.Trials())
	require.Nil(t, d.sim.Deployment("mom-s-friendly-robots"))
	request := d.request(http.MethodGet, "/signup/ready?deployment=x", nil)
	status, _, _ := d.send(request)
	require.Equal(t, http.StatusNotFound, status)
}
