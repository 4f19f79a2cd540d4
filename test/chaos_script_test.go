package test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// ledger is everything that the world and people did: all that the oracle knows besides the contract.
type ledger struct {
	devices []ninjaone.Device
	// alerts by uid, and the uids in the order in which they fired.
	alerts map[string]*firedAlert
	order  []string
	acts   []staffAct
	events int
	// imported tells that the import was started.
	imported bool
}

// firedAlert is an alert that fired. Its fault is equal for alerts on the same device, condition and subject.
type firedAlert struct {
	uid       string
	device    int
	condition int
	fault     string
	// reset tells when its condition cleared, or a technician reset it; zero where nobody but the product did.
	reset time.Time
}

// staffAct is what a person did with a request in Accelo.
type staffAct struct {
	request int64
	what    string
	at      time.Time
}

// What people do with requests, by the simulator's names.
const (
	actClose   = "close-request"
	actReopen  = "reopen-request"
	actConvert = "convert-request"
)

func newLedger(world ninjaone.World) *ledger {
	l := &ledger{alerts: map[string]*firedAlert{}}
	for _, device := range world.Devices {
		if device.ApprovalStatus == "APPROVED" {
			l.devices = append(l.devices, device)
		}
	}
	return l
}

// last is what a person did with a request most recently; false where nobody did anything.
func (l *ledger) last(request int64) (staffAct, bool) {
	for _, act := range slices.Backward(l.acts) {
		if act.request == request {
			return act, true
		}
	}
	return staffAct{}, false
}

// storm lets alerts fire and clear, and people work on their requests, in an order that nobody would expect, while an import
// runs, calls fail and programs are killed.
func (c *chaos) storm() {
	c.t.Helper()
	c.begin()
	for round := range c.size.rounds {
		c.importStarted()
		for range c.size.alerts / c.size.rounds {
			c.fires()
		}
		for range c.random.IntN(1 + c.size.alerts/c.size.rounds) {
			c.clears()
		}
		c.people(c.random.IntN(1 + c.size.alerts/c.size.rounds/2))
		c.registrations(round)
		c.deeds.next(round+1, c.size.rounds)
		pauseFor(c.ctx, c.size.pause/2+time.Duration(c.random.Int64N(int64(c.size.pause))))
	}
}

// registrations go missing once each: another tool takes NinjaOne's only one, and Accelo drops ours as it does with slow ones. Nobody
// hears of anything then until a reconcile has put them back.
func (c *chaos) registrations(round int) {
	c.t.Helper()
	switch {
	case c.insists:
	case round == c.size.rounds/3:
		c.ninjaOne.act("webhook", map[string]any{"url": "http://127.0.0.1:9/of-another-tool"})
		c.ledger.events++
	case round == c.size.rounds*2/3:
		for _, subscription := range c.accelo.state().Subscriptions {
			c.ledger.events++
			c.accelo.try("delete-subscription", map[string]any{"id": subscription.ID})
		}
	}
}

// importStarted starts the import, unless it was. With programs being killed it may take several tries.
func (c *chaos) importStarted() {
	c.t.Helper()
	if !c.ledger.imported {
		c.ledger.imported = c.run("import", "--json", "--wait=false").Code == 0
	}
}

// fires triggers an alert: one in three is a fault that was there before. Some clear in the same breath.
func (c *chaos) fires() {
	c.t.Helper()
	device, n := c.ledger.devices[c.random.IntN(len(c.ledger.devices))].ID, len(c.ledger.order)
	if n > 0 && c.random.IntN(3) == 0 {
		again := c.ledger.alerts[c.ledger.order[c.random.IntN(n)]]
		device, n = again.device, again.condition
	}
	c.firesOn(device, n)
}

// firesAnew triggers an alert of a fault that was not there before.
func (c *chaos) firesAnew() {
	c.t.Helper()
	c.firesOn(c.ledger.devices[c.random.IntN(len(c.ledger.devices))].ID, len(c.ledger.order))
}

func (c *chaos) firesOn(device, n int) {
	c.t.Helper()
	uid := c.trigger(device, condition(n))
	c.ledger.events++
	c.ledger.order = append(c.ledger.order, uid)
	c.ledger.alerts[uid] = &firedAlert{uid: uid, device: device, condition: n, fault: fmt.Sprintf("%d/%d", device, n)}
	if c.random.IntN(10) == 0 {
		c.clear(c.ledger.alerts[uid])
	}
}

// clears resets one of the alerts in NinjaOne.
func (c *chaos) clears() {
	c.t.Helper()
	fired := c.ledger.alerts[c.ledger.order[c.random.IntN(len(c.ledger.order))]]
	if fired.reset.IsZero() {
		c.clear(fired)
	}
}

func (c *chaos) clear(fired *firedAlert) {
	c.t.Helper()
	at := time.Now()
	if c.ninjaOne.try("reset", map[string]any{"uid": fired.uid}) {
		fired.reset = at
		c.ledger.events++
	}
}

// people close, convert and reopen some of the requests there are.
func (c *chaos) people(acts int) {
	c.t.Helper()
	ours := oursAmong(c.accelo.state(), c.ledger)
	if len(ours) == 0 {
		return
	}
	for range acts {
		request := ours[c.random.IntN(len(ours))]
		if request.Standing == "converted" {
			continue
		}
		c.does(request, [...]string{actClose, actClose, actConvert, actReopen}[c.random.IntN(4)])
		if c.random.IntN(4) == 0 {
			c.does(request, [...]string{actReopen, actClose}[c.random.IntN(2)])
		}
	}
}

func (c *chaos) does(request accelo.Request, what string) {
	c.t.Helper()
	if last, done := c.ledger.last(request.ID); done && last.what == actConvert {
		return // what was converted stays what it became
	}
	act := staffAct{request: request.ID, what: what, at: time.Now()}
	if c.accelo.try(what, map[string]any{"id": request.ID, "target": [...]string{"issue", "job", "prospect"}[c.random.IntN(3)]}) {
		c.ledger.acts = append(c.ledger.acts, act)
		c.ledger.events++
	}
}

// mark is the line of a request's body that names its alert (interface section 5).
const mark = "NinjaOne alert UID: "

// markedUIDs are the alerts that a request's body names.
func markedUIDs(request accelo.Request) []string {
	uids := map[string]bool{}
	for line := range strings.SplitSeq(request.Body, "\n") {
		if uid, found := strings.CutPrefix(line, mark); found {
			uids[uid] = true
		}
	}
	return slices.Sorted(maps.Keys(uids))
}

// oursAmong are the requests that bear the mark of an alert that fired.
func oursAmong(world accelo.World, l *ledger) []accelo.Request {
	return slices.DeleteFunc(slices.Clone(world.Requests), func(r accelo.Request) bool {
		return !slices.ContainsFunc(markedUIDs(r), func(uid string) bool { return l.alerts[uid] != nil })
	})
}
