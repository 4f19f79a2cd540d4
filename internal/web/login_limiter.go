package web

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// loginBurst login attempts may follow each other at once, then one every loginInterval.
	loginBurst    = 5
	loginInterval = 10 * time.Second
	// maxNetworks bounds the limiter's memory, at a few hundred bytes per network.
	maxNetworks = 10_000
)

// loginLimiter throttles login attempts per network, so an attacker can't lock an administrator out. All clients behind a
// proxy share one allowance, because the headers that would tell them apart can be forged.
type loginLimiter struct {
	mu       sync.Mutex
	networks map[netip.Prefix]*rate.Limiter
}

func newLoginLimiter() *loginLimiter {
	return &loginLimiter{networks: map[netip.Prefix]*rate.Limiter{}}
}

// allow counts an attempt from a remote address, host:port, and reports whether it may proceed.
func (l *loginLimiter) allow(remote string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	network := networkOf(remote)
	limiter, known := l.networks[network]
	if !known {
		if len(l.networks) >= maxNetworks {
			l.evictIdle(now)
		}
		if len(l.networks) >= maxNetworks {
			return false
		}
		limiter = rate.NewLimiter(rate.Every(loginInterval), loginBurst)
		l.networks[network] = limiter
	}
	return limiter.AllowN(now, 1)
}

// evictIdle drops networks whose allowance is full again: a new limiter treats them the same.
func (l *loginLimiter) evictIdle(now time.Time) {
	for network, limiter := range l.networks {
		if limiter.TokensAt(now) >= loginBurst {
			delete(l.networks, network)
		}
	}
}

// networkOf returns the address itself for IPv4 and its /64 for IPv6, because an IPv6 client can use any address of its /64.
// All unreadable addresses count as one network.
func networkOf(remote string) netip.Prefix {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{}
	}
	address = address.Unmap().WithZone("")
	bits := 64
	if address.Is4() {
		bits = 32
	}
	network, _ := address.Prefix(bits) // can't fail: both lengths are in range
	return network
}
