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

// What is done to the programs.
const (
	deedWorker   = "worker"
	deedStarter  = "starter"
	deedPostgres = "PostgreSQL"
	deedTemporal = "Temporal"
	// deedRestart restarts PostgreSQL in good order; deedFreeze stops a worker past its heartbeat and lets it go on.
	deedRestart = "restart"
	deedFreeze  = "freeze"
)

// The heartbeat's time-out is 12 s: a worker that is frozen for longer has lost its activities when it wakes up.
const (
	shortFreeze = 13 * time.Second
	longFreeze  = 18 * time.Second
)

// deeds are done one after the other, beside the test, as it asks for them.
type deeds struct {
	world    *chaos
	random   *rand.Rand
	postgres *local.Postgres
	temporal *local.Temporal
	plan     []string
	askedFor int
	asked    chan string
	ended    chan error
	work     background

	// What follows is for the one goroutine that does the deeds, and for others when it has ended.
	workers []*local.Program
	serve   *local.Program
	done    map[string]int
	// gaveUp counts programs that had ended by themselves.
	gaveUp int
}

// newDeeds starts the programs and plans what will be done to them.
func newDeeds(c *chaos, s scenario) *deeds {
	d := &deeds{
		world: c, random: rand.New(rand.NewPCG(c.seed, 2)), postgres: s.postgres, temporal: s.temporal, done: map[string]int{},
		asked: make(chan string, c.size.kills+c.size.restarts+c.size.freezes), ended: make(chan error, 1),
	}
	d.plan = d.planned()
	ctx, cancel := context.WithCancel(c.ctx)
	d.work.cancel = cancel
	c.t.Cleanup(d.work.stop)
	for range chaosWorkers {
		d.workers = append(d.workers, c.worker())
	}
	serve, url, err := c.stack.StartServe(c.ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	d.serve, c.served = serve, url
	c.gate.lead(url)
	if result := c.run("connect", "--json"); result.Code != 0 {
		c.t.Fatal(result.Stdout + result.Stderr)
	}
	d.work.group.Go(func() { d.ended <- d.doAll(ctx) })
	return d
}

// planned is the order in which things will be done: workers are killed most often, and everything at least once where there are
// kills enough.
func (d *deeds) planned() []string {
	size := d.world.size
	kinds := []string{deedWorker, deedStarter, deedTemporal, deedPostgres}
	var plan []string
	for i := range size.kills {
		kind := deedWorker
		if i < len(kinds) {
			kind = kinds[i]
		} else if n := d.random.IntN(10); n < 5 {
			kind = kinds[1+n%3]
		}
		plan = append(plan, kind)
	}
	plan = append(plan, slices.Repeat([]string{deedRestart}, size.restarts)...)
	plan = append(plan, slices.Repeat([]string{deedFreeze}, size.freezes)...)
	d.random.Shuffle(len(plan), func(i, j int) { plan[i], plan[j] = plan[j], plan[i] })
	return plan
}

// next asks for as much of the plan as belongs to a share of the rounds.
func (d *deeds) next(round, rounds int) {
	for d.askedFor < len(d.plan) && d.askedFor*rounds < len(d.plan)*round {
		d.asked <- d.plan[d.askedFor]
		d.askedFor++
	}
}

// finish waits until everything planned has been done and everything runs again.
func (d *deeds) finish(ctx context.Context) error {
	d.next(1, 1)
	close(d.asked)
	select {
	case err := <-d.ended:
		return errors.Join(err, d.revive(ctx))
	case <-ctx.Done():
		return fmt.Errorf("the programs do not come up again: %w", ctx.Err())
	}
}

func (d *deeds) doAll(ctx context.Context) error {
	for deed := range d.asked {
		if err := d.do(ctx, deed); err != nil {
			return fmt.Errorf("%s: %w", deed, err)
		}
		d.done[deed]++
		pauseFor(ctx, time.Duration(d.random.IntN(2000))*time.Millisecond)
	}
	return nil
}

func (d *deeds) do(ctx context.Context, deed string) error {
	switch deed {
	case deedWorker:
		at := d.random.IntN(len(d.workers))
		d.workers[at].Kill()
		return d.startWorker(ctx, at)
	case deedStarter:
		d.serve.Kill()
		return d.startServe(ctx)
	case deedPostgres:
		d.postgres.Kill()
		return d.postgres.Restart(ctx)
	case deedRestart:
		return d.postgres.Restart(ctx)
	case deedTemporal:
		d.temporal.Kill()
		pauseFor(ctx, time.Duration(d.random.IntN(2000))*time.Millisecond)
		return d.temporal.Restart(ctx)
	}
	return d.freeze(ctx)
}

func (d *deeds) freeze(ctx context.Context) error {
	worker := d.workers[d.random.IntN(len(d.workers))]
	if err := worker.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	pauseFor(ctx, shortFreeze+time.Duration(d.random.Int64N(int64(longFreeze-shortFreeze))))
	return worker.Signal(syscall.SIGCONT)
}

func (d *deeds) startWorker(ctx context.Context, at int) error {
	return d.again(ctx, func() error {
		worker, _, err := d.world.stack.StartWorker(ctx)
		if err == nil {
			d.workers[at] = worker
		}
		return err
	})
}

func (d *deeds) startServe(ctx context.Context) error {
	return d.again(ctx, func() error {
		serve, url, err := d.world.stack.StartServe(ctx)
		if err == nil {
			d.serve = serve
			d.world.gate.lead(url)
		}
		return err
	})
}

// revive starts programs that have ended by themselves, as whatever supervises them would.
func (d *deeds) revive(ctx context.Context) error {
	var faults []error
	for at, worker := range d.workers {
		if over(worker) {
			d.gaveUp++
			faults = append(faults, d.startWorker(ctx, at))
		}
	}
	if over(d.serve) {
		d.gaveUp++
		faults = append(faults, d.startServe(ctx))
	}
	return errors.Join(faults...)
}

func over(program *local.Program) bool {
	select {
	case <-program.Done():
		return true
	default:
		return false
	}
}

// again starts a program, and once more when it gave up because a server was away.
func (d *deeds) again(ctx context.Context, start func() error) error {
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

// kills is how many programs were killed, killed which.
func (d *deeds) kills() (total int) {
	for deed, count := range d.done {
		if deed != deedRestart && deed != deedFreeze {
			total += count
		}
	}
	return total
}

func (d *deeds) killed() string {
	var kinds []string
	for _, deed := range slices.Sorted(maps.Keys(d.done)) {
		if deed != deedRestart && deed != deedFreeze {
			kinds = append(kinds, fmt.Sprintf("%s %d", deed, d.done[deed]))
		}
	}
	return strings.Join(kinds, ", ")
}
