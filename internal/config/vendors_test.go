package config_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
)

// Credentials are complete and unambiguous, or absent; everything else is a fault.
func TestVendors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		changes map[string]string // "" removes a setting of bothVendors
		faults  []string
		message string
	}{
		{"both", nil, nil, ""},
		{
			"legacy key pair",
			map[string]string{
				"NINJAONE_CLIENT_ID": "", "NINJAONE_CLIENT_SECRET": "",
				"NINJAONE_ACCESS_KEY_ID": "id", "NINJAONE_SECRET_ACCESS_KEY": "key",
			},
			nil, "",
		},
		{
			"both NinjaOne pairs",
			map[string]string{"NINJAONE_ACCESS_KEY_ID": "id", "NINJAONE_SECRET_ACCESS_KEY": "key"},
			[]string{"NINJAONE_ACCESS_KEY_ID"},
			"keep either the OAuth client",
		},
		{
			"half the OAuth pair",
			map[string]string{"NINJAONE_CLIENT_SECRET": ""},
			[]string{"NINJAONE_CLIENT_SECRET"},
			"is not set, but NINJAONE_CLIENT_ID is: set all credentials of both vendors, or none",
		},
		{
			"half the legacy pair and no other",
			map[string]string{"NINJAONE_CLIENT_ID": "", "NINJAONE_CLIENT_SECRET": "", "NINJAONE_SECRET_ACCESS_KEY": "key"},
			[]string{"NINJAONE_ACCESS_KEY_ID"},
			"is not set, but NINJAONE_SECRET_ACCESS_KEY is",
		},
		{
			"half the Accelo pair",
			map[string]string{"ACCELO_CLIENT_ID": ""},
			[]string{"ACCELO_CLIENT_ID"},
			"is not set, but NINJAONE_CLIENT_ID is",
		},
		{
			"NinjaOne alone",
			map[string]string{"ACCELO_DEPLOYMENT": "", "ACCELO_CLIENT_ID": "", "ACCELO_CLIENT_SECRET": ""},
			[]string{"ACCELO_CLIENT_ID", "ACCELO_CLIENT_SECRET", "ACCELO_DEPLOYMENT"},
			"is not set, but NINJAONE_CLIENT_ID is",
		},
		{
			"Accelo alone",
			map[string]string{"NINJAONE_CLIENT_ID": "", "NINJAONE_CLIENT_SECRET": ""},
			[]string{"NINJAONE_CLIENT_ID", "NINJAONE_CLIENT_SECRET"},
			"is not set, but ACCELO_DEPLOYMENT is",
		},
		{
			"Accelo without an address",
			map[string]string{"ACCELO_DEPLOYMENT": ""},
			[]string{"ACCELO_DEPLOYMENT"},
			"is not set, but NINJAONE_CLIENT_ID is: write the first part of your Accelo address",
		},
		{
			"Accelo's address without credentials",
			map[string]string{"ACCELO_CLIENT_ID": "", "ACCELO_CLIENT_SECRET": ""},
			[]string{"ACCELO_CLIENT_ID", "ACCELO_CLIENT_SECRET"},
			"is not set, but NINJAONE_CLIENT_ID is",
		},
		{
			"two Accelo addresses",
			map[string]string{"ACCELO_URL": "https://planet-express.api.accelo.com"},
			[]string{"ACCELO_URL"},
			"is set together with ACCELO_DEPLOYMENT: keep one of them",
		},
		{
			"address instead of a label",
			map[string]string{"ACCELO_DEPLOYMENT": "planet-express.api.accelo.com"},
			[]string{"ACCELO_DEPLOYMENT"},
			`is not a deployment label: "planet-express.api.accelo.com": write planet-express`,
		},
		{
			"label in capitals",
			map[string]string{"ACCELO_DEPLOYMENT": "Planet"},
			[]string{"ACCELO_DEPLOYMENT"},
			"write planet",
		},
		{
			"label that ends in a hyphen",
			map[string]string{"ACCELO_DEPLOYMENT": "planet-"},
			[]string{"ACCELO_DEPLOYMENT"},
			"write only the first part",
		},
		{
			"Accelo's API path",
			map[string]string{"ACCELO_DEPLOYMENT": "", "ACCELO_URL": "https://x.api.accelo.com/api/v0"},
			[]string{"ACCELO_URL"},
			"ends in /api/v0: write https://x.api.accelo.com",
		},
		{
			"Accelo in plain http",
			map[string]string{"ACCELO_DEPLOYMENT": "", "ACCELO_URL": "http://10.0.0.1:8080"},
			[]string{"ACCELO_URL"},
			"write https://10.0.0.1:8080",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			all := bothVendors()
			maps.Copy(all, test.changes)
			got, err := config.Load(environ(all))
			if test.faults == nil {
				require.NoError(t, err)
				require.NotNil(t, got.Vendors)
				return
			}
			require.Equal(t, test.faults, variables(t, err))
			require.ErrorContains(t, err, test.message)
		})
	}
}

// Plain http is allowed on this machine, and Accelo's own host names contain the label.
func TestVendorAddresses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, url, deployment string
	}{
		{"loopback IPv4", "http://127.0.0.1:4000", ""},
		{"loopback IPv6", "http://[::1]:4000", ""},
		{"localhost", "http://localhost:4000", ""},
		{"subdomain of localhost", "http://planet.localhost:4000", ""},
		{"Accelo's own host", "https://planet.api.accelo.com", "planet"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			all := bothVendors()
			delete(all, "ACCELO_DEPLOYMENT")
			all["ACCELO_URL"] = test.url + "/"
			got, err := config.Load(environ(all))
			require.NoError(t, err)
			require.Equal(t, test.url, got.Vendors.Accelo.URL)
			require.Equal(t, test.deployment, got.Vendors.Accelo.Deployment)
		})
	}
}

// The legacy key pair is recognized by its ID.
func TestLegacy(t *testing.T) {
	t.Parallel()
	require.True(t, config.NinjaOne{AccessKeyID: "id"}.Legacy())
	require.False(t, config.NinjaOne{ClientID: "id"}.Legacy())
}
