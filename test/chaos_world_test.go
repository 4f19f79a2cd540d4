package test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local"
)

// codeToDo is the exit code where an administrator has something to do first.
const codeToDo = 3

// chaosWorkers is how many workers there are at a time.
const chaosWorkers = 2

// chaos is a world in which every program can be killed: PostgreSQL and Temporal are its own.
type chaos struct {
	*alertWorld
	size   chaosSize
	seed   uint64
	random *rand.Rand
	ledger *ledger
	deeds  *deeds
	// insists tells that no webhook is lost: then nothing has to be reconciled.
	insists bool
	// approved counts what the brake had held back.
	approved int
	// injected counts faults by kind, settled is how long it took until nothing ran any more.
	injected map[string]int
	settled  time.Duration
}

// startChaos is a world with two workers, a starter and a finished `connect`, at peace so far.
func startChaos(t *testing.T, size chaosSize, seed uint64) *chaos {
	t.Helper()
	c := &chaos{
		size: size, seed: seed, random: rand.New(rand.NewPCG(seed, 1)), injected: map[string]int{}, insists: os.Getenv("CHAOS_INSIST") != "",
	}
	s := ownServers(t)
	s.organizations, s.devices, s.companies, s.seed, s.patience = size.organizations, size.devices, size.companies, seed, size.patience
	if size.reconciles > 0 {
		s.settings = []string{"RECONCILE_INTERVAL=" + size.reconciles.String()}
	}
	c.alertWorld = gatedWorld(t, s)
	if c.insists {
		c.gate.insist()
	}
	c.ledger = newLedger(c.ninjaOne.state())
	c.deeds = newDeeds(c, s)
	return c
}

// ownServers is a scenario with a PostgreSQL and a Temporal server that only this test uses, both with their data on disk.
func ownServers(t testing.TB) scenario {
	t.Helper()
	postgres, err := local.StartPostgres(t.Context(), local.PostgresOptions{}) // careful with its data, since it is to be killed
	require.NoError(t, err)
	t.Cleanup(func() { stopServer(t, postgres) })
	temporal, err := local.StartTemporal(t.Context(), local.TemporalOptions{
		Headless: true, SearchAttributes: flow.SearchAttributes(), DatabaseFile: filepath.Join(t.TempDir(), "temporal.db"),
	})
	require.NoError(t, err)
	t.Cleanup(func() { stopServer(t, temporal) })
	return scenario{postgres: postgres, temporal: temporal, accelo: []string{"-rate-limit", "10000000"}}
}

func stopServer(t testing.TB, server interface{ Stop(context.Context) error }) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), stopPatience)
	defer cancel()
	if err := server.Stop(ctx); err != nil {
		t.Logf("a server did not stop in good order: %v", err)
	}
}

// gatedWorld is a world whose webhooks come in by a gate; the programs are for the test to start.
func gatedWorld(t testing.TB, s scenario) *alertWorld {
	t.Helper()
	w := &alertWorld{world: newWorld(t, s), gate: newGate(t)}
	w.options.Environment = append(w.options.Environment, "PUBLIC_URL="+w.gate.url)
	w.stack.Set("PUBLIC_URL=" + w.gate.url)
	return w
}

// calm ends all trouble and waits until nothing runs any more.
func (c *chaos) calm() {
	c.t.Helper()
	require.NoError(c.t, c.deeds.finish(c.ctx))
	c.end()
	began := time.Now()
	c.importStarted()
	c.rest()
	c.settled = time.Since(began)
}

// rest waits until all webhooks are out and no workflow of ours runs. A vendor's event may start a workflow, whose writes may make
// another event.
func (c *chaos) rest() {
	c.t.Helper()
	seen := -1
	var running []string
	defer func() {
		if c.ctx.Err() != nil {
			c.t.Logf("these still run:\n%s", strings.Join(c.explained(running), "\n"))
		}
	}()
	c.until("no workflow runs any more", func() bool {
		c.ninjaOne.act("deliveries/drain", nil)
		c.accelo.act("deliveries/drain", nil)
		if !c.gate.empty() {
			return false
		}
		running = c.running()
		calls := c.ninjaOne.counters().Total + c.accelo.counters().Total
		still := len(running) == 0 && calls == seen
		seen = calls
		return still
	})
}

// running are the workflows that have not ended.
func (c *chaos) running() []string {
	var ids []string
	var next []byte
	for {
		list, err := c.temporal.ListWorkflow(c.ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Query: "ExecutionStatus = 'Running'", PageSize: 1000, NextPageToken: next,
		})
		if err != nil {
			return []string{"unknown: " + err.Error()}
		}
		for _, execution := range list.GetExecutions() {
			if id := execution.GetExecution().GetWorkflowId(); !strings.HasPrefix(id, "temporal-sys-") {
				ids = append(ids, id)
			}
		}
		if next = list.GetNextPageToken(); len(next) == 0 {
			slices.Sort(ids)
			return ids
		}
	}
}

// explained says what workflows wait for.
func (c *chaos) explained(ids []string) []string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), stopPatience)
	defer cancel()
	var lines []string
	for _, id := range ids[:min(len(ids), 20)] {
		line := id
		described, err := c.temporal.DescribeWorkflowExecution(ctx, id, "")
		if err != nil {
			line += ": " + err.Error()
		}
		for _, pending := range described.GetPendingActivities() {
			line += fmt.Sprintf("; %s, attempt %d, %s: %s", pending.GetActivityType().GetName(), pending.GetAttempt(), pending.GetState(),
				pending.GetLastFailure().GetMessage())
		}
		lines = append(lines, line)
	}
	return lines
}

// reconciled runs `starter reconcile` until it has nothing to write any more, and returns how many runs that took.
func (c *chaos) reconciled() (runs int) {
	c.t.Helper()
	if c.insists {
		require.Equal(c.t, 0, c.run("retry", "--json").Code)
		c.rest()
		return 0
	}
	for runs = 1; ; runs++ {
		c.forgetCalls()
		result := c.run("reconcile", "--json")
		if result.Code == codeToDo { // so much went by unseen that a person is asked whether it can be true
			c.approved++
			result = c.run("reconcile", "--json", "--approve")
		}
		require.Contains(c.t, []int{0, 4}, result.Code, result.Stdout+result.Stderr)
		c.rest()
		if c.writes() == 0 {
			return runs
		}
		require.Less(c.t, runs, 10, "every reconcile finds something more to write")
	}
}

// idle: with both sides in step, another import and another reconcile write nothing.
func (c *chaos) idle() {
	c.t.Helper()
	c.forgetCalls()
	report := c.imports()
	require.Empty(c.t, report.Failures)
	if !c.insists {
		require.Equal(c.t, 0, c.run("reconcile", "--json").Code)
	}
	c.rest()
	require.Zero(c.t, c.writes(), "written without need: %v, %v", c.accelo.counters().ByEndpoint, c.ninjaOne.counters().ByEndpoint)
}

// writes are the vendors' calls that change something. NinjaOne's registration cannot be read, and is written to keep it.
func (c *chaos) writes() int {
	return c.accelo.counters().Writes + c.ninjaOne.counters().Writes - c.ninjaOne.count(http.MethodPut, "/v2/webhook")
}

// pauseFor waits, or returns early when the context ends.
func pauseFor(ctx context.Context, length time.Duration) {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// background runs functions beside a test and waits for them before its world ends.
type background struct {
	group  sync.WaitGroup
	cancel context.CancelFunc
}

func (b *background) stop() {
	b.cancel()
	b.group.Wait()
}
