package accelo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

// The base URL must be an address without the API's path; the error never repeats it, because it may hold credentials.
func TestNewValidatesTheBaseURL(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, address string
		want          string // "" if it is invalid
	}{
		{name: "deployment", address: "https://planet-express.api.accelo.com", want: "https://planet-express.api.accelo.com"},
		{name: "trailing slash", address: "http://127.0.0.1:8081/", want: "http://127.0.0.1:8081"},
		{name: "path of a proxy", address: "https://proxy.example/accelo/", want: "https://proxy.example/accelo"},
		{name: "empty", address: ""},
		{name: "only a label", address: "planet-express"},
		{name: "API path", address: "https://planet-express.api.accelo.com/api/v0"},
		{name: "OAuth path", address: "https://planet-express.api.accelo.com/oauth2/v0"},
		{name: "other scheme", address: "ftp://planet-express.api.accelo.com"},
		{name: "credentials", address: "https://user:hunter2@planet-express.api.accelo.com"},
		{name: "query", address: "https://planet-express.api.accelo.com?token=hunter2"},
		{name: "control character", address: "https://hunter2\x7f.example"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client, err := accelo.New(accelo.Options{BaseURL: test.address, ClientID: clientID, ClientSecret: clientSecret})
			if test.want == "" {
				require.ErrorIs(t, err, accelo.ErrInvalid)
				require.ErrorContains(t, err, "base URL")
				require.NotContains(t, err.Error(), "hunter2")
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, client.BaseURL())
			require.NotNil(t, client.Budget())
		})
	}
}

// New reports every fault at once.
func TestNewReportsEveryFault(t *testing.T) {
	t.Parallel()
	_, err := accelo.New(accelo.Options{})
	require.ErrorIs(t, err, accelo.ErrInvalid)
	for _, fault := range []string{"base URL", "client ID", "client secret"} {
		require.ErrorContains(t, err, fault)
	}
}
