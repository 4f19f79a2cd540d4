package accelo

import (
	"net/http"
	"slices"
	"sync"
)

// application is a registered application. It has exactly one type (accelo.md 2.1).
type application struct {
	id, secret string
	// web applications act for the user who approved them, service applications for one chosen user.
	web bool
}

// webApplication is the application of type web. One may serve many deployments (accelo.md 2.6), so the deployments of one
// process share it.
type webApplication struct {
	application
	name string

	mu           sync.Mutex
	redirectURIs []string
}

func newWebApplication(o Options) *webApplication {
	return &webApplication{
		application: application{id: o.WebClientID, secret: o.WebClientSecret, web: true},
		name:        "Demo Web Application", redirectURIs: slices.Clone(o.RedirectURIs),
	}
}

// allowed returns the redirect URI of a request, which has to equal a registered one. Without one it is the only one that is
// registered.
func (a *webApplication) allowed(requested string) (string, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if requested == "" && len(a.redirectURIs) == 1 {
		return a.redirectURIs[0], true
	}
	return requested, slices.Contains(a.redirectURIs, requested)
}

// SetRedirectURIs replaces the redirect URIs of the web application, as its owner does in Accelo.
func (s *Simulator) SetRedirectURIs(uris ...string) {
	s.web.mu.Lock()
	defer s.web.mu.Unlock()
	s.web.redirectURIs = slices.Clone(uris)
}

// RedirectURIs returns the redirect URIs of the web application.
func (s *Simulator) RedirectURIs() []string {
	s.web.mu.Lock()
	defer s.web.mu.Unlock()
	return append([]string{}, s.web.redirectURIs...)
}

// applications returns the applications that the deployment knows.
func (s *Simulator) applications() []application {
	known := []application{{id: s.options.ClientID, secret: s.options.ClientSecret}}
	if s.knowsWeb() {
		known = append(known, s.web.application)
	}
	return known
}

// knowsWeb reports whether the web application may be used here. It is registered in the first deployment.
func (s *Simulator) knowsWeb() bool { return s == s.fleet.first || !s.Switches().ForeignAppUnknown }

// client returns the application whose credentials a call has in HTTP Basic or, if formAllowed, in the form. Unlike RFC
// 6749, Accelo documents Basic without percent-encoding.
func (s *Simulator) client(r *http.Request, p params, formAllowed bool) (application, bool) {
	id, secret, ok := r.BasicAuth()
	if !ok && formAllowed {
		id, secret = p.get("client_id"), p.get("client_secret")
	}
	for _, app := range s.applications() {
		if equal(id, app.id) && equal(secret, app.secret) {
			return app, true
		}
	}
	return application{}, false
}
