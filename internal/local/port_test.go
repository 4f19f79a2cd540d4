package local

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// A reserved port can't be reserved again until it is released.
func TestReservePort(t *testing.T) {
	t.Parallel()
	port, err := ReservePort(t.Context(), 0)
	require.NoError(t, err)
	defer port.Release()
	_, err = reserve(t.Context(), port.Number())
	require.Error(t, err)
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", port.Address())
	require.NoError(t, err, "a server can listen on it")
	require.NoError(t, listener.Close())
	port.Release()
	again, err := ReservePort(t.Context(), port.Number())
	require.NoError(t, err)
	defer again.Release()
	require.Equal(t, port.Number(), again.Number())
}

// A wanted port that is in use is replaced by another one.
func TestReservePortTaken(t *testing.T) {
	t.Parallel()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	address, ok := listener.Addr().(*net.TCPAddr)
	require.True(t, ok)
	port, err := ReservePort(t.Context(), address.Port)
	require.NoError(t, err)
	defer port.Release()
	require.NotEqual(t, address.Port, port.Number())
}

// A server whose port was taken in the meantime is started again on another port. Other errors are final.
func TestOnFreePort(t *testing.T) {
	t.Parallel()
	var tried []int
	taken := &exitError{name: "server", output: `could not bind IPv4 address "127.0.0.1": Address already in use`}
	err := onFreePort(t.Context(), 0, func(port *Port) error {
		tried = append(tried, port.Number())
		if len(tried) < 3 {
			return taken
		}
		port.Release()
		return nil
	})
	require.NoError(t, err)
	require.Len(t, tried, 3)

	tried = nil
	broken := &exitError{name: "server", output: "no space left on device"}
	err = onFreePort(t.Context(), 0, func(port *Port) error {
		tried = append(tried, port.Number())
		return broken
	})
	require.ErrorIs(t, err, broken)
	require.Len(t, tried, 1)
}
