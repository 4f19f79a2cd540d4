package test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/bulkhead"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// hangs lets a vendor accept its calls and never answer them.
var hangs = lab.Fault{Kind: lab.FaultDelay, Path: "^/(api|v2)/", DelayMillis: int(10 * time.Minute / time.Millisecond)}

// pollers have shares of their own: the worker, and `starter serve`, which works too.
const pollers = 2

// hits returns how often the active faults were met.
func (v simulator[W]) hits() (all int) {
	for _, fault := range callJSON[[]struct{ Hits int }](v.env, http.MethodGet, v.url+"/_lab/faults", nil) {
		all += fault.Hits
	}
	return all
}

// neighbour is another connection of the same installation, with a tenant and a deployment of its own.
type neighbour struct {
	name     string
	ninjaOne simulator[ninjaone.World]
	accelo   simulator[accelo.World]
}

// addNeighbour connects and imports a few devices.
func (e *alertEnv) addNeighbour(name string) neighbour {
	e.t.Helper()
	start := func(program string, arguments ...string) string {
		e.t.Helper()
		address, err := e.stack.StartSimulator(e.ctx, program, 0, append(arguments, "-seed", "77")...)
		require.NoError(e.t, err)
		return address
	}
	n := neighbour{
		name:     name,
		ninjaOne: simulator[ninjaone.World]{e.testEnv, start("ninjaone-simulator", "-organizations", "2", "-devices", "8", "-alerts", "0")},
		accelo:   simulator[accelo.World]{e.testEnv, start("accelo-simulator", "-companies", "2", "-deployment", name)},
	}
	file := filepath.Join(e.t.TempDir(), "credentials")
	require.NoError(e.t, os.WriteFile(file, []byte(strings.Join([]string{
		"NINJAONE_URL=" + n.ninjaOne.url, "NINJAONE_CLIENT_ID=demo-client", "NINJAONE_CLIENT_SECRET=demo-secret",
		"ACCELO_URL=" + n.accelo.url, "ACCELO_CLIENT_ID=" + accelo.DefaultClientID, "ACCELO_CLIENT_SECRET=" + accelo.DefaultClientSecret,
	}, "\n")), 0o600))
	connected := e.starter("connect", "--connection", name, "--from-file", file)
	require.Equal(e.t, 0, connected.Code, connected.Stdout+connected.Stderr)
	require.Equal(e.t, 0, e.starter("import", "--connection", name, "--json").Code)
	return n
}

// alerts triggers an alert of its own on each device, and waits until each has its request.
func (n neighbour) alerts() {
	e := n.ninjaOne.env
	e.t.Helper()
	before := len(n.accelo.state().Requests)
	devices := n.ninjaOne.state().Devices
	fired := 0
	for _, device := range devices {
		if device.ApprovalStatus == "APPROVED" {
			n.ninjaOne.act("trigger", map[string]any{"device_id": device.ID, "message": "disk full", "severity": "MAJOR"})
			fired++
		}
	}
	e.waitUntil("each alert of "+n.name+" has its request", func() bool { return len(n.accelo.state().Requests) == before+fired })
}

// A deployment that accepts calls and never answers holds only its own alerts up: those of another connection open while all calls that the first
// one ever made are still waiting. Once it answers, each of its alerts gets its request.
func TestHangingAcceloHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 4, devices: 40, ninjaOne: []string{"-alerts", "0"}})
	other := e.addNeighbour("second")
	before := len(e.accelo.state().Requests)
	e.accelo.setFaults(hangs)
	const alerts = (pollers + 2) * bulkhead.Size
	for n := range alerts {
		device, _ := e.device(n % 40)
		e.trigger(device.ID, condition(n))
	}
	e.waitUntil("calls hang", func() bool { return e.accelo.hits() >= bulkhead.Size/2 })
	other.alerts()
	require.LessOrEqual(t, e.accelo.hits(), pollers*bulkhead.Size, "no call of the other one had to end for it")
	e.accelo.setFaults()
	e.waitUntil("each alert has its request", func() bool { return len(e.accelo.state().Requests) == before+alerts })
}

// Alerts of a known device need nothing of NinjaOne to become requests: they don't wait for it while it hangs.
func TestHangingNinjaOneHoldsUpNoRequest(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 4, devices: 40, ninjaOne: []string{"-alerts", "0"}})
	before := len(e.accelo.state().Requests)
	e.ninjaOne.setFaults(hangs)
	const alerts = 3 * bulkhead.Size
	for n := range alerts {
		device, _ := e.device(n % 40)
		e.trigger(device.ID, condition(n))
	}
	e.waitUntil("each alert has its request", func() bool { return len(e.accelo.state().Requests) == before+alerts })
	require.Less(t, e.ninjaOne.hits(), alerts, "the requests didn't wait for what follows them")
}
