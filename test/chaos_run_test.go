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
	"ninjaone-accelo/internal/simulator/accelo"
)

// Exit codes: an administrator has something to do first, or some records failed.
const (
	codeToDo   = 3
	codeFailed = 4
)

// chaosWorkers is the number of workers.
const chaosWorkers = 2

// chaosRun is an environment in which every program can be killed. It has its own PostgreSQL and Temporal servers.
type chaosRun struct {
	*alertEnv
	size     chaosSize
	seed     uint64
	schedule []step
	// random is the source of the step that is being done.
	random    *rand.Rand
	ledger    *ledger
	disruptor *disruptor
	people    *people
	// done counts the steps by kind, those of the disruptor apart. mistakes are the requests that were closed by mistake.
	done     map[string]int
	mistakes []accelo.Request
	// seen is what Accelo held in this round, switches how it stores texts, and storage says so.
	seen     *seenWorld
	switches accelo.Switches
	storage  string
	// noWebhookLoss makes the proxy resend every webhook until it is accepted, so that nothing has to be reconciled.
	noWebhookLoss bool
	// approved counts the reconciliations that needed approval.
	approved int
	// injected counts faults by kind. settled is how long it took until all workflows had ended.
	injected map[string]int
	settled  time.Duration
}

// newChaosRun returns an environment with two workers and a starter, connected and without faults so far.
func newChaosRun(t *testing.T, size chaosSize, seed uint64) *chaosRun {
	t.Helper()
	c := &chaosRun{
		size: size, seed: seed, schedule: scheduleOf(size, seed), people: newPeople(), done: map[string]int{},
		random: rand.New(rand.NewPCG(seed, 0)), injected: map[string]int{}, noWebhookLoss: os.Getenv("CHAOS_INSIST") != "",
	}
	s := ownServers(t)
	s.organizations, s.devices, s.companies, s.seed, s.timeout = size.organizations, size.devices, size.companies, seed, size.timeout
	if size.reconcileInterval > 0 {
		s.settings = []string{"RECONCILE_INTERVAL=" + size.reconcileInterval.String()}
	}
	c.alertEnv = newAlertEnv(t, s)
	c.journal = &[]string{}
	if c.noWebhookLoss {
		c.webhooks.retryUntilAccepted()
	}
	c.setStorage()
	c.switches = c.accelo.state().Switches
	c.ledger = newLedger(c.ninjaOne.state())
	c.disruptor = newDisruptor(c, s)
	t.Cleanup(c.keepDossier)
	return c
}

// ownServers returns a scenario with a PostgreSQL and a Temporal server for this test alone, with their data on disk.
func ownServers(t testing.TB) scenario {
	t.Helper()
	postgres, err := local.StartPostgres(t.Context(), local.PostgresOptions{}) // durable, since the test kills it
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
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), stopTimeout)
	defer cancel()
	if err := server.Stop(ctx); err != nil {
		t.Logf("a server did not stop cleanly: %v", err)
	}
}

// settle ends kills and faults and waits until no workflow runs.
func (c *chaosRun) settle() {
	c.t.Helper()
	require.NoError(c.t, c.disruptor.finish(c.ctx))
	c.stopFaults()
	began := time.Now()
	c.waitUntilSettled()
	c.ledger.imported = false // what people edited since the last import is noted once
	c.startImport()
	c.waitUntilSettled()
	for range 3 {
		if !c.decide() && !c.oweDevices() {
			break
		}
		c.ledger.imported = false
		c.startImport()
		c.waitUntilSettled()
		require.Equal(c.t, 0, c.starter("retry", "--json").Code)
		c.waitUntilSettled()
	}
	c.settled = time.Since(began)
}

