package lab

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options describes a simulator to the lab. Only Name and FaultReply are required.
type Options struct {
	// Name is the console's heading, such as "NinjaOne simulator".
	Name string
	// Seed makes fault rates and latency jitter reproducible.
	Seed int64
	// Now is the clock of the logs; nil means time.Now.
	Now func() time.Time
	// FaultReply answers FaultStatus and FaultTooMany with the vendor's JSON error. A Retry-After header that the fault
	// asks for is already set.
	FaultReply func(w http.ResponseWriter, r *http.Request, fault Fault)
	// FaultKinds are the simulator's additional kinds, which it picks with [Lab.PickFault].
	FaultKinds []FaultKind
	// Classify returns the kind of a call; nil means [Classify].
	Classify func(*http.Request) string
	// Normalize groups paths for the counters; nil means [NormalizePath].
	Normalize func(path string) string
	// Webhooks configures the delivery queue.
	Webhooks DeliveryOptions
	// State is the simulated world, for GET /_lab/state.
	State func() any
	// Actions are offered in the console and as POST /_lab/{action}.
	Actions []Action
	// Tables are the console's tables.
	Tables []Table
	// Summary returns the figures at the top of the console.
	Summary func() []Stat
}

// Lab wraps one vendor's handler with a call log, faults, latency, a console and an administrative API.
type Lab struct {
	// Faults are the active faults.
	Faults *Faults
	// Calls is the log of calls to the vendor's API.
	Calls *CallLog
	// Latency is added to every call to the vendor's API.
	Latency *Latency
	// Webhooks delivers the vendor's events.
	Webhooks *Deliverer

	options Options
	replies lastReplies
	// closed ends calls that are never answered.
	closed    chan struct{}
	closeOnce sync.Once
}

// New creates a lab. Close it to stop its webhook deliveries.
func New(options Options) *Lab {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Classify == nil {
		options.Classify = Classify
	}
	if options.Normalize == nil {
		options.Normalize = NormalizePath
	}
	faults := NewFaults(options.Seed, options.FaultKinds...)
	options.Webhooks.Faults, options.Webhooks.Now = faults, options.Now
	return &Lab{
		Faults:   faults,
		Calls:    newCallLog(options.Now, options.Classify, options.Normalize),
		Latency:  &Latency{random: random(options.Seed, 2)},
		Webhooks: NewDeliverer(options.Webhooks),
		options:  options,
		closed:   make(chan struct{}),
	}
}

// Close drops calls that are never answered, cancels webhook deliveries and waits for them to end.
func (l *Lab) Close() {
	l.closeOnce.Do(func() { close(l.closed) })
	l.Webhooks.Close()
}

// Counters returns the counters of calls and of faults.
func (l *Lab) Counters() Counters {
	counters := l.Calls.Counters()
	counters.ByFault = l.Faults.Totals()
	return counters
}

// ResetCounters resets the counters and clears calls, violations and deliveries.
func (l *Lab) ResetCounters() {
	l.Calls.Reset()
	l.Faults.resetTotals()
	l.Webhooks.clearLog()
}

// Handler serves the vendor's API, the console and the administrative API: /_lab/ belongs to the lab, / redirects to the
// console, and every other path goes to the vendor. Faults that drop the connection panic with [http.ErrAbortHandler],
// which only the server of net/http turns into a dropped connection.
func (l *Lab) Handler(vendor http.Handler) http.Handler {
	admin := l.admin()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/":
			http.Redirect(w, r, "/_lab/console", http.StatusFound)
		case r.URL.Path == "/favicon.ico":
			http.NotFound(w, r)
		case r.URL.Path == "/_lab" || strings.HasPrefix(r.URL.Path, "/_lab/"):
			admin.ServeHTTP(w, r)
		default:
			l.serveVendor(w, r, vendor)
		}
	})
}

// serveVendor logs a call, delays it by the latency and serves it with the active faults.
func (l *Lab) serveVendor(w http.ResponseWriter, r *http.Request, vendor http.Handler) {
	trace := l.Calls.begin(r)
	recorder := &statusRecorder{ResponseWriter: w}
	finished := false
	defer func() {
		if !finished {
			recorder.status = 0
		}
		l.Calls.end(trace, recorder.status)
	}()
	r = r.WithContext(l.Calls.with(r.Context(), trace))
	l.Latency.wait(r.Context())
	l.inject(recorder, r, vendor)
	if recorder.status == 0 {
		recorder.status = http.StatusOK
	}
	finished = true
}

// statusRecorder records the status of a response.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader records the status and passes it on.
func (s *statusRecorder) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

// Write records the implied status 200 and passes the body on.
func (s *statusRecorder) Write(body []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(body)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }
