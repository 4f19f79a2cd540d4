package local

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports are taken below the range from which operating systems choose ports for outgoing connections (32768 and up on
// Linux, 49152 on macOS), so that no such connection takes the port of a server that is being restarted.
const (
	lowestPort  = 20000
	highestPort = 29999
	portTries   = 100
)

// Port is a TCP port of 127.0.0.1 that nobody listened on when it was reserved, and that no other Port anywhere on this
// machine is while it is held.
type Port struct {
	number int
	lock   net.PacketConn
}

// ReservePort reserves a port for a server that is started next: the wanted one when it is free, else another. Wanted 0
// is any. Release it when the server has ended.
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

// reserve takes one port. The UDP socket of the same number is the lock between processes that reserve: the system
// gives it to one of them and takes it back when that one ends, however it ends.
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

// Number of the port.
func (p *Port) Number() int { return p.number }

// Address is the port with its host, 127.0.0.1.
func (p *Port) Address() string { return fmt.Sprintf("127.0.0.1:%d", p.number) }

// Release gives the port back. It may be called again.
func (p *Port) Release() { _ = p.lock.Close() }
