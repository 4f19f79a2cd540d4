package lab

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"
)

// Kinds of fault that every simulator has.
const (
	// FaultDelay waits DelayMillis before the work is done.
	FaultDelay = "delay"
	// FaultSlow does the work, then waits DelayMillis before it answers.
	FaultSlow = "slow"
	// FaultStatus answers Status (default 500) with the vendor's JSON error and does no work.
	FaultStatus = "status"
	// FaultTooMany answers 429 with the vendor's JSON error and RetryAfter, and does no work.
	FaultTooMany = "429"
	// FaultHTML502 answers 502 with a proxy's HTML page and does no work.
	FaultHTML502 = "html-502"
	// FaultHTML404 answers 404 with an HTML page and does no work.
	FaultHTML404 = "html-404"
	// FaultThrottlePage answers Status (default 200) with an HTML page that says "rate limit exceeded".
	FaultThrottlePage = "throttle-page"
	// FaultDropBefore cuts the connection before any work is done.
	FaultDropBefore = "drop-connection-before"
	// FaultLoseReply does the work, then cuts the connection.
	FaultLoseReply = "lose-reply"
	// FaultWebhookDrop never sends a webhook.
	FaultWebhookDrop = "webhook-drop"
	// FaultWebhookDuplicate sends a webhook twice.
	FaultWebhookDuplicate = "webhook-duplicate"
	// FaultWebhookReorder sends a webhook after the one that follows it.
	FaultWebhookReorder = "webhook-reorder"
	// FaultWebhookDelay sends a webhook DelayMillis late.
	FaultWebhookDelay = "webhook-delay"
	// FaultWebhookFail treats an attempt as failed without sending it.
	FaultWebhookFail = "webhook-fail"
)

// Fault is a trouble that is injected into matching calls.
type Fault struct {
	// ID names the fault; one is made up where it is empty.
	ID string `json:"id"`
	// Kind is one of the Fault constants or a kind of the simulator's own.
	Kind string `json:"kind"`
	// Method restricts the fault to one HTTP method; empty means all.
	Method string `json:"method,omitempty"`
	// Path is a regular expression on the vendor's path (for webhooks: on the event's name); empty means all.
	Path string `json:"path,omitempty"`
	// Rate is the share of matching calls that are hit, 0 to 1; 0 means 1, all of them.
	Rate float64 `json:"rate,omitempty"`
	// Count is how many calls are hit before the fault removes itself; 0 means no limit.
	Count int `json:"count,omitempty"`
	// DelayMillis is the wait of the kinds that wait.
	DelayMillis int `json:"delay_millis,omitempty"`
	// Status is the HTTP status of the kinds that answer.
	Status int `json:"status,omitempty"`
	// RetryAfter is the value of that header; empty leaves it to the vendor's habit.
	RetryAfter string `json:"retry_after,omitempty"`
	// Params is for the simulator's own kinds.
	Params map[string]string `json:"params,omitempty"`
	// Hits counts the calls hit so far.
	Hits int `json:"hits"`
}

// FaultKind describes a kind of fault to people.
type FaultKind struct {
	Kind string `json:"kind"`
	Help string `json:"help"`
}

// NeutralFaultKinds are the kinds that this package implements itself.
func NeutralFaultKinds() []FaultKind {
	return []FaultKind{
		{FaultDelay, "waits delay_millis before the work"},
		{FaultSlow, "does the work, answers delay_millis later"},
		{FaultStatus, "answers status (default 500) with the vendor's JSON error; no work"},
		{FaultTooMany, "answers 429 with retry_after; no work"},
		{FaultHTML502, "answers 502 with an HTML page; no work"},
		{FaultHTML404, "answers 404 with an HTML page; no work"},
		{FaultThrottlePage, "answers status (default 200) with an HTML throttle page; no work"},
		{FaultDropBefore, "cuts the connection before any work"},
		{FaultLoseReply, "does the work, then cuts the connection"},
		{FaultWebhookDrop, "a webhook is never sent"},
		{FaultWebhookDuplicate, "a webhook is sent twice"},
		{FaultWebhookReorder, "a webhook overtakes another"},
		{FaultWebhookDelay, "a webhook is sent delay_millis late"},
		{FaultWebhookFail, "a webhook attempt fails without being sent"},
	}
}

// Faults is the set of active faults. It is safe for concurrent use; what it rolls depends on its seed.
type Faults struct {
	kinds []FaultKind

	mu     sync.Mutex
	random *rand.Rand
	active []activeFault
	serial int
	total  map[string]int
}

type activeFault struct {
	Fault
	path *regexp.Regexp
}

