package accelo_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

// Whether the label is right is known before any credential is tried (contract accelo 1).
func TestCheckDeployment(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		reply   http.HandlerFunc
		ok      bool
		unknown bool
	}{
		{"it exists", refuse(401, "invalid_client", "no token"), true, false},
		{"it needs no token", answer(`{}`), true, false},
		{"not found", refuse(400, "invalid_request", "Deployment 'planet-expres' was not found."), false, true},
		{"as a server error", refuse(500, "server_error", "deployment can't be found"), false, true},
		{"another refusal", refuse(400, "invalid_request", "The resource endpoint was not recognized."), false, false},
		{"an outage", raw(502, "<html>"), false, false},
		{"not Accelo", raw(500, "<html>"), false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t)
			v.handle("GET /tokeninfo", test.reply)
			client := v.client()
			client.Budget().Seed(accelo.BudgetState{Known: true, Limit: 1, Reset: time.Now().Add(time.Hour)})
			err := client.CheckDeployment(t.Context())
			require.Equal(t, test.ok, err == nil, "%v", err)
			if test.unknown {
				require.ErrorIs(t, err, accelo.ErrUnknownDeployment)
			} else {
				require.NotErrorIs(t, err, accelo.ErrUnknownDeployment)
			}
			require.Empty(t, v.only("/tokeninfo").header.Get("Authorization"))
			require.Empty(t, v.requests(""))
			require.Zero(t, client.Budget().State().InFlight)
		})
	}
}

// Who the token is (contract accelo 2.11).
func TestTokenInfo(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.handle("GET /tokeninfo", inTurn(
		answer(`{"email":"h@x.example","expiry_date":"1495669367","firstname":"Hubert","surname":"Farnsworth","deployment":"planet-express","locale":{"currency":{"symbol":"$"},"timezone":"Australia/Sydney"},"staff_id":"14"}`),
		answer(`{"deployment":"planet-express","locale":"en","staff_id":14,"expiry_date":null}`),
	))
	client := v.client()
	info, err := client.TokenInfo(t.Context())
	require.NoError(t, err)
	require.Equal(t, "planet-express", info.Deployment)
	require.Equal(t, accelo.ID(14), info.StaffID)
	require.Equal(t, "Australia/Sydney", info.Locale.Timezone)
	require.Equal(t, time.Unix(1495669367, 0).UTC(), info.Expires.Time)
	info, err = client.TokenInfo(t.Context())
	require.NoError(t, err, "a locale of another shape does not matter")
	require.Empty(t, info.Locale.Timezone)
}

// A deployment's own words for its objects (contract accelo 2.5, 11). What is no pair of words leaves them unknown and is no error.
func TestUser(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.handle("GET /user", inTurn(
		answer(`{"id":"14","firstname":"Hubert","surname":"Farnsworth","user_titles":{"request":{"singular":"Enquiry","plural":"Enquiries"}},"user_access":{"request":{"view":1,"add":"","manages":0,"admin":"1","dashboard":1}}}`),
		answer(`{"id":14,"user_titles":[],"user_access":[]}`),
		answer(`{"id":14,"user_titles":{"request":"Enquiry","issue":null,"job":{"singular":"Project","plural":"Projects"}}}`),
	))
	client := v.client()
	user, err := client.User(t.Context())
	require.NoError(t, err)
	require.Equal(t, accelo.Title{Singular: "Enquiry", Plural: "Enquiries"}, user.Titles["request"])
	user, err = client.User(t.Context())
	require.NoError(t, err)
	require.Empty(t, user.Titles)
	user, err = client.User(t.Context())
	require.NoError(t, err)
	require.Equal(t, accelo.Titles{"job": {Singular: "Project", Plural: "Projects"}}, user.Titles)
}
