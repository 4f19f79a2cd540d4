package ninjaone_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

// The legacy list is bare and leaves members out that are not set (contract ninjaone 2.3.1, 2.3.3).
func TestLegacyRemoteControl(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/devices" || r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(`[{"id":7,"remote_control_url":"https://app.example/remote/teamviewer?token=OPAQUE"},{"id":8}]`))
	}))
	t.Cleanup(server.Close)
	client, err := ninjaone.New(ninjaone.Options{
		BaseURL: server.URL, Credentials: ninjaone.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"},
	})
	require.NoError(t, err)
	links, err := client.LegacyRemoteControl(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[int]string{7: "https://app.example/remote/teamviewer?token=OPAQUE"}, links)
}

func TestLegacyRemoteControlNeedsTheKeyPair(t *testing.T) {
	t.Parallel()
	client, err := ninjaone.New(ninjaone.Options{
		BaseURL: "https://app.example", Credentials: ninjaone.Credentials{ClientID: "id", ClientSecret: "secret"},
	})
	require.NoError(t, err)
	_, err = client.LegacyRemoteControl(t.Context())
	require.ErrorIs(t, err, ninjaone.ErrInvalid)
}
