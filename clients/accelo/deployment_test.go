package accelo_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

// Accelo names the deployment of the credentials in one of several places and forms. Whatever it says, one deployment has one label, and
// what is no label names none.
func TestDeployment(t *testing.T) {
	t.Parallel()
	token := func(members string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"access_token":"token-1","token_type":"Bearer","expires_in":"3600"%s}`, members)
		}
	}
	forbidden := reject(403, "invalid_permission", "no")
	for _, test := range []struct {
		name        string
		info, token http.HandlerFunc
		want        accelo.Deployment
	}{
		{
			"as documented", succeed(`{"deployment":"planet-express","staff_id":"14"}`), nil,
			accelo.Deployment{Label: "planet-express", Source: accelo.FromTokenInfo},
		},
		{"in capitals", succeed(`{"deployment":" Planet-Express "}`), nil, accelo.Deployment{Label: "planet-express", Source: accelo.FromTokenInfo}},
		{
			"as an address", succeed(`{"deployment":"https://planet-express.accelo.com/"}`), nil,
			accelo.Deployment{Label: "planet-express", Source: accelo.FromTokenInfo},
		},
		{
			"as the API's host", succeed(`{"deployment":"planet-express.api.accelo.com"}`), nil,
			accelo.Deployment{Label: "planet-express", Source: accelo.FromTokenInfo},
		},
		{"tokeninfo refused", forbidden, nil, accelo.Deployment{Label: "planet-express", Source: accelo.FromToken}},
		{"tokeninfo unknown", reject(400, "invalid_request", "The resource endpoint was not recognized."), nil, accelo.Deployment{Label: "planet-express", Source: accelo.FromToken}},
		{"a list in tokeninfo", succeed(`[]`), nil, accelo.Deployment{Label: "planet-express", Source: accelo.FromToken}},
		{"nothing in tokeninfo", succeed(`{"staff_id":"14"}`), nil, accelo.Deployment{Label: "planet-express", Source: accelo.FromToken}},
		{"an object in tokeninfo", succeed(`{"deployment":{"id":7}}`), nil, accelo.Deployment{Label: "planet-express", Source: accelo.FromToken}},
		{"a company's name in tokeninfo", succeed(`{"deployment":"Planet Express, Inc."}`), nil, accelo.Deployment{Label: "planet-express", Source: accelo.FromToken}},
		{
			"an address in the token", forbidden, token(`,"deployment":7,"deployment_uri":"https://planet-express.accelo.com/x"`),
			accelo.Deployment{Label: "planet-express", Source: accelo.FromToken},
		},
		{"nowhere", forbidden, token(``), accelo.Deployment{}},
		{"null", succeed(`{"deployment":null}`), token(`,"deployment":null,"deployment_uri":""`), accelo.Deployment{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.handle("GET /tokeninfo", test.info)
			s.tokenHandler = test.token
			found, err := s.client().Deployment(t.Context())
			require.NoError(t, err)
			require.Equal(t, test.want, found)
		})
	}
}

// On Accelo's own hosts the address names the deployment, when nothing else does.
func TestDeploymentFromAddress(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.handle("GET /tokeninfo", reject(403, "invalid_permission", "no"))
	s.tokenHandler = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, `{"access_token":"token-1","token_type":"Bearer"}`)
	}
	target, err := url.Parse(s.URL)
	require.NoError(t, err)
	client, err := accelo.New(accelo.Options{
		BaseURL: "https://Acme.api.accelo.com", ClientID: clientID, ClientSecret: clientSecret, Transport: redirect{target},
	})
	require.NoError(t, err)
	found, err := client.Deployment(t.Context())
	require.NoError(t, err)
	require.Equal(t, accelo.Deployment{Label: "acme", Source: accelo.FromAddress}, found)
}

// redirect sends every request to one server.
type redirect struct{ target *url.URL }

func (r redirect) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.URL.Scheme, request.URL.Host = r.target.Scheme, r.target.Host
	return http.DefaultTransport.RoundTrip(request)
}

// Credentials that are rejected, and an outage, are errors: they say nothing about the deployment.
func TestDeploymentErrors(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"rejected": reject(401, "invalid_client", "no"), "outage": respond(502, "<html>"), "busy": reject(429, "too_many_requests", "later"),
		"a page": respond(200, "<html>"),
	} {
		s := newServer(t)
		s.handle("GET /tokeninfo", handler)
		_, err := s.client().Deployment(t.Context())
		require.Error(t, err, name)
	}
}
