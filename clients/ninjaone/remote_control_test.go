package ninjaone_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

// Devices without a link are omitted (ninjaone.md 2.3).
func TestLegacyRemoteControl(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{
		"GET /v1/devices": respond(200, `[{"id":7,"remote_control_url":"https://app.example/remote/teamviewer?token=OPAQUE"},{"id":8}]`),
	})
	links, err := s.client(t, withLegacyKey).LegacyRemoteControl(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[int]string{7: "https://app.example/remote/teamviewer?token=OPAQUE", 8: ""}, links)
	require.NotEmpty(t, s.requests("/v1/devices")[0].Header.Get("Authorization"))
}

// OAuth credentials are rejected before anything is sent.
func TestLegacyRemoteControlNeedsALegacyKey(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	_, err := s.client(t).LegacyRemoteControl(t.Context())
	require.ErrorIs(t, err, ninjaone.ErrInvalid)
	require.Empty(t, s.requests(tokenPath))
}
