package telemetry

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// A request that is in progress at shutdown is still answered, and Serve returns without error.
func TestServeFinishesRequests(t *testing.T) {
	t.Parallel()
	listener := listen(t)
	ctx, shutDown := context.WithCancel(t.Context())
	defer shutDown()
	arrived, release := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-release
		if r.Context().Err() != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = io.WriteString(w, "answered")
	})
	served := make(chan error, 1)
	go func() { served <- serveListener(ctx, listener, handler, slog.New(slog.DiscardHandler)) }()

	answered := make(chan string, 1)
	go func() { answered <- fetch(t.Context(), "http://"+listener.Addr().String()) }()
	<-arrived
	shutDown()
	close(release)
	require.Equal(t, "200 answered", <-answered)
	require.NoError(t, <-served)
	require.Contains(t, fetch(t.Context(), "http://"+listener.Addr().String()), "refused")
}

// Serve fails immediately if the address is in use or invalid, and names it.
func TestServeCannotListen(t *testing.T) {
	t.Parallel()
	taken := listen(t)
	logger := slog.New(slog.DiscardHandler)
	err := Serve(t.Context(), taken.Addr().String(), http.NotFoundHandler(), logger)
	require.ErrorContains(t, err, "cannot listen on "+taken.Addr().String())
	err = Serve(t.Context(), "nowhere", http.NotFoundHandler(), logger)
	require.ErrorContains(t, err, "cannot listen on nowhere")
}

// Serve fails if its listener fails.
func TestServeReportsBrokenListener(t *testing.T) {
	t.Parallel()
	listener := listen(t)
	require.NoError(t, listener.Close())
	err := serveListener(t.Context(), listener, http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "serve on")
}

// listen opens a listener on a free port.
func listen(t *testing.T) net.Listener {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// fetch returns the status and the body, or the text of the error.
func fetch(ctx context.Context, address string) string {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err.Error()
	}
	response, err := (&http.Client{}).Do(request)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return response.Status[:4] + string(body)
}
