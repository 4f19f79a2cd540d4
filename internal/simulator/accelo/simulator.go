package accelo

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"

	"ninjaone-accelo/internal/simulator/lab"
)

// Simulator is a simulated Accelo deployment with a console: an http.Handler for the vendor's paths, `/` and `/_lab/`. It is
// safe for concurrent use. Close it to stop its webhook deliveries.
type Simulator struct {
	options Options
	routes  router
	gate    *gate
	rate    *limiter
	lab     *lab.Lab
	handler http.Handler

	mu       sync.RWMutex
	world    *world
	mode     Mode
	switches Switches
}

// New makes a deployment. Options that make no sense (a mode or switch that does not exist) fall back to their defaults;
// ParseMode checks a mode.
func New(options Options) *Simulator {
	options = options.withDefaults()
	s := &Simulator{
		options: options,
		routes:  newRouter(allRoutes()...),
		gate:    newGate(options.Now),
		rate:    &limiter{now: options.Now, limit: options.RateLimit, window: options.RateWindow},
		world:   newWorld(),
		mode:    options.Mode,
	}
	if _, err := ParseMode(string(options.Mode)); err != nil {
		s.mode = ModeOpen
	}
	if options.Switches.validate() == nil {
		s.switches = options.Switches
	}
	s.world.seed(options)
	s.lab = s.newLab()
	s.handler = s.lab.Handler(http.HandlerFunc(s.vendor))
	return s
}

// Close stops the webhook deliveries.
func (s *Simulator) Close() { s.lab.Close() }

// Lab gives access to faults, latency, call log, counters and the delivery queue.
func (s *Simulator) Lab() *lab.Lab { return s.lab }

// ServeHTTP serves the vendor's API, the console and the administrative API.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Switches returns the switches as they are now.
func (s *Simulator) Switches() Switches {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.switches
}

// Mode returns the mode as it is now.
func (s *Simulator) Mode() Mode {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.mode
}

func allRoutes() [][]route {
	return [][]route{
		userRoutes(), companyRoutes(), contactRoutes(), affiliationRoutes(), requestRoutes(), assetRoutes(), assetLinkRoutes(),
		customFieldRoutes(), workRoutes(), activityRoutes(), webhookRoutes(),
	}
}

// vendor serves everything that is Accelo's.
func (s *Simulator) vendor(w http.ResponseWriter, r *http.Request) {
	if label, known := s.deployment(r); !known {
		envelope{}.refuse(w, &refusal{
			code: http.StatusBadRequest, status: "invalid_request", message: "Deployment '" + label + "' was not found.",
		})
		return
	}
	if strings.HasPrefix(r.URL.Path, "/oauth2/") {
		s.oauth(w, r)
		return
	}
	s.resource(w, r)
}

// deployment finds the label that a call is meant for: the first label of a host that says so (LABEL.api.accelo.com, or
// LABEL.localhost for tries on this machine), else this deployment's own.
func (s *Simulator) deployment(r *http.Request) (label string, known bool) {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	label, rest, _ := strings.Cut(strings.ToLower(host), ".")
	if rest != "api.accelo.com" && rest != "localhost" {
		label = s.options.Deployment
	}
	return label, label == s.options.Deployment && !s.Switches().UnknownDeployment
}

// resource answers a call below /api/v0: authentication, limit, then the endpoint.
func (s *Simulator) resource(w http.ResponseWriter, r *http.Request) {
	p, faulty := readParams(w, r)
	env := newEnvelope(p)
	s.revokeByFault(r, p)
	caller, refused := s.authenticate(r, p)
	if refused != nil {
		env.refuse(w, refused)
		return
	}
	if !s.rate.take(w.Header()) {
		env.refuse(w, s.tooMany())
		return
	}
	if faulty != nil {
		s.refuse(w, env, faulty)
		return
	}
	if s.answeredNotOK(w, r, env) {
		return
	}
	c, endpoint, err := s.newCall(r, p, caller)
	if err != nil {
		s.refuse(w, env, err)
		return
	}
	payload, err := s.run(endpoint, c)
	if err != nil {
		s.refuse(w, env, err)
		return
	}
	env.answer(w, payload)
}

func (s *Simulator) refuse(w http.ResponseWriter, env envelope, err error) {
	var refused *refusal
	if !errors.As(err, &refused) {
		refused = &refusal{code: http.StatusInternalServerError, status: "server_error", message: "An unexpected error occurred."}
	}
	env.refuse(w, refused)
}

// newCall finds the endpoint of a call and checks the token's scope.
func (s *Simulator) newCall(r *http.Request, p params, caller token) (*call, *route, error) {
	method, err := methodOf(r, p)
	if err != nil {
		return nil, nil, err
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/api/v0/")
	if !ok {
		return nil, nil, unrecognized()
	}
	segments := strings.Split(strings.TrimSuffix(path, ".json"), "/")
	endpoint, ids, word, found := s.routes.find(method, segments, s.Mode())
	if !found {
		return nil, nil, unrecognized()
	}
	writing := method != http.MethodGet
	if !caller.scopes.allows(segments[0], writing) && (writing || !free(segments[0])) {
		return nil, nil, forbidden()
	}
	asks, err := parseFields(p.get("_fields"))
	if err != nil {
		return nil, nil, err
	}
	return &call{
		sim: s, request: r, p: p, method: method, ids: ids, word: word, asks: asks, caller: caller, shift: s.listShift(r, p),
	}, endpoint, nil
}

// methodOf applies `_method`, which works on any real method (contract 3.5).
func methodOf(r *http.Request, p params) (string, error) {
	if !p.has("_method") {
		return r.Method, nil
	}
	switch method := strings.ToUpper(p.get("_method")); method {
	case http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete:
		return method, nil
	default:
		return "", invalid("The value of _method is not one of get, put, post, delete.")
	}
}

// run calls an endpoint under the world's lock; readers share it. Events leave once it is released.
func (s *Simulator) run(endpoint *route, c *call) (any, error) {
	switch {
	case endpoint.unlocked:
		return endpoint.handle(c)
	case endpoint.method == http.MethodGet:
		s.mu.RLock()
		defer s.mu.RUnlock()
		c.view = s.viewOf(c.caller.staff)
		return endpoint.handle(c)
	default:
		var payload any
		err := s.change(c.caller.staff, func(v *view) (err error) {
			c.view = v
			payload, err = endpoint.handle(c)
			return err
		})
		return payload, err
	}
}

// viewOf is the view of a member of staff; the lock is held.
func (s *Simulator) viewOf(staff int64) *view {
	return &view{world: s.world, mode: s.mode, switches: s.switches, staff: staff, nowMillis: s.options.Now().UnixMilli()}
}

// change lets do write to the world, then sends the events that it fired.
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

// serviceUser is the member of staff that the service application runs as.
func (s *Simulator) serviceUser() Staff {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return *s.world.staff.rows[0]
}

// violate records that a caller relies on something that Accelo would silently let pass.
func (c *call) violate(detail string) { lab.Violate(c.request.Context(), detail) }

// accepts records as violations the keys of a write that the endpoint does not know and thus ignores.
func (c *call) accepts(names ...string) {
	known := make(map[string]bool, len(names))
	for _, name := range names {
		known[name] = true
	}
	for _, name := range c.p.names() {
		if !known[name] && !strings.HasPrefix(name, "_") && !strings.Contains(name, ".") {
			c.violate("the parameter " + name + " is not documented here and is ignored")
		}
	}
}
