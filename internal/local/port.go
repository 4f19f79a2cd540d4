package local

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports are below the range for outgoing connections (from 32768 on Linux, from 49152 on macOS), so that no connection takes
// the port of a server that restarts.
const (
	lowestPort  = 20000
	highestPort = 29999
	portTries   = 100
)

// Port is a TCP port of 127.0.0.1 that was free when it was reserved, and that no other process on this machine can reserve
// until it is released.
type Port struct {
	number int
	lock   net.PacketConn
}

// ReservePort reserves a port for a server: the wanted one if it is free, or another one. 0 means any port. Release it after the
// server has ended.
func ReservePort(ctx context.Context, wanted int) (*Port, error) {
	if wanted != 0 {
		if port, err := reserve(ctx, wanted); err == nil {
			return port, nil
		}
	}
	var err error
	for range portTries {
		var port *Port
		if port, err = reserve(ctx, lowestPort+rand.IntN(highestPort-lowestPort+1)); err == nil {
			return port, nil
		}
	}
	return nil, fmt.Errorf("no free port between %d and %d: %w", lowestPort, highestPort, err)
}

// reserve reserves one port. Its lock is the UDP socket of the same number, which only one process can hold, and which the
// system closes when that process ends.
func reserve(ctx context.Context, number int) (*Port, error) {
	port := &Port{number: number}
	var config net.ListenConfig
	lock, err := config.ListenPacket(ctx, "udp", port.Address())
	if err != nil {
		return nil, err
	}
	probe, err := config.Listen(ctx, "tcp", port.Address())
	if err == nil {
		err = probe.Close()
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	port.lock = lock
	return port, nil
}

// Number returns the number of the port.
func (p *Port) Number() int { return p.number }

// Address returns the host, 127.0.0.1, and the port.
func (p *Port) Address() string { return fmt.Sprintf("127.0.0.1:%d", p.number) }

// Release makes the port available again. It may be called more than once.
func (p *Port) Release() { _ = p.lock.Close() }
