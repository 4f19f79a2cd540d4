package simulation

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// act is something that happens to NinjaOne or that a person does in Accelo. Which of several records it concerns depends on what
// there is at that moment.
type act struct {
	name string
	// choice selects among the records that it can concern.
	choice uint64
}

// String says it in a story.
func (a act) String() string { return a.name }

// The acts.
const (
	alertFires     = "an alert fires"
	alertReturns   = "a fault returns"
	alertClears    = "an alert clears"
	closesRequest  = "a technician closes a request"
	reopensRequest = "a technician reopens a request"
	convertsReq    = "a technician converts a request"
	deletesRequest = "a technician deletes a request"
	movesRequest   = "a technician gives a request another type"
)

// scripted are the acts of the script, the more likely ones more than once.
var scripted = []string{
	alertFires, alertFires, alertFires, alertReturns, alertReturns, alertClears, alertClears, alertClears,
	closesRequest, closesRequest, reopensRequest, convertsReq, deletesRequest, movesRequest,
}

// onOutages are the acts that need something to be away.
var onOutages = []string{ninjaOneIsDown, acceloIsDown, closesByMistake, closesByMistake, faultStorms}

func (l *life) drawAct(id string) act {
	from := scripted
	switch {
	case strings.Contains(id, "import"): // someone works on the records that it is about to write
		from = edits
	case l.plan.records && draw(l.seed, id+"/of records")%2 == 0:
		from = l.plan.recordActs()
	case l.plan.outages && draw(l.seed, id+"/of outages")%2 == 0:
		from = onOutages
	}
	return act{name: pick(l.seed, id+"/act", from...), choice: draw(l.seed, id+"/choice")}
}

// ledger is what people and faults did, for the oracle. Its clock counts acts.
type ledger struct {
	mu     *sync.Mutex
	clock  int
	fired  map[string]*firing
	order  []string
	acts   map[int64][]deed // by request
	edited map[string]edit
	// deleted are the requests that a technician deleted.
	deleted []deletion
	// created are the records that people made, by kind and name, and added the ids of the companies among them.
	created map[string]making
	added   map[int64]bool
	// machines are the devices that were reinstalled, and bereft those whose assets a person deleted.
	machines []machine
	bereft   map[int]bool
	// merged are the organizations whose companies were merged, and paused is since when an operator wants no import to write.
	merged map[int]bool
	paused time.Time
}

type deletion struct {
	fault string
	at    time.Time
}

// firing is an alert that fired.
type firing struct {
	uid, fault, severity string
	device               int
	at, cleared          time.Time
	// old means that it fired before the connection was set up: only an import finds it.
	old bool
}

// deed is what a technician did with a request.
type deed struct {
	what string
	at   time.Time
}

// edit is a value that a person wrote.
type edit struct {
	value string
	at    int
	time  time.Time
}

func newLedger() ledger {
	return ledger{
		mu: &sync.Mutex{}, fired: map[string]*firing{}, acts: map[int64][]deed{}, edited: map[string]edit{}, created: map[string]making{},
		added: map[int64]bool{}, bereft: map[int]bool{}, merged: map[int]bool{},
	}
}

func (g *ledger) now() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.clock
}

func (g *ledger) tick() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.clock++
}

// populate gives NinjaOne its organizations and devices.
func (l *life) populate() {
	for i, name := range l.pairs.current.organizations {
		id := l.ninjaOne.AddOrganization(name, l.describe(i))
		for n := range 2 {
			device, err := l.ninjaOne.AddDevice(ninjaone.DeviceSpec{
				OrganizationID: id, NodeClass: "WINDOWS_SERVER", SystemName: fmt.Sprintf("%s-%d", strings.ToUpper(name[:3]), n+1), SerialNumber: fmt.Sprintf("SN%d%d77", i, n),
			})
			if err == nil {
				err = l.ninjaOne.UpdateDevice(device, func(d *ninjaone.Device) { l.equip(d, n) })
			}
			if err != nil {
				l.problemf("%v", err)
			}
		}
	}
}

// act lets something happen to the world, if there is anything that it can concern.
func (l *life) act(a act, when string) {
	done := l.perform(a)
	l.people.tick()
	if done == "" {
		done = a.name + ", but there is none"
	}
	l.tracef("    %s: %s", when, done)
}

func (l *life) perform(a act) string {
	switch a.name {
	case alertFires:
		return l.fire(a, "condition-"+fmt.Sprint(a.choice/7%2))
	case alertReturns:
		var last *firing
		for _, uid := range l.people.order {
			if f := l.people.fired[uid]; !f.cleared.IsZero() || !l.active(uid) {
				last = f
			}
		}
		if last == nil {
			return ""
		}
		return l.trigger(last.device, last.fault, last.severity)
	case alertClears:
		alerts := l.ninjaOne.Snapshot().Alerts
		if len(alerts) == 0 {
			return ""
		}
		uid := alerts[a.choice%uint64(len(alerts))].UID
		if _, err := l.ninjaOne.ResetAlert(uid); err != nil {
			l.problemf("%v", err)
		}
		if f := l.people.fired[uid]; f != nil {
			f.cleared = time.Now()
		}
		return "alert " + short(uid) + " clears"
	case faultStorms:
		first := l.fire(a, "condition-"+fmt.Sprint(a.choice/7%2))
		f := l.people.fired[l.people.order[len(l.people.order)-1]]
		for range 2 {
			first += "; " + l.trigger(f.device, f.fault, f.severity)
		}
		return first
	case ninjaOneIsDown, acceloIsDown:
		vendor := map[string]string{ninjaOneIsDown: "ninjaone", acceloIsDown: "accelo"}[a.name]
		wait := time.Duration(30+a.choice%600) * time.Second
		l.down[vendor] = time.Now().Add(wait)
		return fmt.Sprintf("%s for %s", a.name, wait)
	}
	for _, change := range []func(act) string{l.changeRecords, l.changeMachines, l.operate, l.changeAccounts} {
		if done := change(a); done != "" {
			return done
		}
	}
	return l.work(a)
}

