package web

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// attemptsAtOnce logins may be tried in a row, then one every attemptInterval.
	attemptsAtOnce  = 5
	attemptInterval = 10 * time.Second
	// maxNetworks bounds the memory for counting, a few hundred bytes each.
	maxNetworks = 10_000
)

// attempts throttles logins by the network that they come from, so that nobody else's tries lock an administrator out.
// Behind a proxy everyone comes from the proxy and shares one allowance: headers that say otherwise can be forged.
type attempts struct {
	mu       sync.Mutex
	networks map[netip.Prefix]*rate.Limiter
}

func newAttempts() *attempts {
	return &attempts{networks: map[netip.Prefix]*rate.Limiter{}}
}

// allow counts a try from a remote address, host:port, and tells whether it may go ahead.
func (a *attempts) allow(remote string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	network := networkOf(remote)
	limiter, known := a.networks[network]
	if !known {
		if len(a.networks) >= maxNetworks {
			a.forget(now)
		}
		if len(a.networks) >= maxNetworks {
			return false
		}
		limiter = rate.NewLimiter(rate.Every(attemptInterval), attemptsAtOnce)
		a.networks[network] = limiter
	}
	return limiter.AllowN(now, 1)
}

// forget drops those who may try as often as somebody new.
func (a *attempts) forget(now time.Time) {
	for network, limiter := range a.networks {
		if limiter.TokensAt(now) >= attemptsAtOnce {
			delete(a.networks, network)
		}
	}
}

// networkOf is the address for IPv4 and its /64 for IPv6, of which everybody has one to choose addresses from. What is no
// address counts as one network.
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
	network, _ := address.Prefix(bits) // cannot fail: both lengths are in range
	return network
}
