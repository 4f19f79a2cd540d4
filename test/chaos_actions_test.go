package test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"time"

	"ninjaone-accelo/internal/local"
)

// What the disruptor does to the programs. The kills are named after what they kill.
const (
	killWorker   = "kill-worker"
	killStarter  = "kill-starter"
	killPostgres = "kill-postgresql"
	killTemporal = "kill-temporal"
	// restartPostgres restarts PostgreSQL cleanly. freezeWorker stops a worker past its heartbeat timeout and lets it continue.
	restartPostgres = "restart-postgresql"
	freezeWorker    = "freeze-worker"
)

// The heartbeat timeout is 12 s: a worker that is frozen for longer has lost its activities when it wakes up.
const (
	shortFreeze = 13 * time.Second
	longFreeze  = 18 * time.Second
)

// disruptor kills, restarts and freezes programs in the background, one after another, at the test's request.
type disruptor struct {
	chaos    *chaosRun
	random   *rand.Rand
	postgres *local.Postgres
	temporal *local.Temporal
	asked    chan string
	ended    chan error
	work     background

	// The following fields belong to the background goroutine until it has ended.
	workers []*local.Program
	serve   *local.Program
	done    map[string]int
	// exited counts the programs that had exited without being killed.
	exited int
}

// newDisruptor starts the programs.
func newDisruptor(c *chaosRun, s scenario) *disruptor {
	d := &disruptor{
		chaos: c, random: rand.New(rand.NewPCG(c.seed, 2)), postgres: s.postgres, temporal: s.temporal, done: map[string]int{},
		asked: make(chan string, len(c.schedule)), ended: make(chan error, 1),
	}
	ctx, cancel := context.WithCancel(c.ctx)
	d.work.cancel = cancel
	c.t.Cleanup(d.work.stop)
	for range chaosWorkers {
		d.workers = append(d.workers, c.startWorker())
	}
	serve, url, err := c.stack.StartServe(c.ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	d.serve, c.serveURL = serve, url
	c.webhooks.setTarget(url)
	if result := c.starter("connect", "--json"); result.Code != 0 {
		c.t.Fatal(result.Stdout + result.Stderr)
	}
	d.work.group.Go(func() { d.ended <- d.runAll(ctx) })
	return d
}

// finish does what was asked for and waits until every program runs again.
func (d *disruptor) finish(ctx context.Context) error {
	close(d.asked)
	select {
	case err := <-d.ended:
		return errors.Join(err, d.restartEnded(ctx))
	case <-ctx.Done():
		return fmt.Errorf("the programs did not come up again: %w", ctx.Err())
	}
}

func (d *disruptor) runAll(ctx context.Context) error {
	for action := range d.asked {
		if err := d.run(ctx, action); err != nil {
			return fmt.Errorf("%s: %w", action, err)
		}
		d.done[action]++
		pauseFor(ctx, time.Duration(d.random.IntN(2000))*time.Millisecond)
	}
	return nil
}

func (d *disruptor) run(ctx context.Context, action string) error {
	switch action {
	case killWorker:
		at := d.random.IntN(len(d.workers))
		d.workers[at].Kill()
		return d.startWorker(ctx, at)
	case killStarter:
		d.serve.Kill()
		return d.startServe(ctx)
	case killPostgres:
		d.postgres.Kill()
		return d.postgres.Restart(ctx)
	case restartPostgres:
		return d.postgres.Restart(ctx)
	case killTemporal:
		d.temporal.Kill()
		pauseFor(ctx, time.Duration(d.random.IntN(2000))*time.Millisecond)
		return d.temporal.Restart(ctx)
	}
	return d.freeze(ctx)
}

func (d *disruptor) freeze(ctx context.Context) error {
	worker := d.workers[d.random.IntN(len(d.workers))]
	if err := worker.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	pauseFor(ctx, shortFreeze+time.Duration(d.random.Int64N(int64(longFreeze-shortFreeze))))
	return worker.Signal(syscall.SIGCONT)
}

func (d *disruptor) startWorker(ctx context.Context, at int) error {
	return d.retryStart(ctx, func() error {
		worker, _, err := d.chaos.stack.StartWorker(ctx)
		if err == nil {
			d.workers[at] = worker
		}
		return err
	})
}

func (d *disruptor) startServe(ctx context.Context) error {
	return d.retryStart(ctx, func() error {
		serve, url, err := d.chaos.stack.StartServe(ctx)
		if err == nil {
			d.serve = serve
			d.chaos.webhooks.setTarget(url)
		}
		return err
	})
}

// restartEnded starts the programs that have exited, as a supervisor would.
func (d *disruptor) restartEnded(ctx context.Context) error {
	var faults []error
	for at, worker := range d.workers {
		if hasEnded(worker) {
			d.exited++
			faults = append(faults, d.startWorker(ctx, at))
		}
	}
	if hasEnded(d.serve) {
		d.exited++
		faults = append(faults, d.startServe(ctx))
	}
	return errors.Join(faults...)
}

func hasEnded(program *local.Program) bool {
	select {
	case <-program.Done():
		return true
	default:
		return false
	}
}

// retryStart starts a program, several times if it exits because a server is down.
func (d *disruptor) retryStart(ctx context.Context, start func() error) error {
	var faults []error
	for range 5 {
		err := start()
		if err == nil {
			return nil
		}
		if faults = append(faults, err); ctx.Err() != nil {
			break
		}
	}
	return errors.Join(faults...)
}

// killCount returns the number of kills.
func (d *disruptor) killCount() (total int) {
	for action, count := range d.done {
		if action != restartPostgres && action != freezeWorker {
			total += count
		}
	}
	return total
}

// killSummary lists what was killed how often.
func (d *disruptor) killSummary() string {
	var kinds []string
	for _, action := range slices.Sorted(maps.Keys(d.done)) {
		if action != restartPostgres && action != freezeWorker {
			kinds = append(kinds, fmt.Sprintf("%s %d", action, d.done[action]))
		}
	}
	return strings.Join(kinds, ", ")
}
