package status_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// Credentials that a vendor refuses come before anything else that is left to do.
func TestState(t *testing.T) {
	t.Parallel()
	todo := []string{"Create the request type."}
	tests := []struct {
		name       string
		connection status.Connection
		want       status.State
	}{
		{"new", status.Connection{}, status.NotConnected},
		{"refused from the start", status.Connection{Todo: todo}, status.NotConnected},
		{"refused today", status.Connection{WasConnected: true, Todo: todo}, status.ReconnectRequired},
		{"signed out", status.Connection{Accepted: true, Ready: true, Reconnect: &status.Reconnect{Vendor: "NinjaOne"}}, status.ReconnectRequired},
		{"not ready", status.Connection{Accepted: true, WasConnected: true}, status.ActionNeeded},
		{"ready, with something to do", status.Connection{Accepted: true, Ready: true, Todo: todo}, status.ActionNeeded},
		{"approval needed", status.Connection{Accepted: true, Ready: true, PendingApproval: &store.PendingApproval{}}, status.ActionNeeded},
		{"all well", status.Connection{Accepted: true, WasConnected: true, Ready: true}, status.Connected},
	}
	for _, test := range tests {
		require.Equal(t, test.want, test.connection.State(), test.name)
	}
}
