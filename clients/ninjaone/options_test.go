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

// The base URL must be a host; the error never repeats it, because it may hold a secret.
func TestNewValidatesTheBaseURL(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, address, want string }{
		{name: "plain host", address: "https://app.ninjarmm.com", want: "https://app.ninjarmm.com"},
		{name: "trailing slash", address: "https://eu.ninjarmm.com/", want: "https://eu.ninjarmm.com"},
		{name: "branded host", address: "https://acme.rmmservice.eu", want: "https://acme.rmmservice.eu"},
		{name: "simulator", address: "http://127.0.0.1:8080/", want: "http://127.0.0.1:8080"},
		{name: "empty", address: "", want: ""},
		{name: "no scheme", address: "app.ninjarmm.com", want: ""},
		{name: "other scheme", address: "ftp://app.ninjarmm.com", want: ""},
		{name: "no host", address: "https://", want: ""},
		{name: "path", address: "https://app.ninjarmm.com/v2", want: ""},
		{name: "query", address: "https://app.ninjarmm.com/?hunter2", want: ""},
		{name: "fragment", address: "https://app.ninjarmm.com/#hunter2", want: ""},
		{name: "user", address: "https://user:hunter2@app.ninjarmm.com", want: ""},
		{name: "garbage", address: "https://[hunter2", want: ""},
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

// New reports every fault at once.
func TestNewReportsEveryFault(t *testing.T) {
	t.Parallel()
	_, err := ninjaone.New(ninjaone.Options{PageSize: 1001, Timeout: -time.Second})
	require.ErrorIs(t, err, ninjaone.ErrInvalid)
	for _, fault := range []string{"base URL", "credentials", "page size 1001", "timeout"} {
		require.ErrorContains(t, err, fault)
	}
}

// Credentials must be exactly one pair.
func TestCredentials(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		credentials ninjaone.Credentials
		kind        string
	}{
		{name: "OAuth", credentials: ninjaone.Credentials{ClientID: "a", ClientSecret: "b"}, kind: "oauth"},
		{name: "legacy", credentials: ninjaone.Credentials{AccessKeyID: "a", SecretAccessKey: "b"}, kind: "legacy"},
		{name: "none", credentials: ninjaone.Credentials{}, kind: ""},
		{name: "half an OAuth pair", credentials: ninjaone.Credentials{ClientID: "a"}, kind: ""},
		{name: "half a legacy pair", credentials: ninjaone.Credentials{SecretAccessKey: "b"}, kind: ""},
		{name: "both", credentials: ninjaone.Credentials{ClientID: "a", ClientSecret: "b", AccessKeyID: "c", SecretAccessKey: "d"}, kind: ""},
		{name: "one and a half", credentials: ninjaone.Credentials{ClientID: "a", ClientSecret: "b", AccessKeyID: "c"}, kind: ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.kind, test.credentials.Kind())
			_, err := ninjaone.New(ninjaone.Options{BaseURL: "https://app.ninjarmm.com", Credentials: test.credentials})
			require.Equal(t, test.kind == "", err != nil)
		})
	}
}

// Logging or printing options, credentials or a webhook reveals no secret.
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
