package test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// chaosMove is a run in the middle of which the connection moves to another tenant and deployment.
var chaosMove = chaosSize{
	organizations: 6, devices: 40, companies: 6, alerts: 40, rounds: 8, pause: 1500 * time.Millisecond,
	kills: 3, freezes: 1, ended: 4, acts: 24, growth: 4, share: 0.05, timeout: 8 * time.Minute, reconcileInterval: reconcileOften,
}

// In the middle of imports, alerts, faults and kills a connection moves to another tenant and deployment, whose ids are the same. Nothing of
// the former pair is written there, nothing more is written to the former pair, and the new one keeps every promise.
func TestChaosMove(t *testing.T) {
	if !fullSize() {
		t.Parallel()
	}
	size := chaosMove
	if fullSize() {
		size.devices, size.alerts, size.rounds, size.kills, size.ended, size.acts = 200, 160, 24, 8, 16, 80
	}
	seed := envNumber(t, "CHAOS_SEED", 1)
	began := time.Now()
	c := newChaosRun(t, size, seed)
	c.startFaults()
	half := size.rounds/2 + c.random.IntN(3) - 1
	c.runRounds(0, half)
	former := c.moveToAnotherPair()
	c.startFaults()
	c.runRounds(half, size.rounds)
	c.settle()
	runs := c.reconcileUntilStable()
	found := c.verify()
	c.printSummary(began, runs, found)
	for _, finding := range found.all() {
		fmt.Println(findingPrefix + finding)
	}
	require.Empty(t, found.all(), "the oracle's findings after the move")
	former.requireUnchanged(t)
	c.requireStable()
	former.requireUnchanged(t)
}

// formerPair is a tenant and a deployment that a connection has left, as they were then.
type formerPair struct {
	ninjaOne simulator[ninjaone.World]
	accelo   simulator[accelo.World]
	alerts   []ninjaone.Alert
	world    accelo.World
}

// moveToAnotherPair starts another pair of vendors and moves the connection there, while everything goes on.
func (c *chaosRun) moveToAnotherPair() formerPair {
	c.t.Helper()
	former := formerPair{ninjaOne: c.ninjaOne, accelo: c.accelo}
	other := strconv.FormatUint(c.seed+1000, 10)
	start := func(name string, arguments ...string) string {
		url, err := c.stack.StartSimulator(c.ctx, name, 0, append(arguments, "-seed", other)...)
		require.NoError(c.t, err)
		return url
	}
	c.ninjaOne = simulator[ninjaone.World]{c.testEnv, start("ninjaone-simulator",
		"-organizations", strconv.Itoa(c.size.organizations), "-devices", strconv.Itoa(c.size.devices), "-alerts", "0")}
	c.accelo = simulator[accelo.World]{c.testEnv, start("accelo-simulator",
		"-companies", strconv.Itoa(c.size.companies), "-deployment", "another", "-rate-limit", "10000000")}
	settings := []string{"NINJAONE_URL=" + c.ninjaOne.url, "ACCELO_URL=" + c.accelo.url}
	c.options.Environment = append(c.options.Environment, settings...)
	c.stack.Set(settings...)
	c.setStorage()
	c.switches, c.initial = c.accelo.state().Switches, c.accelo.state()
	c.ledger, c.people, c.mistakes, c.seen = newLedger(c.ninjaOne.state()), newPeople(), nil, nil
	c.waitUntil("connect has moved the connection", func() bool { // while PostgreSQL or Temporal is down, it can't
		return c.starter("connect", "--new-pair", "--json").Code == 0
	})
	former.remember()
	c.t.Logf("moved after %d of our writes to the former deployment", former.accelo.counters().Writes)
	return former
}

// remember takes down what the former vendors hold, without faults from now on.
func (p *formerPair) remember() {
	p.ninjaOne.setFaults([]lab.Fault{}...)
	p.accelo.setFaults([]lab.Fault{}...)
	p.alerts, p.world = p.ninjaOne.state().Alerts, p.accelo.state()
}

// requireUnchanged requires that nothing was written to the former vendors.
func (p *formerPair) requireUnchanged(t testing.TB) {
	t.Helper()
	now := p.accelo.state()
	require.Equal(t, p.world.Requests, now.Requests)
	require.Equal(t, p.world.Companies, now.Companies)
	require.Equal(t, p.world.Contacts, now.Contacts)
	require.Equal(t, p.world.Assets, now.Assets)
	require.Equal(t, p.world.CustomValues, now.CustomValues)
	require.Equal(t, p.world.AssetLinks, now.AssetLinks)
	require.Equal(t, p.world.Activities, now.Activities)
	require.Empty(t, now.Subscriptions)
	require.True(t, slices.Equal(uidsOf(p.alerts), uidsOf(p.ninjaOne.state().Alerts)), "an alert of the former tenant was reset")
}

func uidsOf(alerts []ninjaone.Alert) []string {
	uids := make([]string, len(alerts))
	for i, alert := range alerts {
		uids[i] = alert.UID
	}
	return uids
}
