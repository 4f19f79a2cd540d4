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

// A server is away under load: what `starter serve` accepts is durable and what it cannot make durable it answers 503; once the
// server is back and one reconcile has run, nothing is lost and nothing is doubled.
func TestOutage(t *testing.T) {
	t.Parallel()
	away := 20 * time.Second
	if text := os.Getenv("CHAOS_OUTAGE"); text != "" {
		var err error
		away, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	for _, name := range []string{deedPostgres, deedTemporal} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startChaos(t, chaosSize{organizations: 6, devices: 40, companies: 4, patience: away + 20*time.Minute, reconciles: often}, 1)
			o := &outage{chaos: c, name: name, away: away, answers: map[int]int{}}
			require.Empty(t, c.imports().Failures)
			c.ledger.imported = true
			o.happens()
			c.calm()
			runs := c.reconciled()
			verdict := c.judge()
			o.print(runs, verdict)
			require.Empty(t, verdict.all(), "what the oracle says")
			for status := range o.answers {
				require.Contains(t, []int{http.StatusAccepted, http.StatusServiceUnavailable}, status, "%v", o.answers)
			}
			require.Positive(t, o.answers[http.StatusServiceUnavailable], "nobody noticed the outage")
			c.idle()
		})
	}
}

// outage is a server that is away for a while.
type outage struct {
	*chaos
	name string
	away time.Duration
	// answers counts the webhooks by what they were answered; back is when the server answered again, first when the first
	// webhook after that was accepted.
	answers     map[int]int
	back, first time.Time
}

// load is how far apart the events of the load are.
const load = 300 * time.Millisecond

// happens lets alerts fire and clear and people work on requests, before, during and after the outage.
func (o *outage) happens() {
	o.t.Helper()
	o.goesOn(3*time.Second, nil)
	server := o.server()
	server.Kill()
	o.goesOn(o.away, nil)
	back := make(chan error, 1)
	o.deeds.work.group.Go(func() { back <- server.Restart(o.ctx) })
	o.goesOn(time.Minute, back)
	o.back = time.Now()
	o.goesOn(5*time.Second, nil)
}

func (o *outage) server() interface {
	Kill()
	Restart(ctx context.Context) error
} {
	if o.name == deedPostgres {
		return o.deeds.postgres
	}
	return o.deeds.temporal
}

// goesOn is the load, for a while or until something is done.
func (o *outage) goesOn(length time.Duration, done <-chan error) {
	o.t.Helper()
	ticker := time.NewTicker(load)
	defer ticker.Stop()
	for until := time.Now().Add(length); time.Now().Before(until); {
		select {
		case <-ticker.C:
		case err := <-done:
			require.NoError(o.t, err)
			return
		}
		o.fires()
		if o.random.IntN(2) == 0 {
			o.clears()
		}
		if o.random.IntN(4) == 0 {
			o.people(1)
		}
	}
	require.Nil(o.t, done, "the server does not come back")
}

func (o *outage) print(reconciles int, v *verdict) {
	for _, sent := range o.gate.since(0) {
		o.answers[sent.status]++
		if sent.status == http.StatusAccepted && sent.at.After(o.back) && (o.first.IsZero() || sent.at.Before(o.first)) {
			o.first = sent.at
		}
	}
	accepted := "none"
	if !o.first.IsZero() {
		accepted = fmt.Sprintf("%.1f s", o.first.Sub(o.back).Seconds())
	}
	fmt.Printf("outage: %s away for %s: %d events, webhooks answered %v, the first accepted %s after its return, calm %.0f s after the load, "+
		"%d reconciles, lost %d, doubled %d, wrong %d\n", o.name, o.away, o.ledger.events, o.answers, accepted, o.settled.Seconds(), reconciles,
		len(v.lost), len(v.doubled), len(v.wrong))
}

// The starter is away for a while and with it every webhook: one reconcile heals it all, in a number of calls that does not depend on
// how much is known. No fault comes twice: what a recurrence costs depends on whether it is healed before or after the first one's reset.
func TestOutageOfTheStarter(t *testing.T) {
	t.Parallel()
	missed := 30
	sizes := []int{40, 400}
	if whole() {
		missed, sizes = 100, []int{100, 1000}
	}
	calls := make([]int64, len(sizes))
	for i, devices := range sizes {
		c := startChaos(t, chaosSize{organizations: 8, devices: devices, companies: 4, patience: 10 * time.Minute}, 1)
		require.Empty(t, c.imports().Failures)
		c.ledger.imported = true
		c.deeds.serve.Kill()
		for c.ledger.events < missed {
			c.firesAnew()
			c.clears()
		}
		c.calm()
		report := c.reconcile(0)
		c.rest()
		verdict := c.judge()
		calls[i] = report.APICalls.Ninjaone + report.APICalls.Accelo
		fmt.Printf("outage: starter away, %d events missed, %d devices known: one reconcile of %d calls in %.1f s, healed %+v, lost %d, doubled %d\n",
			c.ledger.events, devices, calls[i], report.Seconds, report.Healed, len(verdict.lost), len(verdict.doubled))
		require.Empty(t, verdict.all(), "what the oracle says")
	}
	require.InDelta(t, calls[0], calls[1], 1, "the more is known, the more it costs")
}
