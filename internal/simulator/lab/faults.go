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

// Faults is the set of active faults. It is safe for concurrent use. Rates are rolled reproducibly from the seed.
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

// NewFaults returns an empty set that accepts the built-in kinds and the given ones.
func NewFaults(seed int64, kinds ...FaultKind) *Faults {
	return &Faults{
		kinds:  slices.Concat(BuiltInFaultKinds(), kinds),
		random: random(seed, 1),
		total:  map[string]int{},
	}
}

// Kinds returns the kinds that the set accepts.
func (f *Faults) Kinds() []FaultKind { return slices.Clone(f.kinds) }

// Add activates a fault and returns it with its ID. It replaces a fault with the same ID. Add fails if the kind is
// unknown, the path isn't a regular expression or a number is out of range.
func (f *Faults) Add(fault Fault) (Fault, error) {
	active, err := f.check(fault)
	if err != nil {
		return Fault{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.add(active), nil
}

// Set replaces all faults. If one of them is invalid, nothing changes.
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

// Remove deactivates a fault and reports whether it existed.
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

// has reports whether a fault of this kind is active.
func (f *Faults) has(kind string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.active, func(a activeFault) bool { return a.Kind == kind })
}

// Pick returns the first active fault of these kinds that hits a request.
func (f *Faults) Pick(kinds []string, r *http.Request) (Fault, bool) {
	return f.PickFor(kinds, r.Method, r.URL.Path)
}

// PickFor is [Faults.Pick] without a request. Webhooks use it with the event's name as the path.
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

// Totals returns the number of hits by kind since the last reset, including hits of faults that have been removed.
func (f *Faults) Totals() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	totals := make(map[string]int, len(f.total))
	for kind, count := range f.total {
		totals[kind] = count
	}
	return totals
}

// resetTotals clears the numbers that [Faults.Totals] returns.
func (f *Faults) resetTotals() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.total)
}

// roll reports whether a fault with this rate hits. The caller holds the lock.
func (f *Faults) roll(rate float64) bool {
	return rate == 0 || f.random.Float64() < rate
}

// add stores a checked fault. The caller holds the lock.
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
		return activeFault{}, fmt.Errorf("unknown fault kind %q (GET /_lab/faults/kinds lists the kinds)", fault.Kind)
	}
	if fault.Rate < 0 || fault.Rate > 1 {
		return activeFault{}, errors.New("the rate must be between 0 and 1")
	}
	if fault.Count < 0 || fault.DelayMillis < 0 {
		return activeFault{}, errors.New("count and delay_millis must not be negative")
	}
	if fault.Status != 0 && (fault.Status < 200 || fault.Status > 599) {
		return activeFault{}, errors.New("the status must be between 200 and 599")
	}
	path, err := regexp.Compile(fault.Path)
	if err != nil {
		return activeFault{}, fmt.Errorf("the path must be a regular expression: %w", err)
	}
	fault.Hits = 0
	return activeFault{Fault: fault, path: path}, nil
}

func (a *activeFault) matches(method, path string) bool {
	return (a.Method == "" || a.Method == method) && a.path.MatchString(path)
}
