package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Invalid flags exit with 2, an unusable address with 1, both with a reason.
func TestInvalidUsage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		arguments []string
		code      int
	}{
		{"unknown flag", []string{"-nonsense"}, 2},
		{"unknown mode", []string{"-mode", "half-open"}, 2},
		{"argument", []string{"surplus"}, 2},
		{"no calls allowed", []string{"-rate-limit", "0"}, 2},
		{"deployment without an address", []string{"-also", "sandbox", "-companies", "1"}, 1},
		{"deployment that exists", []string{"-also", "planet-express@127.0.0.1:0", "-companies", "1"}, 1},
		{"deployment with an unusable address", []string{"-also", "sandbox@256.0.0.1:1", "-companies", "1"}, 1},
		{"unusable address", []string{"-listen", "256.0.0.1:1", "-companies", "1"}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var problems bytes.Buffer
			require.Equal(t, test.code, run(t.Context(), test.arguments, io.Discard, &problems))
			require.NotEmpty(t, problems.String())
		})
	}
}

// The command prints its address, serves the API and ends with its context.
func TestServes(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	reader, writer := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"-listen", "127.0.0.1:0", "-companies", "3", "-also", "sandbox@127.0.0.1:0"}, writer, io.Discard)
	}()
	lines := bufio.NewReader(reader)
	for _, prefix := range []string{"deployment sandbox on ", "listening on "} {
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		base, found := strings.CutPrefix(strings.TrimSpace(line), prefix)
		require.True(t, found, line)
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/api/v0/tokeninfo", nil)
		require.NoError(t, err)
		client := &http.Client{Timeout: 10 * time.Second}
		response, err := client.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusUnauthorized, response.StatusCode)
	}
	stop()
	require.Equal(t, 0, <-code)
}
