package ninjaone_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

func TestNewValidatesTheBaseURL(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, address, want string }{
		{"plain host", "https://app.ninjarmm.com", "https://app.ninjarmm.com"},
		{"trailing slash", "https://eu.ninjarmm.com/", "https://eu.ninjarmm.com"},
		{"branded host", "https://acme.rmmservice.eu", "https://acme.rmmservice.eu"},
		{"simulator", "http://127.0.0.1:8080/", "http://127.0.0.1:8080"},
		{"empty", "", ""},
		{"no scheme", "app.ninjarmm.com", ""},
		{"other scheme", "ftp://app.ninjarmm.com", ""},
		{"no host", "https://", ""},
		{"path", "https://app.ninjarmm.com/v2", ""},
		{"query", "https://app.ninjarmm.com/?hunter2", ""},
		{"fragment", "https://app.ninjarmm.com/#hunter2", ""},
		{"user", "https://user:hunter2@app.ninjarmm.com", ""},
		{"garbage", "https://[hunter2", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client, err := ninjaone.New(ninjaone.Options{
				BaseURL: test.address, Credentials: ninjaone.Credentials{ClientID: "a", ClientSecret: "b"},
			})
			if test.want == "" {
				require.ErrorIs(t, err, ninjaone.ErrInvalid)
				require.ErrorContains(t, err, "base URL")
				require.NotContains(t, err.Error(), "hunter2", "the address may hold a secret")
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, client.BaseURL())
		})
	}
}

func TestNewNamesEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	_, err := ninjaone.New(ninjaone.Options{PageSize: 1001, Timeout: -time.Second})
	require.ErrorIs(t, err, ninjaone.ErrInvalid)
	for _, fault := range []string{"base URL", "credentials", "page size 1001", "timeout"} {
		require.ErrorContains(t, err, fault)
	}
}

func TestCredentialsAreExactlyOnePair(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		credentials ninjaone.Credentials
		kind        string
	}{
		{"oauth", ninjaone.Credentials{ClientID: "a", ClientSecret: "b"}, "oauth"},
		{"legacy", ninjaone.Credentials{AccessKeyID: "a", SecretAccessKey: "b"}, "legacy"},
		{"none", ninjaone.Credentials{}, ""},
		{"half an oauth pair", ninjaone.Credentials{ClientID: "a"}, ""},
		{"half a legacy pair", ninjaone.Credentials{SecretAccessKey: "b"}, ""},
		{"both", ninjaone.Credentials{ClientID: "a", ClientSecret: "b", AccessKeyID: "c", SecretAccessKey: "d"}, ""},
		{"one and a half", ninjaone.Credentials{ClientID: "a", ClientSecret: "b", AccessKeyID: "c"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.kind, test.credentials.Kind())
			_, err := ninjaone.New(ninjaone.Options{BaseURL: "https://app.ninjarmm.com", Credentials: test.credentials})
			require.Equal(t, test.kind == "", err != nil)
		})
	}
}

// Neither logging nor printing options, credentials or a webhook shows a secret.
func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	credentials := ninjaone.Credentials{ClientID: "shown-id", ClientSecret: "hunter2", SecretAccessKey: "hunter2"}
	options := ninjaone.Options{Credentials: credentials}
	header := ninjaone.Header{Name: "Authorization", Value: "hunter2"}
	hook := ninjaone.Webhook{Headers: []ninjaone.Header{header}}
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("connected", "credentials", credentials, "header", header)
	_, _ = fmt.Fprintf(&out, "%v %+v %#v %v %+v %#v", options, options, options, hook, hook, hook)
	require.NotContains(t, out.String(), "hunter2")
	require.Contains(t, out.String(), "shown-id")
}

func TestDevicePageURL(t *testing.T) {
	t.Parallel()
	const want = "https://app.ninjarmm.com/#/deviceDashboard/528/overview"
	require.Equal(t, want, ninjaone.DevicePageURL("https://app.ninjarmm.com", 528))
	require.Equal(t, want, ninjaone.DevicePageURL("https://app.ninjarmm.com/", 528))
}
