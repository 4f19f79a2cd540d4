package lab

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

// callsKept is how many calls and violations the log remembers.
const callsKept = 2000

// Kinds of call that the counters tell apart.
const (
	// KindRead is a call that changes nothing.
	KindRead = "read"
	// KindWrite is a call that may change something.
	KindWrite = "write"
	// KindAuth is a call that only obtains a token.
	KindAuth = "auth"
)

// Call is one call to the vendor's API.
type Call struct {
	// Seq numbers the calls from 1 since the start.
	Seq int64 `json:"seq"`
	// Time is when it arrived.
	Time time.Time `json:"time"`
	// Method, Path and Query are the request line; secrets in the query are masked.
	Method string `json:"method"`
	Path   string `json:"path"`
	Query  string `json:"query,omitempty"`
	// Kind is KindRead, KindWrite or KindAuth.
	Kind string `json:"kind"`
	// Status is the HTTP status answered; 0 where the connection was cut.
	Status int `json:"status"`
	// Millis is how long the answer took, in milliseconds.
	Millis float64 `json:"millis"`
	// Fault names the kinds of fault injected.
	Fault string `json:"fault,omitempty"`
	// Note is the simulator's remark.
	Note string `json:"note,omitempty"`
}

// Violation is a call that broke the vendor's contract in a way that the vendor itself would let pass silently.
type Violation struct {
	Time   time.Time `json:"time"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Detail string    `json:"detail"`
}

// Counters sums up the calls since the start or the last reset.
type Counters struct {
	Total  int `json:"total"`
	Reads  int `json:"reads"`
	Writes int `json:"writes"`
	Auth   int `json:"auth"`
	// PeakInFlight is the largest number of calls that were being served at once.
	PeakInFlight int `json:"peak_in_flight"`
	InFlight     int `json:"in_flight"`
	Violations   int `json:"violations"`
	// ByEndpoint is keyed "METHOD /path" with every id replaced by {id}; ByStatus by the HTTP status, "0" for a cut
	// connection; ByFault by the kind of fault, webhook faults included.
	ByEndpoint map[string]int `json:"by_endpoint"`
	ByStatus   map[int]int    `json:"by_status"`
	ByFault    map[string]int `json:"by_fault"`
}

// CallLog remembers the last 2,000 calls and counts all of them. It is safe for concurrent use.
type CallLog struct {
	now      func() time.Time
	classify func(*http.Request) string
	normal   func(string) string

	mu         sync.Mutex
	seq        int64
	calls      []Call
	violations []Violation
	counters   Counters
}

func newCallLog(now func() time.Time, classify func(*http.Request) string, normal func(string) string) *CallLog {
	log := &CallLog{now: now, classify: classify, normal: normal}
	log.counters = emptyCounters()
	return log
}

func emptyCounters() Counters {
	return Counters{ByEndpoint: map[string]int{}, ByStatus: map[int]int{}, ByFault: map[string]int{}}
}

// Calls returns the newest calls first, at most limit of them; 0 means all that are remembered.
func (l *CallLog) Calls(limit int) []Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	return newestFirst(l.calls, limit)
}

// Violations returns the newest violations first.
func (l *CallLog) Violations() []Violation {
	l.mu.Lock()
	defer l.mu.Unlock()
	return newestFirst(l.violations, 0)
}

// Counters returns a copy of the counters; ByFault is left to [Lab.Counters].
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

// Reset zeroes the counters and forgets calls and violations. Calls in flight stay counted as such.
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
	default:
		l.counters.Reads++
	}
	l.counters.ByStatus[status]++
	l.counters.ByEndpoint[call.Method+" "+l.normal(call.Path)]++
}

func (l *CallLog) violation(call Call, detail string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counters.Violations++
	l.violations = appendBounded(l.violations, Violation{Time: call.Time, Method: call.Method, Path: call.Path, Detail: detail})
}

// traceKey finds the trace of a call in its context.
type traceKey struct{}

type traceValue struct {
	log   *CallLog
	trace *trace
}

func (l *CallLog) with(ctx context.Context, t *trace) context.Context {
	return context.WithValue(ctx, traceKey{}, traceValue{log: l, trace: t})
}

// Note adds a remark to the log's entry for the call that ctx belongs to.
func Note(ctx context.Context, note string) {
	annotate(ctx, func(c *Call) { c.Note = joinNote(c.Note, note) })
}

// Injected records in the log that a fault of this kind hit the call that ctx belongs to.
func Injected(ctx context.Context, kind string) {
	annotate(ctx, func(c *Call) { c.Fault = joinNote(c.Fault, kind) })
}

// Violate records that the call that ctx belongs to broke the vendor's contract.
func Violate(ctx context.Context, detail string) {
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

// identifier recognizes a path segment that is an id: digits, a UUID or a long hexadecimal word.
var identifier = regexp.MustCompile(`^(\d+|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{16,})$`)

// NormalizePath replaces every id in a path by {id}.
func NormalizePath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if identifier.MatchString(segment) {
			segments[i] = "{id}"
		}
	}
	return strings.Join(segments, "/")
}

// Classify is the kind of a call by its method: GET and HEAD read, everything else writes.
func Classify(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return KindRead
	}
	return KindWrite
}

// maskQuery hides the values of parameters that carry credentials.
func maskQuery(raw string) string {
	if !strings.Contains(raw, "token") && !strings.Contains(raw, "secret") {
		return raw
	}
	parts := strings.Split(raw, "&")
	for i, part := range parts {
		key, _, found := strings.Cut(part, "=")
		if name, err := url.QueryUnescape(key); found && (err != nil || strings.Contains(name, "token") || strings.Contains(name, "secret")) {
			parts[i] = key + "=***"
		}
	}
	return strings.Join(parts, "&")
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
