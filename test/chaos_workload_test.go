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
	organizations []ninjaone.Organization
	devices       []ninjaone.Device
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
	// fault is that of the request's alert.
	fault string
	what  string
	at    time.Time
}

// What technicians do with requests, as the simulator names it.
const (
	actClose   = "close-request"
	actReopen  = "reopen-request"
	actConvert = "convert-request"
	actTriage  = "edit-request"
	actDelete  = "delete-request"
)

func newLedger(world ninjaone.World) *ledger {
	l := &ledger{organizations: world.Organizations, alerts: map[string]*firedAlert{}}
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

// runWorkload does the schedule's steps, round by round, while imports run, calls fail and programs are killed.
func (c *chaosRun) runWorkload() {
	c.t.Helper()
	c.startFaults()
	c.runRounds(0, c.size.rounds)
}

func (c *chaosRun) runRounds(from, to int) {
	c.t.Helper()
	for round := from; round < to; round++ {
		c.startImport()
		c.seen = nil
		c.correctMistakes()
		for _, s := range c.schedule {
			if s.round == round {
				c.do(s)
			}
		}
		pauseFor(c.ctx, c.size.pause/2+time.Duration(c.random.Int64N(int64(c.size.pause))))
	}
	c.correctMistakes()
}

// startImport starts the import if it has not started yet. It may fail while programs are being killed.
func (c *chaosRun) startImport() {
	c.t.Helper()
	if !c.ledger.imported {
		c.ledger.imported = c.starter("import", "--json", "--wait=false").Code == 0
	}
}

// triggerAlert triggers an alert, one in three of a known fault. Some are reset immediately.
func (c *chaosRun) triggerAlert() bool {
	c.t.Helper()
	device, n := c.ledger.devices[c.random.IntN(len(c.ledger.devices))].ID, len(c.ledger.order)
	if n > 0 && c.random.IntN(3) == 0 {
		again := c.ledger.alerts[c.ledger.order[c.random.IntN(n)]]
		device, n = again.device, again.condition
	}
	c.triggerOn(device, n)
	return true
}

// triggerNewFault triggers an alert of a new fault.
func (c *chaosRun) triggerNewFault() {
	c.t.Helper()
	c.triggerOn(c.ledger.devices[c.random.IntN(len(c.ledger.devices))].ID, len(c.ledger.order))
	c.ledger.events++
}

func (c *chaosRun) triggerOn(device, n int) {
	c.t.Helper()
	uid := c.trigger(device, condition(n))
	c.ledger.order = append(c.ledger.order, uid)
	c.ledger.alerts[uid] = &firedAlert{uid: uid, device: device, condition: n, fault: fmt.Sprintf("%d/%d", device, n)}
	if c.random.IntN(10) == 0 {
		c.resetFired(c.ledger.alerts[uid])
	}
}

// resetRandomAlert resets one of the alerts in NinjaOne.
func (c *chaosRun) resetRandomAlert() bool {
	c.t.Helper()
	var active []*firedAlert
	for _, uid := range c.ledger.order {
		if fired := c.ledger.alerts[uid]; fired.reset.IsZero() {
			active = append(active, fired)
		}
	}
	return len(active) > 0 && c.resetFired(active[c.random.IntN(len(active))])
}

func (c *chaosRun) resetFired(fired *firedAlert) bool {
	c.t.Helper()
	at := time.Now()
	if !c.ninjaOne.tryAct("reset", map[string]any{"uid": fired.uid}) {
		return false // the product has reset it
	}
	fired.reset = at
	return true
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
