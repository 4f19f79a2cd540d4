package test

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// tcpProxy passes connections on to a server until it is cut.
type tcpProxy struct {
	address string

	mu    sync.Mutex
	isCut bool
	open  map[net.Conn]bool
}

func newTCPProxy(t testing.TB, target string) *tcpProxy {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &tcpProxy{address: listener.Addr().String(), open: map[net.Conn]bool{}}
	t.Cleanup(func() {
		_ = listener.Close()
		p.cut()
	})
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", target) // closed by cut, at the latest when the test ends
			if err != nil || !p.track(from, to) {
				_ = from.Close()
				continue
			}
			go pipe(from, to)
			go pipe(to, from)
		}
	}()
	return p
}

// track remembers a pair of connections, or closes it and returns false if the proxy is cut.
func (p *tcpProxy) track(pair ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, connection := range pair {
		if p.isCut {
			_ = connection.Close()
			continue
		}
		p.open[connection] = true
	}
	return !p.isCut
}

func pipe(from, to net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
	_ = from.Close()
}

// cut closes all connections and refuses new ones until restore.
func (p *tcpProxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.isCut = true
	for connection := range p.open {
		_ = connection.Close()
	}
	clear(p.open)
}

func (p *tcpProxy) restore() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.isCut = false
}
