package program_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/program"
)

// CheckHealth asks /healthz on this machine, for every form of address that a program can listen on.
func TestCheckHealth(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	address := server.Listener.Addr().String()
	_, port, _ := strings.Cut(address, ":")
	for _, address := range []string{address, ":" + port, "0.0.0.0:" + port, "[::]:" + port} {
		require.NoError(t, program.CheckHealth(t.Context(), address), address)
	}

	status = http.StatusServiceUnavailable
	require.ErrorContains(t, program.CheckHealth(t.Context(), address), "503")
	server.Close()
	require.Error(t, program.CheckHealth(t.Context(), address))
	require.ErrorContains(t, program.CheckHealth(t.Context(), "nowhere"), `address "nowhere"`)
}