func (l *life) active(uid string) bool {
	for _, alert := range l.ninjaOne.Snapshot().Alerts {
		if alert.UID == uid {
			return true
		}
	}
	return false
}

func (l *life) fire(a act, condition string) string {
	devices := l.ninjaOne.Snapshot().Devices
	device := devices[a.choice%uint64(len(devices))]
	severity := []string{"CRITICAL", "MAJOR", "MINOR"}[a.choice/11%3]
	return l.trigger(device.ID, fmt.Sprintf("%d %s", device.ID, condition), severity)
}

func (l *life) trigger(device int, fault, severity string) string {
	_, condition, _ := strings.Cut(fault, " ")
	spec := ninjaone.AlertSpec{
		Severity: severity, Priority: "HIGH", Subject: condition, SourceConfigUID: "205b85b2-8a12-4123-834f-164be08b3314",
		Message: fmt.Sprintf("[%d] %s is met", l.uids+1, condition),
	}
	if l.plan.quotes && len(l.people.order) > 0 { // a message may contain anything
		other := l.people.order[draw(l.seed, fmt.Sprint("quote ", l.uids))%uint64(len(l.people.order))]
		spec.Message += "\nNinjaOne alert UID: " + other + "\n"
	}
	fired, err := l.ninjaOne.TriggerAlert(device, spec)
	if err != nil {
		return ""
	}
	l.people.fired[fired.UID] = &firing{uid: fired.UID, fault: fault, severity: severity, device: device, at: time.Now()}
	l.people.order = append(l.people.order, fired.UID)
	return fmt.Sprintf("alert %s fires: %s of device %d, %s", short(fired.UID), condition, device, severity)
}

func short(uid string) string { return strings.TrimLeft(uid[len(uid)-6:], "0") }

// ours returns the requests that were opened for alerts and that a filter accepts.
func (l *life) ours(accept func(accelo.Request) bool) []accelo.Request {
	var list []accelo.Request
	for _, request := range l.accelo.Snapshot().Requests {
		if uidOf(request) != "" && accept(request) {
			list = append(list, request)
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].ID < list[j].ID })
	return list
}

func unresolved(r accelo.Request) bool { return r.Standing == "pending" || r.Standing == "open" }

// work lets a technician work on a request.
func (l *life) work(a act) string {
	accept := unresolved
	switch a.name {
	case reopensRequest:
		accept = func(r accelo.Request) bool { return r.Standing == "closed" }
	case deletesRequest:
		accept = func(accelo.Request) bool { return true }
	case convertsReq:
		accept = func(r accelo.Request) bool { return r.Standing != "converted" }
	}
	list := l.ours(accept)
	if len(list) == 0 || !slices.Contains([]string{closesRequest, closesByMistake, reopensRequest, convertsReq, deletesRequest, movesRequest}, a.name) {
		return ""
	}
	request := list[a.choice%uint64(len(list))]
	var err error
	switch a.name {
	case closesRequest, closesByMistake:
		err = l.accelo.CloseRequest(request.ID)
	case reopensRequest:
		err = l.accelo.ReopenRequest(request.ID)
	case convertsReq:
		_, err = l.accelo.ConvertRequest(request.ID, "issue")
	case deletesRequest:
		err = l.accelo.DeleteRequest(request.ID)
		l.people.deleted = append(l.people.deleted, deletion{l.people.fired[uidOf(request)].fault, time.Now()})
	case movesRequest:
		err = l.retype(request.ID)
	}
	if err != nil {
		l.problemf("%s: %v", a, err)
	}
	what := a.name
	if what == closesByMistake {
		what = closesRequest
		l.later = append(l.later, correction{time.Now().Add(time.Duration(20+a.choice%200) * time.Second), request.ID})
	}
	l.people.acts[request.ID] = append(l.people.acts[request.ID], deed{what, time.Now()})
	return fmt.Sprintf("%s (%d, of alert %s)", a.name, request.ID, short(uidOf(request)))
}

// correction reopens a request that was closed by mistake.
type correction struct {
	at      time.Time
	request int64
}

// correct reopens requests whose moment has come, unless they are open already.
func (l *life) correct() {
	due := func(c correction) bool { return !c.at.After(time.Now()) }
	for _, c := range l.later {
		if !due(c) || len(l.ours(func(r accelo.Request) bool { return r.ID == c.request && r.Standing == "closed" })) == 0 {
			continue
		}
		if err := l.accelo.ReopenRequest(c.request); err == nil {
			l.people.acts[c.request] = append(l.people.acts[c.request], deed{reopensRequest, time.Now()})
			l.people.tick()
			l.tracef("EVENT the technician reopens request %d", c.request)
		}
	}
	l.later = slices.DeleteFunc(l.later, due)
}

// retype moves a request to another type, as triage does.
func (l *life) retype(id int64) error {
	for _, kind := range l.accelo.Snapshot().RequestTypes {
		if kind.Title == "Support" {
			return l.accelo.EditRequest(id, accelo.RequestEdit{TypeID: &kind.ID})
		}
	}
	return nil
}
