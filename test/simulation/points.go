package simulation

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"ninjaone-accelo/test/simulation/server"
)

// actor is what makes calls: one attempt of an activity, or a delivery.
type actor struct {
	name string
	task *server.Task
	// dead means that its worker crashed; broken that this happened right before its current transaction.
	dead, broken bool
	// lastCall is the ledger's clock at its last call: it can know of no later act.
	lastCall int
}

type actorKey struct{}

func actorOf(ctx context.Context) *actor {
	a, _ := ctx.Value(actorKey{}).(*actor)
	return a
}

func (a *actor) String() string {
	if a == nil {
		return "the program"
	}
	return a.name
}

// point is where something waits until the life lets it go on.
type point struct {
	name  string
	actor *actor
	// content tells points with the same name apart that were reached at the same time.
	content string
	order   int // when the life first saw it
	free    chan effect
}

// scheduler lets one point go on at a time.
type scheduler struct {
	mu     sync.Mutex
	points []*point
	wake   chan struct{}
	seen   int
	times  map[string]int // how often a name occurred
	quiet  bool           // nothing waits
}

func (s *scheduler) awake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// wait is called by whatever reaches a point.
func (l *life) wait(a *actor, name, content string) effect {
	if l.scheduler.quiet || l.ending || a != nil && a.dead {
		return effect{}
	}
	p := &point{name: name, actor: a, content: content, free: make(chan effect, 1)}
	l.scheduler.mu.Lock()
	l.scheduler.points = append(l.scheduler.points, p)
	l.scheduler.mu.Unlock()
	l.scheduler.awake()
	return <-p.free
}

// option is something that can happen next.
type option struct {
	name  string
	order int
	point *point
	task  *server.Task
}

func (o option) content() string {
	if o.point == nil {
		return ""
	}
	return o.point.content
}

// options returns what can happen next, what became possible first in front.
func (l *life) options() []option {
	s := &l.scheduler
	var fresh, list []option
	s.mu.Lock()
	for _, p := range s.points {
		o := option{name: p.actor.String() + ": " + p.name, order: p.order, point: p}
		if p.order == 0 {
			fresh = append(fresh, o)
		} else {
			list = append(list, o)
		}
	}
	s.mu.Unlock()
	for _, t := range l.temporal.Tasks() {
		o := option{name: t.WorkflowID + ": " + string(t.Kind) + " " + t.Name, order: l.tasks[t], task: t}
		if o.order == 0 {
			fresh = append(fresh, o)
		} else {
			list = append(list, o)
		}
	}
	slices.SortStableFunc(fresh, func(a, b option) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.content(), b.content()))
	})
	for i := range fresh {
		s.seen++
		fresh[i].order = s.seen
		if fresh[i].point != nil {
			fresh[i].point.order = s.seen
		} else {
			l.tasks[fresh[i].task] = s.seen
		}
	}
	slices.SortStableFunc(list, func(a, b option) int { return a.order - b.order })
	return append(list, fresh...)
}

// run lets the life go on until a moment.
func (l *life) run(until time.Time) {
	for {
		synctest.Wait()
		if l.failed() && !l.ending {
			return
		}
		if next := l.options(); len(next) > 0 {
			l.steps++
			if l.steps > maxSteps && !l.ending {
				l.problemf("the life takes more than %d steps", maxSteps)
				return
			}
			l.release(next[0])
			continue
		}
		at := until
		if due, ok := l.temporal.Next(); ok && due.Before(at) {
			at = due
		}
		wait := time.Until(at)
		if wait <= 0 && !at.Before(until) {
			return
		}
		timer := time.NewTimer(wait)
		select {
		case <-l.scheduler.wake:
		case <-timer.C:
		}
		timer.Stop()
		synctest.Wait()
		l.temporal.Advance()
	}
}

// release lets a point go on, or gives a task to a worker.
func (l *life) release(o option) {
	if o.task != nil {
		l.tracef("%s", o.name)
		delete(l.tasks, o.task)
		l.temporal.Give(o.task)
		return
	}
	if l.releaseTwins(o) {
		return
	}
	s := &l.scheduler
	s.mu.Lock()
	s.points = slices.DeleteFunc(s.points, func(p *point) bool { return p == o.point })
	s.times[o.name]++
	id := fmt.Sprintf("%s #%d", o.name, s.times[o.name])
	s.mu.Unlock()
	e := l.decide(id, o.point)
	l.tracef("%s%s", id, e)
	if e.person != nil && !e.afterwards {
		l.act(*e.person, "right before "+id)
	}
	o.point.free <- e
}

// releaseTwins lets points go on that an actor reaches at the same time and that nothing tells apart, such as the same question about one
// organization for each of its devices. They go on before anything else and undisturbed: which of them a fault hit, or which was first, would not repeat.
func (l *life) releaseTwins(o option) bool {
	s := &l.scheduler
	isTwin := func(p *point) bool {
		return p.actor == o.point.actor && p.name == o.point.name && p.content == o.point.content
	}
	var twins []*point
	s.mu.Lock()
	for _, p := range s.points {
		if isTwin(p) {
			twins = append(twins, p)
		}
	}
	if len(twins) < 2 {
		s.mu.Unlock()
		return false
	}
	s.points = slices.DeleteFunc(s.points, isTwin)
	var ids []string
	for range twins {
		s.times[o.name]++
		ids = append(ids, fmt.Sprintf("%s #%d", o.name, s.times[o.name]))
	}
	s.mu.Unlock()
	for i, p := range twins {
		l.tracef("%s", ids[i])
		p.free <- effect{}
		synctest.Wait() // one after the other; what they reach next becomes possible at the same time
	}
	return true
}

const maxSteps = 4_000
