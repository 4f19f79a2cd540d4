package lab

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options describe a simulator to the lab. Only Name and FaultReply are required.
type Options struct {
	// Name is the console's heading, such as "NinjaOne simulator".
	Name string
	// Seed makes what faults and latency roll reproducible.
	Seed int64
	// Now is the clock of the log; nil means time.Now.
	Now func() time.Time
	// FaultReply answers the faults FaultStatus and FaultTooMany in the vendor's JSON. A Retry-After header asked for by
	// the fault is set already.
	FaultReply func(w http.ResponseWriter, r *http.Request, fault Fault)
	// FaultKinds are the simulator's own kinds, which it picks itself with [Faults.Pick].
	FaultKinds []FaultKind
	// Classify tells the kind of a call; nil means [Classify].
	Classify func(*http.Request) string
	// Normalize groups paths for the counters; nil means [NormalizePath].
	Normalize func(path string) string
	// Webhooks configures the delivery queue.
	Webhooks DeliveryOptions
	// State is the simulated world, for GET /_lab/state.
	State func() any
	// Actions are what a person or the world can do, for the console and POST /_lab/{action}.
	Actions []Action
	// Views are further things to read, for GET /_lab/{view}.
	Views []View
	// Tables are the console's tables.
	Tables []Table
	// Summary is the console's first row of figures.
	Summary func() []Stat
}

// Lab surrounds one vendor's handler with log, faults, latency, console and administration.
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
}

// New makes a lab. Close it to stop its webhook deliveries.
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
	}
}

// Close stops webhook deliveries and waits until those under way have ended.
func (l *Lab) Close() { l.Webhooks.Close() }

// Counters returns the counters of calls and of faults.
func (l *Lab) Counters() Counters {
	counters := l.Calls.Counters()
	counters.ByFault = l.Faults.Totals()
	return counters
}

// ResetCounters zeroes the counters and forgets calls, violations and deliveries.
func (l *Lab) ResetCounters() {
	l.Calls.Reset()
	l.Faults.resetTotals()
	l.Webhooks.forget()
}

// Handler serves the vendor's API together with the console and the administrative API. Everything under /_lab/ is the
// lab's, / leads to the console, all other paths are the vendor's. Faults that cut the connection panic with
// [http.ErrAbortHandler], which only net/http's own server turns into a cut connection.
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

// serveVendor logs a call, makes it wait and hands it to the injector.
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

// statusRecorder remembers the status that was answered.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers and passes on the status.
func (s *statusRecorder) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

// Write passes on, remembering the implied status 200.
func (s *statusRecorder) Write(body []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(body)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Latency is an artificial wait before each call is served: fixed plus a random part. It is safe for concurrent use.
type Latency struct {
	mu            sync.Mutex
	random        *rand.Rand
	fixed, jitter time.Duration
}

// Set changes the latency; negative values count as 0.
func (l *Latency) Set(fixed, jitter time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fixed, l.jitter = max(fixed, 0), max(jitter, 0)
}

// Get returns the fixed part and the largest random part.
func (l *Latency) Get() (fixed, jitter time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fixed, l.jitter
}

func (l *Latency) wait(ctx context.Context) {
	l.mu.Lock()
	total := l.fixed
	if l.jitter > 0 {
		total += time.Duration(l.random.Int64N(int64(l.jitter)))
	}
	l.mu.Unlock()
	pause(ctx, total)
}

// pause waits, or returns early when ctx ends.
func pause(ctx context.Context, duration time.Duration) {
	if duration <= 0 {
		return
	}
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
