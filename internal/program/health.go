package program

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/telemetry"
	"ninjaone-accelo/internal/temporalx"
)

// Observation returns a mux that serves /metrics, /healthz and /readyz.
func (p *Program) Observation(temporal client.Client) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", p.Metrics.Handler())
	telemetry.NewHealth(p.Logger,
		telemetry.Check{Name: "postgresql", Probe: p.Store.Ping},
		telemetry.Check{Name: "temporal", Probe: temporalx.Healthy(temporal)},
		telemetry.Check{Name: "credentials", Probe: p.KeysOpen},
	).Register(mux)
	return mux
}

// CheckHealth asks /healthz of a program that listens on an address of this machine, such as ":9090". It is the health check
// of our container images, which contain no other program.
func CheckHealth(ctx context.Context, address string) error {
	const timeout = 5 * time.Second
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("address %q: %w", address, err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return err
	}
	response, err := (&http.Client{}).Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not healthy: %s", response.Status)
	}
	return nil
}
