package accelo_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

// A wrong label is found before any credentials are sent, and without using the budget (accelo.md 1).
func TestCheckDeployment(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		ok      bool
		unknown bool
	}{
		{name: "existing deployment", handler: reject(401, "invalid_client", "no token"), ok: true},
		{name: "no token needed", handler: succeed(`{}`), ok: true},
		{name: "unknown deployment", handler: reject(400, "invalid_request", "Deployment 'planet-expres' was not found."), unknown: true},
		{name: "unknown deployment as a server error", handler: reject(500, "server_error", "deployment can't be found"), unknown: true},
		{name: "other rejection", handler: reject(400, "invalid_request", "The resource endpoint was not recognized.")},
		{name: "outage", handler: respond(502, "<html>")},
		{name: "server error that is not Accelo's", handler: respond(500, "<html>")},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.handle("GET /tokeninfo", test.handler)
			client := s.client()
			client.Budget().Seed(accelo.BudgetState{Known: true, Limit: 1, Reset: time.Now().Add(time.Hour)})
			err := client.CheckDeployment(t.Context())
			require.Equal(t, test.ok, err == nil, "%v", err)
			if test.unknown {
				require.ErrorIs(t, err, accelo.ErrUnknownDeployment)
			} else {
				require.NotErrorIs(t, err, accelo.ErrUnknownDeployment)
			}
			require.Empty(t, s.request("/tokeninfo").header.Get("Authorization"))
			require.Empty(t, s.requests(tokenPath))
			require.Zero(t, client.Budget().State().InFlight)
		})
	}
}

// The token names its deployment (accelo.md 2.11).
func TestTokenInfo(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("GET /tokeninfo", `{"email":"h@x.example","expiry_date":"1495669367","firstname":"Hubert","surname":"Farnsworth","deployment":"planet-express","locale":{"timezone":"Australia/Sydney"},"staff_id":"14"}`)
	info, err := s.client().TokenInfo(t.Context())
	require.NoError(t, err)
	require.Equal(t, accelo.TokenInfo{Deployment: "planet-express"}, info)
}

// A deployment's titles are read, and values of any other form are ignored (accelo.md 2.5 and 11).
func TestUser(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, response string
		want           accelo.Titles
	}{
		{
			name:     "documented form",
			response: `{"id":"14","firstname":"Hubert","user_titles":{"request":{"singular":"Enquiry","plural":"Enquiries"}}}`,
			want:     accelo.Titles{"request": {Singular: "Enquiry", Plural: "Enquiries"}},
		},
		{name: "empty list", response: `{"id":14,"user_titles":[]}`, want: accelo.Titles{}},
		{
			name:     "values of other forms",
			response: `{"id":14,"user_titles":{"request":"Enquiry","issue":null,"job":{"singular":"Project","plural":"Projects"}}}`,
			want:     accelo.Titles{"job": {Singular: "Project", Plural: "Projects"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.respond("GET /user", test.response)
			user, err := s.client().User(t.Context())
			require.NoError(t, err)
			require.Equal(t, test.want, user.Titles)
			require.Equal(t, "user_titles", s.request("/user").query.Get("_fields"))
		})
	}
}
