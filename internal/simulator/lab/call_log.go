package lab

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// callsKept is the number of calls and violations that the log keeps.
const callsKept = 2000

// CallLog keeps the latest 2,000 calls and counts all calls. It is safe for concurrent use.
type CallLog struct {
	now       func() time.Time
	classify  func(*http.Request) string
	normalize func(string) string

	mu         sync.Mutex
	seq        int64
	calls      []Call
	violations []Violation
	counters   Counters
}

func newCallLog(now func() time.Time, classify func(*http.Request) string, normalize func(string) string) *CallLog {
	log := &CallLog{now: now, classify: classify, normalize: normalize}
	log.counters = emptyCounters()
	return log
}

func emptyCounters() Counters {
	return Counters{ByEndpoint: map[string]int{}, ByStatus: map[int]int{}, ByFault: map[string]int{}}
}

// Calls returns up to limit calls, newest first. A limit of 0 returns all that are kept.
func (l *CallLog) Calls(limit int) []Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	return newestFirst(l.calls, limit)
}

// Violations returns the violations, newest first.
func (l *CallLog) Violations() []Violation {
	l.mu.Lock()
	defer l.mu.Unlock()
	return newestFirst(l.violations, 0)
}

// Counters returns a copy of the counters without ByFault, which [Lab.Counters] adds.
func (l *CallLog) Counters() Counters {
	l.mu.Lock()
	defer l.mu.Unlock()
	copied := l.counters
	copied.ByEndpoint, copied.ByStatus, copied.ByFault = map[string]int{}, map[int]int{}, map[string]int{}
	for key, count := range l.counters.ByEndpoint {
		copied.ByEndpoint[key] = count
	}
	for key, count := range l.counters.ByStatus {
		copied.ByStatus[key] = count
	}
	return copied
}

// Reset clears the counters, calls and violations. Calls in flight stay counted as in flight.
func (l *CallLog) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	inFlight := l.counters.InFlight
	l.calls, l.violations, l.counters = nil, nil, emptyCounters()
	l.counters.InFlight, l.counters.PeakInFlight = inFlight, inFlight
}

// trace is one call while it is being served.
type trace struct {
	mu      sync.Mutex
	call    Call
	started time.Time
}

func (l *CallLog) begin(r *http.Request) *trace {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counters.InFlight++
	l.counters.PeakInFlight = max(l.counters.PeakInFlight, l.counters.InFlight)
	return &trace{started: time.Now(), call: Call{
		Time: l.now(), Method: r.Method, Path: r.URL.Path, Query: maskQuery(r.URL.RawQuery), Kind: l.classify(r),
	}}
}

func (l *CallLog) end(t *trace, status int) {
	t.mu.Lock()
	call := t.call
	t.mu.Unlock()
	call.Status, call.Millis = status, float64(time.Since(t.started).Microseconds())/1000

	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	call.Seq = l.seq
	l.calls = appendBounded(l.calls, call)
	l.counters.InFlight--
	l.counters.Total++
	switch call.Kind {
	case KindAuth:
		l.counters.Auth++
	case KindWrite:
		l.counters.Writes++
		if status >= http.StatusBadRequest && status < http.StatusInternalServerError {
			l.counters.RefusedWrites++
		}
	default:
		l.counters.Reads++
	}
	l.counters.ByStatus[status]++
	l.counters.ByEndpoint[call.Method+" "+l.normalize(call.Path)]++
}

func (l *CallLog) violation(call Call, detail string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counters.Violations++
	l.violations = appendBounded(l.violations, Violation{Time: call.Time, Method: call.Method, Path: call.Path, Detail: detail})
}

// traceKey is the context key of a call's trace.
type traceKey struct{}

type traceValue struct {
	log   *CallLog
	trace *trace
}

func (l *CallLog) with(ctx context.Context, t *trace) context.Context {
	return context.WithValue(ctx, traceKey{}, traceValue{log: l, trace: t})
}

// Note adds a comment to the log entry of the call that ctx belongs to.
func Note(ctx context.Context, note string) {
	annotate(ctx, func(c *Call) { c.Note = joinNote(c.Note, note) })
}

// noteFault adds a fault's kind to the log entry of the call that ctx belongs to.
func noteFault(ctx context.Context, kind string) {
	annotate(ctx, func(c *Call) { c.Fault = joinNote(c.Fault, kind) })
}

// RecordViolation records a violation by the call that ctx belongs to.
func RecordViolation(ctx context.Context, detail string) {
	value, ok := ctx.Value(traceKey{}).(traceValue)
	if !ok {
		return
	}
	value.trace.mu.Lock()
	call := value.trace.call
	value.trace.mu.Unlock()
	value.log.violation(call, detail)
	Note(ctx, "violation: "+detail)
}

func annotate(ctx context.Context, change func(*Call)) {
	if value, ok := ctx.Value(traceKey{}).(traceValue); ok {
		value.trace.mu.Lock()
		defer value.trace.mu.Unlock()
		change(&value.trace.call)
	}
}

func joinNote(old, added string) string {
	if old == "" {
		return added
	}
	return old + ", " + added
}

func appendBounded[T any](list []T, added T) []T {
	if len(list) >= 2*callsKept {
		list = append(list[:0:0], list[len(list)-callsKept+1:]...)
	}
	return append(list, added)
}

func newestFirst[T any](list []T, limit int) []T {
	if limit <= 0 || limit > callsKept {
		limit = callsKept
	}
	limit = min(limit, len(list))
	newest := make([]T, 0, limit)
	for i := range limit {
		newest = append(newest, list[len(list)-1-i])
	}
	return newest
}
