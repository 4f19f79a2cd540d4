package telemetry_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/telemetry"
)

// A request under way when the program is told to end is still answered, and Serve then returns without error.
func TestServeEndsGracefully(t *testing.T) {
	t.Parallel()
	listener, err := telemetry.Listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	ctx, end := context.WithCancel(t.Context())
	defer end()
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
	go func() { served <- telemetry.ServeListener(ctx, listener, handler, slog.New(slog.DiscardHandler)) }()

	answered := make(chan string, 1)
	go func() { answered <- fetch(t.Context(), "http://"+listener.Addr().String()) }()
	<-arrived
	end()
	close(release)
	require.Equal(t, "200 answered", <-answered)
	require.NoError(t, <-served)
	require.Contains(t, fetch(t.Context(), "http://"+listener.Addr().String()), "refused")
}

// An address that is taken, or none, is an error at once that names it.
func TestServeCannotListen(t *testing.T) {
	t.Parallel()
	taken, err := telemetry.Listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	logger := slog.New(slog.DiscardHandler)
	err = telemetry.Serve(t.Context(), taken.Addr().String(), http.NotFoundHandler(), logger)
	require.ErrorContains(t, err, "cannot listen at "+taken.Addr().String())
	err = telemetry.Serve(t.Context(), "nowhere", http.NotFoundHandler(), logger)
	require.ErrorContains(t, err, "cannot listen at nowhere")
}

// A listener that breaks is an error: the program must not go on without it.
func TestServeReportsBrokenListener(t *testing.T) {
	t.Parallel()
	listener, err := telemetry.Listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	err = telemetry.ServeListener(t.Context(), listener, http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "serving at")
}

// fetch returns status and body, or the error's text.
func fetch(ctx context.Context, address string) string {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err.Error()
	}
	answer, err := (&http.Client{}).Do(request)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err.Error()
	}
	return answer.Status[:4] + string(body)
}
