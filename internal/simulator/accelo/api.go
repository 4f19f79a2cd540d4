package accelo

import (
	"net/http"
	"strings"
)

// vendor serves all of Accelo's paths.
func (s *Simulator) vendor(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == signUpPath || r.URL.Path == readyPath {
		s.signUp(w, r)
		return
	}
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

// deployment returns the deployment label that a call addresses and whether it is this one. A host without a label stands
// for this deployment.
func (s *Simulator) deployment(r *http.Request) (label string, known bool) {
	label, found := labelOf(r.Host)
	if !found {
		label = s.options.Deployment
	}
	return label, label == s.options.Deployment && !s.Switches().UnknownDeployment
}

// resource serves a call below /api/v0: it authenticates, applies the rate limit and dispatches to the endpoint.
func (s *Simulator) resource(w http.ResponseWriter, r *http.Request) {
	p, faulty := readParams(w, r)
	env, switches := newEnvelope(p), s.Switches()
	env.errors200, env.unknownForbidden = switches.Errors200, switches.UnknownForbidden
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
		env.fail(w, faulty)
		return
	}
	if switches.TokenInfoForbidden && r.URL.Path == basePath+"tokeninfo" {
		env.refuse(w, forbidden())
		return
	}
	if s.answeredNotOK(w, r, env) {
		return
	}
	method, err := methodOf(r, p)
	if err != nil {
		env.fail(w, err)
		return
	}
	s.routes.dispatch(w, r, method, &call{sim: s, envelope: env, caller: caller, p: p})
}

// methodOf returns the HTTP method, which `_method` overrides (accelo.md 3.5).
func methodOf(r *http.Request, p params) (string, error) {
	method := r.Method
	if p.has("_method") {
		method = strings.ToUpper(p.get("_method"))
	}
	switch method {
	case http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete:
		return method, nil
	}
	if p.has("_method") {
		return "", invalid("The value of _method is not one of get, put, post, delete.")
	}
	return "", unrecognized()
}

// serveEndpoint serves a call that dispatch matched to an endpoint.
func (s *Simulator) serveEndpoint(w http.ResponseWriter, r *http.Request, endpoint *route) {
	c := callOf(r)
	c.request = r
	payload, err := s.run(endpoint, c)
	if err != nil {
		c.envelope.fail(w, err)
		return
	}
	c.envelope.answer(w, payload)
}

// run checks the mode, the IDs in the path, the token's scope and the user's rights, then calls the endpoint under the world's lock. Reads
// share the lock. Events are sent after it is released.
func (s *Simulator) run(endpoint *route, c *call) (any, error) {
	if endpoint.undocumented && s.Mode() == ModeDocumented || !endpoint.hasValidIDs(c.request) {
		return nil, unrecognized()
	}
	resource, writes := endpoint.resource(), endpoint.method != http.MethodGet
	if !c.caller.scopes.allows(resource, writes) && (writes || !readableByAll(resource)) {
		return nil, forbidden()
	}
	if !s.staffMember(c.caller.staff).may(endpoint) {
		return nil, forbidden()
	}
	var err error
	if c.asks, err = parseFields(c.p.get("_fields")); err != nil {
		return nil, err
	}
	c.shift = s.listShift(c.request, c.p)
	switch {
	case endpoint.unlocked:
		return endpoint.handle(c)
	case !writes:
		s.mu.RLock()
		defer s.mu.RUnlock()
		c.view = s.viewOf(c.caller.staff)
		return endpoint.handle(c)
	default:
		var payload any
		err := s.change(c.caller.staff, func(v *view) (err error) {
			sent := c.p
			c.view, c.p = v, v.switches.stored(sent)
			payload, err = endpoint.handle(c)
			payload = v.switches.replyTo(sent, payload)
			return err
		})
		return payload, err
	}
}
