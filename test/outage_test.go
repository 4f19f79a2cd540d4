package test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A server goes down under load. `starter serve` accepts only webhooks that it made durable and answers 503 to the others. When the
// server is back and a reconciliation has run, nothing is lost and nothing exists twice.
func TestOutage(t *testing.T) {
	t.Parallel()
	downtime := 20 * time.Second
	if text := os.Getenv("CHAOS_OUTAGE"); text != "" {
		var err error
		downtime, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	for _, name := range []string{killPostgres, killTemporal} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newChaosRun(t, chaosSize{
				organizations: 6, devices: 40, companies: 4, timeout: downtime + 20*time.Minute, reconcileInterval: reconcileOften,
			}, 1)
			o := &outage{chaosRun: c, name: name, downtime: downtime, answers: map[int]int{}}
			require.Empty(t, c.runImport().Failures)
			c.ledger.imported = true
			o.run()
			c.settle()
			runs := c.reconcileUntilStable()
			found := c.verify()
			o.printSummary(runs, found)
			require.Empty(t, found.all(), "what the oracle says")
			for status := range o.answers {
				require.Contains(t, []int{http.StatusAccepted, http.StatusServiceUnavailable}, status, "%v", o.answers)
			}
			require.Positive(t, o.answers[http.StatusServiceUnavailable], "no webhook was answered 503")
			c.requireStable()
		})
	}
}

// outage is a run in which one server is down for a while.
type outage struct {
	*chaosRun
	name     string
	downtime time.Duration
	// answers counts the webhooks by what they were answered; back is when the server answered again, first when the first
	// webhook after that was accepted.
	answers     map[int]int
	back, first time.Time
}

// loadInterval is the time between two events of the load.
const loadInterval = 300 * time.Millisecond

// run generates load before, during and after the outage.
func (o *outage) run() {
	o.t.Helper()
	o.generateLoad(3*time.Second, nil)
	server := o.server()
	server.Kill()
	o.generateLoad(o.downtime, nil)
	back := make(chan error, 1)
	o.disruptor.work.group.Go(func() { back <- server.Restart(o.ctx) })
	o.generateLoad(time.Minute, back)
	o.back = time.Now()
	o.generateLoad(5*time.Second, nil)
}

func (o *outage) count(happened bool) {
	if happened {
		o.ledger.events++
	}
}

func (o *outage) server() interface {
	Kill()
	Restart(ctx context.Context) error
} {
	if o.name == killPostgres {
		return o.disruptor.postgres
	}
	return o.disruptor.temporal
}

// generateLoad triggers and resets alerts and acts on requests for a while, or until done.
func (o *outage) generateLoad(length time.Duration, done <-chan error) {
	o.t.Helper()
	ticker := time.NewTicker(loadInterval)
	defer ticker.Stop()
	for until := time.Now().Add(length); time.Now().Before(until); {
		select {
		case <-ticker.C:
		case err := <-done:
			require.NoError(o.t, err)
			return
		}
		o.seen = nil
		o.count(o.triggerAlert())
		if o.random.IntN(2) == 0 {
			o.count(o.resetRandomAlert())
		}
		if o.random.IntN(4) == 0 {
			o.count(o.workOnRequest([...]string{stepClose, stepClose, stepConvert, stepReopen}[o.random.IntN(4)]))
		}
	}
	require.Nil(o.t, done, "the server did not come back")
}

// printSummary prints what happened in one line.
func (o *outage) printSummary(reconciles int, v *findings) {
	for _, sent := range o.webhooks.recorded(0) {
		o.answers[sent.status]++
		if sent.status == http.StatusAccepted && sent.at.After(o.back) && (o.first.IsZero() || sent.at.Before(o.first)) {
			o.first = sent.at
		}
	}
	accepted := "none"
	if !o.first.IsZero() {
		accepted = fmt.Sprintf("%.1f s", o.first.Sub(o.back).Seconds())
	}
	fmt.Printf("outage: %s down for %s: %d events, webhooks answered %v, the first accepted %s after the server was back, settled %.0f s "+
		"after the load, reconciliations %d, lost %d, duplicated %d, wrong %d\n", o.name, o.downtime, o.ledger.events, o.answers, accepted, o.settled.Seconds(), reconciles,
		len(v.lost), len(v.duplicated), len(v.wrong))
}

// While the starter is down every webhook is lost. One reconciliation recovers everything, in a number of calls that does not depend on
// the number of devices. No fault occurs twice, because the cost of a repeated alert depends on the order of recovery.
func TestOutageOfStarter(t *testing.T) {
	t.Parallel()
	missed := 30
	sizes := []int{40, 400}
	if fullSize() {
		missed, sizes = 100, []int{100, 1000}
	}
	calls := make([]int64, len(sizes))
	for i, devices := range sizes {
		c := newChaosRun(t, chaosSize{organizations: 8, devices: devices, companies: 4, timeout: 10 * time.Minute}, 1)
		require.Empty(t, c.runImport().Failures)
		c.ledger.imported = true
		c.disruptor.serve.Kill()
		for c.ledger.events < missed {
			c.triggerNewFault()
			if c.resetRandomAlert() {
				c.ledger.events++
			}
		}
		c.settle()
		report := c.reconcile(0)
		c.waitUntilSettled()
		found := c.verify()
		calls[i] = report.APICalls.Ninjaone + report.APICalls.Accelo
		fmt.Printf("outage: starter down, %d events missed, %d devices: one reconciliation of %d calls in %.1f s, recovered %+v, lost %d, duplicated %d\n",
			c.ledger.events, devices, calls[i], report.Seconds, report.Healed, len(found.lost), len(found.duplicated))
		require.Empty(t, found.all(), "what the oracle says")
	}
	require.InDelta(t, calls[0], calls[1], 1, "the calls depend on the number of devices")
}