// waitUntilSettled waits until all webhooks are delivered and none of our workflows runs. It checks twice, because a webhook may start
// a workflow whose writes cause another webhook.
func (c *chaosRun) waitUntilSettled() {
	c.t.Helper()
	seen := -1
	var running []string
	defer func() {
		if c.ctx.Err() != nil {
			c.t.Logf("still running:\n%s", strings.Join(c.pendingActivities(running), "\n"))
		}
	}()
	c.waitUntil("no workflow is running", func() bool {
		c.ninjaOne.act("deliveries/drain", nil)
		c.accelo.act("deliveries/drain", nil)
		if !c.webhooks.idle() {
			return false
		}
		running = c.running()
		calls := c.ninjaOne.counters().Total + c.accelo.counters().Total
		still := len(running) == 0 && calls == seen
		seen = calls
		return still
	})
}

// running returns the IDs of the workflows that have not ended.
func (c *chaosRun) running() []string {
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

// pendingActivities describes what each workflow is waiting for.
func (c *chaosRun) pendingActivities(ids []string) []string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), stopTimeout)
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

// reconcileUntilStable runs `starter reconcile` until it writes nothing, and returns the number of runs.
func (c *chaosRun) reconcileUntilStable() (runs int) {
	c.t.Helper()
	if c.noWebhookLoss {
		require.Equal(c.t, 0, c.starter("retry", "--json").Code)
		c.waitUntilSettled()
		return 0
	}
	for runs = 1; ; runs++ {
		c.resetCalls()
		result := c.starter("reconcile", "--json")
		if result.Code == codeToDo { // so many events were missed that the change needs approval
			c.approved++
			result = c.starter("reconcile", "--json", "--approve")
		}
		require.Contains(c.t, []int{0, codeFailed}, result.Code, result.Stdout+result.Stderr)
		c.waitUntilSettled()
		if c.writes() == 0 {
			return runs
		}
		require.Less(c.t, runs, 10, "each reconciliation finds more to write: %v, %v, %s", c.accelo.counters().ByEndpoint, c.ninjaOne.counters().ByEndpoint, result.Stdout)
	}
}

// requireGone requires that a record fails because someone deleted its object: after the product had seen it, or before its create was confirmed.
func (c *chaosRun) requireGone(failure recordError) {
	c.t.Helper()
	if strings.Contains(failure.Error, "no longer in Accelo") {
		require.True(c.t, c.wasDeleted(c.accelo.state(), c.companyCreatedFor(failure.NinjaID)), "%+v", failure)
		return
	}
	require.Contains(c.t, failure.Error, "was deleted in Accelo", "%+v", failure)
}

// requireStable requires that another import and another reconciliation write nothing. Records whose company or asset someone deleted fail
// until somebody decides.
func (c *chaosRun) requireStable() {
	c.t.Helper()
	c.resetCalls()
	report := c.runImport()
	for _, failure := range report.Failures {
		require.True(c.t, c.people.someoneHasToDecide(), "%+v", failure)
		c.requireGone(failure)
	}
	if !c.noWebhookLoss {
		require.Contains(c.t, []int{0, codeFailed}, c.starter("reconcile", "--json").Code)
	}
	c.waitUntilSettled()
	require.Zero(c.t, c.writes(), "unnecessary writes: %v, %v", c.accelo.counters().ByEndpoint, c.ninjaOne.counters().ByEndpoint)
}

// writes counts the calls that change something. NinjaOne's webhook can't be read, so every reconciliation writes it; that doesn't count.
// Nor does a request that Accelo refuses each time because someone deleted the company: a person has to decide about that.
func (c *chaosRun) writes() int {
	inAccelo, inNinjaOne := c.accelo.counters(), c.ninjaOne.counters()
	return inAccelo.Writes - inAccelo.RefusedWrites + inNinjaOne.Writes - c.ninjaOne.count(http.MethodPut, "/v2/webhook")
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

// background runs functions alongside a test and waits for them before its environment ends.
type background struct {
	group  sync.WaitGroup
	cancel context.CancelFunc
}

func (b *background) stop() {
	b.cancel()
	b.group.Wait()
}
