package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The command prints its address, serves the API and exits with 0.
func TestRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, writer := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"-listen", "127.0.0.1:0", "-organizations", "3", "-devices", "30", "-latency", "1ms", "-also", "127.0.0.1:0"}, writer, io.Discard)
	}()
	lines := bufio.NewReader(reader)
	for _, prefix := range []string{"tenant on ", "listening on "} {
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		url, found := strings.CutPrefix(strings.TrimSpace(line), prefix)
		require.True(t, found, line)

		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/ws/oauth/token",
			strings.NewReader("grant_type=client_credentials&client_id=demo-client&client_secret=demo-secret"))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
	}
	cancel()
	require.Equal(t, 0, <-code)
}

func TestInvalidFlags(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		args     []string
		code     int
		contains string
	}{
		{"unknown flag", []string{"-nope"}, 2, "nope"},
		{"argument", []string{"extra"}, 2, "extra"},
		{"negative", []string{"-devices", "-1"}, 2, "negative"},
		{"half a key", []string{"-access-key-id", "A"}, 2, "set together"},
		{"devices without organizations", []string{"-organizations", "0"}, 2, "requires -organizations"},
		{"bad address of another tenant", []string{"-also", "256.0.0.1:1"}, 1, "-also"},
		{"bad address", []string{"-listen", "256.0.0.1:1"}, 1, "-listen"},
		{"help", []string{"-h"}, 0, "Usage"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var problems bytes.Buffer
			require.Equal(t, test.code, run(t.Context(), test.args, io.Discard, &problems))
			require.Contains(t, problems.String(), test.contains)
		})
	}
}
