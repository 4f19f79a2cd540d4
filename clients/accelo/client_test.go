package accelo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

// A base URL that would send credentials or paths astray is refused, and the message repeats no credential.
func TestNewChecksTheBaseURL(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, base, want string }{
		{"a deployment", "https://planet-express.api.accelo.com", "https://planet-express.api.accelo.com"},
		{"a slash at the end", "http://127.0.0.1:8081/", "http://127.0.0.1:8081"},
		{"a path of its own", "https://proxy.example/accelo/", "https://proxy.example/accelo"},
		{"empty", "", ""},
		{"a label alone", "planet-express", ""},
		{"the API path", "https://planet-express.api.accelo.com/api/v0", ""},
		{"the OAuth path", "https://planet-express.api.accelo.com/oauth2/v0", ""},
		{"another scheme", "ftp://planet-express.api.accelo.com", ""},
		{"credentials", "https://user:hunter2@planet-express.api.accelo.com", ""},
		{"a query", "https://planet-express.api.accelo.com?token=hunter2", ""},
		{"control characters", "https://hunter2\x7f.example", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client, err := accelo.New(accelo.Options{BaseURL: test.base, ClientID: testID, ClientSecret: testSecret})
			if test.want == "" {
				require.Error(t, err)
				require.NotContains(t, err.Error(), "hunter2")
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, client.BaseURL())
			require.NotNil(t, client.Budget())
		})
	}
}

// Every fault is named at once.
func TestNewNamesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := accelo.New(accelo.Options{})
	require.ErrorContains(t, err, "base URL")
	require.ErrorContains(t, err, "client id")
	require.ErrorContains(t, err, "client secret")
}

// A deployment is one DNS label (contract accelo 1).
func TestDeploymentURL(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, label, want string }{
		{"the documentation's", "planet-express", "https://planet-express.api.accelo.com"},
		{"one letter", "a", "https://a.api.accelo.com"},
		{"digits", "42", "https://42.api.accelo.com"},
		{"empty", "", ""},
		{"upper case", "Planet", ""},
		{"a whole host", "planet-express.accelo.com", ""},
		{"another host", "evil.example/", ""},
		{"a hyphen in front", "-a", ""},
		{"a hyphen at the end", "a-", ""},
		{"a line break", "a\n", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := accelo.DeploymentURL(test.label)
			require.Equal(t, test.want, got)
			require.Equal(t, test.want == "", err != nil)
		})
	}
}
