package operate_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/store"
)

// The deployment's active request types are listed, and what is in the way is said in words.
func TestRequestTypes(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withConnector()
	in := newAccounts(t, "acme")
	_, err := f.Create(t.Context(), admin, operate.NewConnection{Name: "acme", Credentials: in.Credentials})
	require.NoError(t, err)
	titles, err := f.RequestTypes(t.Context(), viewer, "acme")
	require.NoError(t, err)
	want := map[string]bool{}
	for _, each := range in.accelo.Snapshot().RequestTypes {
		want[each.Title] = true
	}
	require.Contains(t, titles, "NinjaOne Alerts")
	for _, title := range titles {
		require.True(t, want[title], title)
	}
	in.accelo.Lab().ResetCounters()
	_, err = f.RequestTypes(t.Context(), viewer, "acme")
	require.NoError(t, err)
	require.Empty(t, in.accelo.Lab().Counters().ByEndpoint, "a page that loads again asks nothing")

	_, err = f.RequestTypes(t.Context(), viewer, "msp")
	require.ErrorContains(t, err, "Accelo does not accept the credentials yet")
	_, err = f.RequestTypes(t.Context(), viewer, "nobody")
	require.ErrorIs(t, err, store.ErrNotFound)
}

// A deployment that keeps a page waiting is given up after two seconds.
func TestRequestTypesOfASlowDeployment(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withConnector()
	ended := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-ended }))
	t.Cleanup(slow.Close)
	t.Cleanup(func() { close(ended) })
	require.NoError(t, f.tenants.Save(t.Context(), "slow", config.VendorCredentials{
		NinjaOne: config.NinjaOne{URL: slow.URL, ClientID: "id", ClientSecret: "secret"},
		Accelo:   config.Accelo{URL: slow.URL, ClientID: "id", ClientSecret: "secret"},
	}))
	require.NoError(t, f.store.SaveSettings(t.Context(), "slow", store.Settings{Connected: true}, true, nil))
	for range 2 {
		_, err := f.RequestTypes(t.Context(), viewer, "slow")
		var unavailable *operate.UnavailableError
		require.ErrorAs(t, err, &unavailable)
		require.Equal(t, "Accelo did not answer within 2 seconds", unavailable.Error())
	}
}
