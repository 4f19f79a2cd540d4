package ninjaone

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// signInTime is how long an authorization waits for the user.
const signInTime = 30 * time.Minute

// The paths of the authorization pages. Only authorize and error are known; the other two stand for NinjaOne's own.
const (
	loginPath   = "/ws/oauth/login"
	consentPath = "/ws/oauth/consent"
	errorPath   = "/ws/oauth/error"
)

// authorizeParameters are the known parameters of an authorization request (ninjaone.md 2.1.3).
var authorizeParameters = []string{"response_type", "client_id", "redirect_uri", "scope", "state"}

// authorizeRoutes adds the pages of the authorization-code flow.
func (s *Simulator) authorizeRoutes(mux *http.ServeMux) {
	for _, base := range []string{"/ws/oauth", "/oauth"} {
		mux.HandleFunc("GET "+base+"/authorize", s.authorize)
		mux.HandleFunc(base+"/authorize", func(w http.ResponseWriter, r *http.Request) { methodNotAllowed(w, r, http.MethodGet) })
		mux.HandleFunc(base+"/token", s.serveToken)
	}
	mux.HandleFunc("GET "+errorPath, authorizeFailed)
	mux.HandleFunc("GET "+loginPath, s.showLogin)
	mux.HandleFunc("POST "+loginPath, s.login)
	mux.HandleFunc("GET "+consentPath, s.showConsent)
	mux.HandleFunc("POST "+consentPath, s.consent)
}

// authorize checks an authorization request and sends the browser to the sign-in page (ninjaone.md 2.1.3).
func (s *Simulator) authorize(w http.ResponseWriter, r *http.Request) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		s.refuseAuthorize(w, r, grant{}, "invalid_request", "Malformed query")
		return
	}
	s.noteAuthorize(r, query)
	app, found := s.app(query.Get("client_id"))
	if !found {
		unknownClient(w, r)
		return
	}
	if !slices.Contains(app.RedirectURIs, query.Get("redirect_uri")) {
		s.refuseRedirectURI(w, r)
		return
	}
	g := grant{
		clientID: app.ClientID, scopes: strings.Fields(query.Get("scope")), redirectURI: query.Get("redirect_uri"), state: query.Get("state"),
	}
	scope, refused := app.refused(g.scopes)
	switch {
	case !app.allows(grantCode):
		s.refuseAuthorize(w, r, g, "unauthorized_client", "The grant is not enabled for this application")
	case query.Get("response_type") != "code":
		s.refuseAuthorize(w, r, g, "unsupported_response_type", "Unsupported response type")
	case len(g.scopes) == 0:
		s.refuseAuthorize(w, r, g, "invalid_scope", "Invalid scope")
	case refused:
		s.refuseAuthorize(w, r, g, "invalid_scope", "Invalid scope "+scope+" for client")
	default:
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, loginPath+"?request="+s.tokens.signIns.Issue(g, s.options.Now().Add(signInTime)), http.StatusFound)
	}
}

// noteAuthorize records what NinjaOne accepts although it is a mistake.
func (s *Simulator) noteAuthorize(r *http.Request, query url.Values) {
	if !strings.HasPrefix(r.URL.Path, "/ws/") {
		lab.RecordViolation(r.Context(), "whether /oauth/authorize exists is disputed; use /ws/oauth/authorize")
	}
	if query.Has("client_secret") {
		lab.RecordViolation(r.Context(), "client_secret must never be in the address that the browser sees")
	}
	if query.Get("state") == "" {
		lab.RecordViolation(r.Context(), "without a state, anyone can complete the authorization")
	}
	for name := range query {
		if !slices.Contains(authorizeParameters, name) && name != "client_secret" {
			lab.RecordViolation(r.Context(), "unknown query parameter "+name+" is ignored")
		}
	}
}

// refuseRedirectURI answers a redirect URI that is not registered: the browser never returns to the client.
func (s *Simulator) refuseRedirectURI(w http.ResponseWriter, r *http.Request) {
	if s.Switches().WrongRedirect404 {
		notFound(w, r, "Resource")
		return
	}
	errorRedirect(w, r, errorPath, "unauthorized_client", "Invalid redirect_uri", "")
}

// refuseAuthorize answers a request that is wrong otherwise. By default the browser does not return to the client either.
func (s *Simulator) refuseAuthorize(w http.ResponseWriter, r *http.Request, g grant, name, description string) {
	if s.Switches().AuthorizeErrorsReturn && g.redirectURI != "" {
		errorRedirect(w, r, g.redirectURI, name, description, g.state)
		return
	}
	errorRedirect(w, r, errorPath, name, description, "")
}

func errorRedirect(w http.ResponseWriter, r *http.Request, target, name, description, state string) {
	parameters := url.Values{"error": {name}, "error_description": {description}}
	if state != "" {
		parameters.Set("state", state)
	}
	redirect(w, r, target, parameters)
}

// redirect sends the browser to an address with more query parameters.
func redirect(w http.ResponseWriter, r *http.Request, target string, parameters url.Values) {
	separator := "?"
	if strings.Contains(target, "?") {
		separator = "&"
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, target+separator+parameters.Encode(), http.StatusFound)
}

// authorizeFailed is the page on which a browser ends that never returns to the client.
func authorizeFailed(w http.ResponseWriter, r *http.Request) {
	lab.Form{
		Heading: "Authorization failed", Problem: r.URL.Query().Get("error"), Text: []string{r.URL.Query().Get("error_description")},
	}.Write(w, http.StatusBadRequest)
}
