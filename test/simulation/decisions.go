package simulation

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"time"
)

// kind is what happens at a point besides what should.
type kind string

// What can happen at a point.
const (
	nothing    kind = ""
	refuse     kind = "the connection is refused"
	loseReply  kind = "the reply is lost"
	status     kind = "an error is answered"
	crash      kind = "the worker crashes before it"
	crashAfter kind = "the worker crashes after it"
	delay      kind = "it is late"
	freeze     kind = "the worker freezes before it"
	falsify    kind = "the list is wrong"
	drop       kind = "it is lost"
	duplicate  kind = "it comes twice"
	terminate  kind = "someone terminates the workflow"
	cancel     kind = "someone cancels the workflow"
	acts       kind = "a person acts"
)

// longestFreeze is in seconds; nothing waits longer than longestPause.
const (
	longestFreeze = 150
	longestPause  = 4 * time.Minute
)

// maxHappenings keeps a life small: what breaks in a chaos mostly breaks in a short story too, which is found sooner.
const maxHappenings = 30

// effect is what happens at one point.
type effect struct {
	kind   kind
	delay  time.Duration
	status int
	person *act
	// afterwards means that the person acts after the call was served and before its reply is read.
	afterwards bool
	list       string
}

// String says it in a story.
func (e effect) String() string {
	switch e.kind {
	case nothing:
		return ""
	case status:
		return fmt.Sprintf(" — %d is answered", e.status)
	case delay:
		return fmt.Sprintf(" — it is %s late", e.delay)
	case freeze:
		return fmt.Sprintf(" — the worker freezes before it for %s", e.delay)
	case falsify:
		return " — " + e.list
	case acts:
		if e.afterwards {
			return " — before the reply is read: " + e.person.String()
		}
		return " — right before: " + e.person.String()
	}
	if e.person != nil {
		return " — " + string(e.kind) + ", and then " + e.person.String()
	}
	return " — " + string(e.kind)
}

// chance returns a number from 0 to 1 that depends only on the seed and a name.
func chance(seed uint64, name string) float64 {
	return float64(draw(seed, name)>>11) / (1 << 53)
}

// draw returns a number that depends only on the seed and a name.
func draw(seed uint64, name string) uint64 {
	hash := fnv.New64a()
	_, _ = fmt.Fprintf(hash, "%d/%s", seed, name)
	x := hash.Sum64() // fnv's high bits barely change with the last characters
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// pick returns one of some values.
func pick[T any](seed uint64, name string, from ...T) T {
	return from[draw(seed, name)%uint64(len(from))]
}

// decide returns what happens at a point. A replay only lets happen what it keeps.
func (l *life) decide(id string, p *point) effect {
	if l.calm || len(l.happened) >= maxHappenings {
		return effect{}
	}
	e := l.propose(id, p)
	if e.kind == nothing {
		return e
	}
	if l.keep != nil && !l.keep[id] {
		return effect{}
	}
	l.happened = append(l.happened, happening{id: id, text: id + e.String(), at: l.at()})
	if e.kind == terminate || e.kind == cancel {
		l.interfere(p, e.kind)
	}
	return e
}

// propose draws what happens at a point from the seed.
func (l *life) propose(id string, p *point) effect {
	rate := l.plan.rate
	if l.possible(falsify, p) && l.plan.kinds[falsify] { // a list is read once per reconciliation
		rate *= 5
	}
	if strings.Contains(p.name, "POST /api/v0/requests") { // the worst moment for everything
		rate *= 5
	}
	if l.plan.records && p.actor != nil && strings.Contains(p.actor.name, "import") {
		rate *= 3
	}
	if chance(l.seed, id) >= rate {
		return effect{}
	}
	var can []kind
	call := strings.HasPrefix(p.name, "accelo ") || strings.HasPrefix(p.name, "ninjaone ")
	switch {
	case strings.HasPrefix(p.name, "webhook"):
		can = []kind{drop, duplicate, delay}
	case call:
		can = []kind{refuse, loseReply, status, crash, crashAfter, delay, freeze, falsify, terminate, cancel, acts, acts, acts}
	default:
		can = []kind{crash, crashAfter, delay, freeze, terminate, cancel, acts}
	}
	var allowed []kind
	for _, k := range can {
		if l.plan.kinds[k] && l.possible(k, p) {
			allowed = append(allowed, k)
		}
	}
	if len(allowed) == 0 {
		return effect{}
	}
	e := effect{kind: pick(l.seed, id+"/kind", allowed...)}
	switch e.kind {
	case status:
		e.status = pick(l.seed, id+"/status", 500, 503, 429)
	case delay:
		e.delay = time.Duration(math.Pow(10, 4*chance(l.seed, id+"/delay")))*10*time.Millisecond + time.Millisecond // 11 ms to 100 s
	case freeze:
		// The microseconds keep its end apart from timers that count whole seconds: of two that fire at once, either may be first.
		e.delay = time.Duration(1+draw(l.seed, id+"/freeze")%longestFreeze)*time.Second + time.Duration(1+draw(l.seed, id+"/apart")%997)*time.Microsecond
	case falsify:
		e.list = pick(l.seed, id+"/list", emptyList, shortList)
	case acts:
		a := l.drawAct(id)
		e.person, e.afterwards = &a, call && draw(l.seed, id+"/when")%2 == 0
	case loseReply, crashAfter:
		if call && l.plan.kinds[acts] && draw(l.seed, id+"/and then")%2 == 0 { // people don't wait for us to find what was done
			a := l.drawAct(id)
			e.person, e.afterwards = &a, true
		}
	}
	return e
}

// possible reports whether something can happen at a point.
func (l *life) possible(k kind, p *point) bool {
	switch k {
	case crash, crashAfter, freeze, terminate, cancel:
		return p.actor != nil && p.actor.task != nil
	case falsify:
		return strings.HasPrefix(p.name, "ninjaone GET /v2/alerts") || strings.HasPrefix(p.name, "ninjaone GET /v2/activities")
	}
	return true
}

// interfere ends the workflow whose activity is at a point.
func (l *life) interfere(p *point, k kind) {
	if k == terminate {
		l.temporal.Terminate(p.actor.task.WorkflowID)
	} else {
		l.temporal.Cancel(p.actor.task.WorkflowID)
	}
}

// statement is called before a statement of a program runs. It returns what to do after it.
func (l *life) statement(ctx context.Context, name, values string) (then func(), err error) {
	who := actorOf(ctx)
	e := l.wait(who, name, values)
	if who != nil && (who.dead || l.ending) {
		return nil, errCrashed
	}
	switch e.kind {
	case crash:
		l.crash(who)
		return nil, errCrashed
	case crashAfter:
		return func() { l.crash(who) }, nil
	case delay:
		time.Sleep(e.delay)
	case freeze:
		l.temporal.Freeze(who.task)
		time.Sleep(e.delay)
	}
	return nil, nil
}
