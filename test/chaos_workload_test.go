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

// ledger records all alerts and all actions of technicians. It is all that the oracle knows besides the contracts.
type ledger struct {
	devices []ninjaone.Device
	// alerts by UID; order lists the UIDs in the order in which they triggered.
	alerts map[string]*firedAlert
	order  []string
	acts   []staffAction
	events int
	// imported is set when the import was started.
	imported bool
}

// firedAlert is an alert that triggered. Alerts on the same device, condition and subject have the same fault.
type firedAlert struct {
	uid       string
	device    int
	condition int
	fault     string
	// reset is when NinjaOne reset it. It is zero if it was never reset, or only by the product.
	reset time.Time
}

// staffAction is what a technician did with a request in Accelo.
type staffAction struct {
	request int64
	what    string
	at      time.Time
}

// What technicians do with requests, as the simulator names it.
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

// last returns what a technician last did with a request, or false if nothing.
func (l *ledger) last(request int64) (staffAction, bool) {
	for _, act := range slices.Backward(l.acts) {
		if act.request == request {
			return act, true
		}
	}
	return staffAction{}, false
}

// runWorkload triggers and resets alerts and acts on their requests in random order, while an import runs, calls fail and programs
// are killed.
func (c *chaosRun) runWorkload() {
	c.t.Helper()
	c.startFaults()
	for round := range c.size.rounds {
		c.startImport()
		for range c.size.alerts / c.size.rounds {
			c.triggerAlert()
		}
		for range c.random.IntN(1 + c.size.alerts/c.size.rounds) {
			c.resetRandomAlert()
		}
		c.actAsTechnicians(c.random.IntN(1 + c.size.alerts/c.size.rounds/2))
		c.editRecords(c.size.edits / c.size.rounds)
		c.endWorkflows((c.size.ended + c.size.rounds - 1) / c.size.rounds)
		c.loseRegistrations(round)
		c.disruptor.requestUpTo(round+1, c.size.rounds)
		pauseFor(c.ctx, c.size.pause/2+time.Duration(c.random.Int64N(int64(c.size.pause))))
	}
}

// loseRegistrations removes each webhook once: another tool replaces NinjaOne's only one, and Accelo drops its subscription. No event
// arrives until a reconciliation registers them again.
func (c *chaosRun) loseRegistrations(round int) {
	c.t.Helper()
	switch {
	case c.noWebhookLoss:
	case round == c.size.rounds/3:
		c.ninjaOne.act("webhook", map[string]any{"url": "http://127.0.0.1:9/of-another-tool"})
		c.ledger.events++
	case round == c.size.rounds*2/3:
		for _, subscription := range c.accelo.state().Subscriptions {
			c.ledger.events++
			c.accelo.tryAct("delete-subscription", map[string]any{"id": subscription.ID})
		}
	}
}

// startImport starts the import if it has not started yet. It may fail while programs are being killed.
func (c *chaosRun) startImport() {
	c.t.Helper()
	if !c.ledger.imported {
		c.ledger.imported = c.starter("import", "--json", "--wait=false").Code == 0
	}
}

// triggerAlert triggers an alert, one in three of a known fault. Some are reset immediately.
func (c *chaosRun) triggerAlert() {
	c.t.Helper()
	device, n := c.ledger.devices[c.random.IntN(len(c.ledger.devices))].ID, len(c.ledger.order)
	if n > 0 && c.random.IntN(3) == 0 {
		again := c.ledger.alerts[c.ledger.order[c.random.IntN(n)]]
		device, n = again.device, again.condition
	}
	c.triggerOn(device, n)
}

// triggerNewFault triggers an alert of a new fault.
func (c *chaosRun) triggerNewFault() {
	c.t.Helper()
	c.triggerOn(c.ledger.devices[c.random.IntN(len(c.ledger.devices))].ID, len(c.ledger.order))
}

func (c *chaosRun) triggerOn(device, n int) {
	c.t.Helper()
	uid := c.trigger(device, condition(n))
	c.ledger.events++
	c.ledger.order = append(c.ledger.order, uid)
	c.ledger.alerts[uid] = &firedAlert{uid: uid, device: device, condition: n, fault: fmt.Sprintf("%d/%d", device, n)}
	if c.random.IntN(10) == 0 {
		c.resetFired(c.ledger.alerts[uid])
	}
}

// resetRandomAlert resets one of the alerts in NinjaOne.
func (c *chaosRun) resetRandomAlert() {
	c.t.Helper()
	fired := c.ledger.alerts[c.ledger.order[c.random.IntN(len(c.ledger.order))]]
	if fired.reset.IsZero() {
		c.resetFired(fired)
	}
}

func (c *chaosRun) resetFired(fired *firedAlert) {
	c.t.Helper()
	at := time.Now()
	if c.ninjaOne.tryAct("reset", map[string]any{"uid": fired.uid}) {
		fired.reset = at
		c.ledger.events++
	}
}

// actAsTechnicians closes, converts and reopens random requests.
func (c *chaosRun) actAsTechnicians(acts int) {
	c.t.Helper()
	ours := requestsOfLedger(c.accelo.state(), c.ledger)
	if len(ours) == 0 {
		return
	}
	for range acts {
		request := ours[c.random.IntN(len(ours))]
		if request.Standing == "converted" {
			continue
		}
		switch at := c.random.IntN(10); {
		case c.size.edits == 0:
		case at < 2:
			c.triageRequest(request)
		case at == 2:
			c.deleteRequest(request)
			continue
		}
		c.actOnRequest(request, [...]string{actClose, actClose, actConvert, actReopen}[c.random.IntN(4)])
		if c.random.IntN(4) == 0 {
			c.actOnRequest(request, [...]string{actReopen, actClose}[c.random.IntN(2)])
		}
	}
}

func (c *chaosRun) actOnRequest(request accelo.Request, what string) {
	c.t.Helper()
	if last, done := c.ledger.last(request.ID); done && last.what == actConvert {
		return // a converted request can't change any more
	}
	act := staffAction{request: request.ID, what: what, at: time.Now()}
	if c.accelo.tryAct(what, map[string]any{"id": request.ID, "target": [...]string{"issue", "job", "prospect"}[c.random.IntN(3)]}) {
		c.ledger.acts = append(c.ledger.acts, act)
		c.ledger.events++
	}
}

// uidPrefix begins the line of a request's body that names its alert (see interface.md 5).
const uidPrefix = "NinjaOne alert UID: "

// alertUIDsIn are the alerts that a request's body names.
func alertUIDsIn(request accelo.Request) []string {
	uids := map[string]bool{}
	for line := range strings.SplitSeq(request.Body, "\n") {
		if uid, found := strings.CutPrefix(line, uidPrefix); found {
			uids[uid] = true
		}
	}
	return slices.Sorted(maps.Keys(uids))
}

// requestsOfLedger are the requests that bear the mark of an alert that fired.
func requestsOfLedger(world accelo.World, l *ledger) []accelo.Request {
	return slices.DeleteFunc(slices.Clone(world.Requests), func(r accelo.Request) bool {
		return !slices.ContainsFunc(alertUIDsIn(r), func(uid string) bool { return l.alerts[uid] != nil })
	})
}
