package accelo

import (
	"net/http"
	"strings"
	"sync"

	"ninjaone-accelo/internal/simulator/lab"
)

// Simulator is a simulated Accelo deployment: an [http.Handler] for Accelo's paths, the console at `/` and `/_lab/`. It is
// safe for concurrent use. Close it to stop its webhook deliveries.
type Simulator struct {
	options Options
	routes  router
	auth    *authenticator
	web     *webApplication
	fleet   *fleet
	rate    *limiter
	lab     *lab.Lab
	handler http.Handler

	mu       sync.RWMutex
	world    *world
	mode     Mode
	switches Switches
}

// New creates a deployment. An invalid mode or switch falls back to its default; [ParseMode] validates a mode.
func New(options Options) *Simulator {
	f := &fleet{}
	f.first = create(options, f)
	return f.first
}

// create creates a deployment of a fleet.
func create(options Options, f *fleet) *Simulator {
	options = options.withDefaults()
	s := &Simulator{
		options: options,
		fleet:   f,
		auth:    newAuthenticator(options.Now),
		web:     newWebApplication(options),
		rate:    &limiter{now: options.Now, limit: options.RateLimit, window: options.RateWindow},
		world:   newWorld(),
		mode:    options.Mode,
	}
	if f.first != nil {
		s.web = f.first.web
	}
	if _, err := ParseMode(string(options.Mode)); err != nil {
		s.mode = ModeOpen
	}
	if options.Switches.validate() == nil {
		s.switches = options.Switches
	}
	s.world.seed(options)
	s.routes = s.newRouter()
	s.lab = s.newLab()
	s.handler = s.lab.Handler(http.HandlerFunc(s.vendor))
	return s
}

// Close stops the webhook deliveries, and the deployments that were added.
func (s *Simulator) Close() {
	s.fleet.close()
	s.lab.Close()
}

// Lab returns the lab, which holds the faults, the latency, the call log, the counters and the delivery queue.
func (s *Simulator) Lab() *lab.Lab { return s.lab }

// ServeHTTP serves Accelo's API, the console and the administrative API of the deployment that the host names.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.addressed(r).handler.ServeHTTP(w, r)
}

// Switches returns the current switches.
func (s *Simulator) Switches() Switches {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.switches
}

// Mode returns the current mode.
func (s *Simulator) Mode() Mode {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.mode
}

// serviceUser returns the staff member that the service application runs as.
func (s *Simulator) serviceUser() Staff {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return *s.world.staff.rows[0]
}

// viewOf returns the view of a staff member. The caller holds the lock.
func (s *Simulator) viewOf(staff int64) *view {
	return &view{world: s.world, mode: s.mode, switches: s.switches, staff: staff, nowMillis: s.options.Now().UnixMilli()}
}

// change runs do with the write lock, then sends the events that it fired.
func (s *Simulator) change(staff int64, do func(v *view) error) error {
	s.mu.Lock()
	err := do(s.viewOf(staff))
	deliveries := s.takeEvents()
	s.mu.Unlock()
	for _, delivery := range deliveries {
		s.lab.Webhooks.Enqueue(delivery)
	}
	return err
}

// view is the world as one caller sees it at one moment, under the world's lock.
type view struct {
	world     *world
	mode      Mode
	switches  Switches
	staff     int64
	nowMillis int64
}

// now returns the view's moment in Unix seconds.
func (v *view) now() int64 { return v.nowMillis / 1000 }

// newLab creates the lab with the simulator's faults, deliveries, actions and tables.
func (s *Simulator) newLab() *lab.Lab {
	return lab.New(lab.Options{
		Name:       "Accelo simulator",
		Seed:       s.options.Seed,
		Now:        s.options.Now,
		FaultReply: s.faultReply,
		FaultKinds: faultKinds(),
		Classify:   classify,
		Webhooks:   lab.DeliveryOptions{Timeout: s.options.DeliveryTimeout, OnResult: s.delivered, Transport: s.options.Deliver},
		State:      func() any { return s.Snapshot() },
		Actions:    s.actions(),
		Tables:     s.tables(),
		Summary:    s.summary,
	})
}

// classify returns the kind of a call for the counters. `_method` overrides the HTTP method.
func classify(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, "/oauth2/") {
		return lab.KindAuth
	}
	method := r.Method
	if override := r.URL.Query().Get("_method"); override != "" {
		method = strings.ToUpper(override)
	}
	if method == http.MethodGet {
		return lab.KindRead
	}
	return lab.KindWrite
}