// NewFaults makes an empty set that accepts the neutral kinds and those given.
func NewFaults(seed int64, kinds ...FaultKind) *Faults {
	return &Faults{
		kinds:  slices.Concat(NeutralFaultKinds(), kinds),
		random: random(seed, 1),
		total:  map[string]int{},
	}
}

// Kinds are the kinds that the set accepts.
func (f *Faults) Kinds() []FaultKind { return slices.Clone(f.kinds) }

// Add activates a fault and returns it with its id. A fault of the same id is replaced. It fails on an unknown kind, a
// path that is no regular expression, or a rate outside 0 to 1.
func (f *Faults) Add(fault Fault) (Fault, error) {
	active, err := f.check(fault)
	if err != nil {
		return Fault{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.add(active), nil
}

// Set replaces all faults. On an error nothing changes.
func (f *Faults) Set(faults ...Fault) error {
	checked := make([]activeFault, 0, len(faults))
	for _, fault := range faults {
		active, err := f.check(fault)
		if err != nil {
			return err
		}
		checked = append(checked, active)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.active = nil
	for _, active := range checked {
		f.add(active)
	}
	return nil
}

// Remove deactivates a fault and tells whether there was one.
func (f *Faults) Remove(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := len(f.active)
	f.active = slices.DeleteFunc(f.active, func(a activeFault) bool { return a.ID == id })
	return len(f.active) < before
}

// List returns the active faults in the order in which they were added.
func (f *Faults) List() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]Fault, 0, len(f.active))
	for _, active := range f.active {
		list = append(list, active.Fault)
	}
	return list
}

// Pick rolls for a fault of one of the kinds on a request and takes the first that hits.
func (f *Faults) Pick(kinds []string, r *http.Request) (Fault, bool) {
	return f.PickFor(kinds, r.Method, r.URL.Path)
}

// PickFor is [Faults.Pick] where there is no request, as for webhooks, whose path is the event's name.
func (f *Faults) PickFor(kinds []string, method, path string) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.active {
		fault := &f.active[i]
		if !slices.Contains(kinds, fault.Kind) || !fault.matches(method, path) || !f.roll(fault.Rate) {
			continue
		}
		fault.Hits++
		f.total[fault.Kind]++
		hit := fault.Fault
		if fault.Count > 0 && fault.Hits >= fault.Count {
			f.active = slices.Delete(f.active, i, i+1)
		}
		return hit, true
	}
	return Fault{}, false
}

// Totals counts by kind the calls hit since the start or the last reset, those of faults since removed included.
func (f *Faults) Totals() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	totals := make(map[string]int, len(f.total))
	for kind, count := range f.total {
		totals[kind] = count
	}
	return totals
}

// resetTotals zeroes what [Faults.Totals] counts.
func (f *Faults) resetTotals() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.total)
}

// roll decides by a rate; the lock is held.
func (f *Faults) roll(rate float64) bool {
	return rate == 0 || f.random.Float64() < rate
}

// add stores a checked fault; the lock is held.
func (f *Faults) add(active activeFault) Fault {
	if active.ID == "" {
		f.serial++
		active.ID = "f" + strconv.Itoa(f.serial)
	}
	f.active = slices.DeleteFunc(f.active, func(a activeFault) bool { return a.ID == active.ID })
	f.active = append(f.active, active)
	return active.Fault
}

// check validates a fault and compiles its path.
func (f *Faults) check(fault Fault) (activeFault, error) {
	if !slices.ContainsFunc(f.kinds, func(k FaultKind) bool { return k.Kind == fault.Kind }) {
		return activeFault{}, fmt.Errorf("unknown fault kind %q: GET /_lab/faults/kinds lists them", fault.Kind)
	}
	if fault.Rate < 0 || fault.Rate > 1 {
		return activeFault{}, errors.New("a fault's rate lies between 0 and 1")
	}
	if fault.Count < 0 || fault.DelayMillis < 0 {
		return activeFault{}, errors.New("a fault's count and delay_millis are not negative")
	}
	if fault.Status != 0 && (fault.Status < 200 || fault.Status > 599) {
		return activeFault{}, errors.New("a fault's status lies between 200 and 599")
	}
	path, err := regexp.Compile(fault.Path)
	if err != nil {
		return activeFault{}, fmt.Errorf("a fault's path is a regular expression: %w", err)
	}
	fault.Hits = 0
	return activeFault{Fault: fault, path: path}, nil
}

func (a *activeFault) matches(method, path string) bool {
	return (a.Method == "" || a.Method == method) && a.path.MatchString(path)
}
