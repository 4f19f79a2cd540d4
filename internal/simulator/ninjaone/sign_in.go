package ninjaone

import (
	"net/http"
	"net/url"
	"strings"

	"ninjaone-accelo/internal/simulator/lab"
)

// The users who can sign in.
const (
	// AdministratorEmail is the email address of a system administrator.
	AdministratorEmail = "admin@msp.example"
	// TechnicianEmail is that of a technician who is no system administrator.
	TechnicianEmail = "technician@msp.example"
	// DefaultPassword is every user's password.
	DefaultPassword = "demo-password"
)

// The buttons of the pages.
const (
	actionSignIn = "sign-in"
	actionAllow  = "allow"
	actionDeny   = "deny"
)

// signingIn returns the authorization that a page belongs to, or answers that there is none.
func (s *Simulator) signingIn(w http.ResponseWriter, r *http.Request) (request string, g grant, app App, ok bool) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	request = r.URL.Query().Get("request")
	g, valid, _ := s.tokens.signIns.Get(request)
	app, found := s.app(g.clientID)
	if !valid || !found || r.ParseForm() != nil {
		lab.Form{Heading: "Sign in to NinjaOne", Problem: "This sign-in has expired. Begin again in the application."}.Write(w, http.StatusBadRequest)
		return "", grant{}, App{}, false
	}
	return request, g, app, true
}

func (s *Simulator) showLogin(w http.ResponseWriter, r *http.Request) {
	if _, _, app, ok := s.signingIn(w, r); ok {
		loginForm(app, "", "").Write(w, http.StatusOK)
	}
}

// login checks the password and leads to the consent page.
func (s *Simulator) login(w http.ResponseWriter, r *http.Request) {
	request, g, app, ok := s.signingIn(w, r)
	if !ok {
		return
	}
	email := strings.TrimSpace(r.PostForm.Get("email"))
	user, found := s.userByEmail(email)
	if !found || r.PostForm.Get("password") != DefaultPassword {
		loginForm(app, email, "The email address or the password is wrong.").Write(w, http.StatusUnauthorized)
		return
	}
	g.user = user.ID
	s.tokens.signIns.Set(request, g, s.options.Now().Add(signInTime))
	http.Redirect(w, r, consentPath+"?request="+url.QueryEscape(request), http.StatusSeeOther)
}

func loginForm(app App, email, problem string) lab.Form {
	return lab.Form{
		Heading: "Sign in to NinjaOne", Problem: problem,
		Text: []string{
			"to continue to " + app.Name,
			"Simulated users: " + AdministratorEmail + " (system administrator) and " + TechnicianEmail + " (technician), password " + DefaultPassword + ".",
		},
		Inputs: []lab.FormInput{
			{Label: "Email", Name: "email", Type: "email", Value: email, Autocomplete: "username"},
			{Label: "Password", Name: "password", Type: "password", Autocomplete: "current-password"},
		},
		Buttons: []lab.FormButton{{Label: "Sign in", Action: actionSignIn}},
	}
}

func (s *Simulator) showConsent(w http.ResponseWriter, r *http.Request) {
	request, g, app, ok := s.signingIn(w, r)
	switch {
	case !ok:
	case g.user == 0:
		http.Redirect(w, r, loginPath+"?request="+url.QueryEscape(request), http.StatusSeeOther)
	default:
		lab.Form{
			Heading: "Authorize " + app.Name, Text: []string{app.Name + " asks for access to your NinjaOne account:"}, Items: g.scopes,
			Buttons: []lab.FormButton{{Label: "Allow", Action: actionAllow}, {Label: "Deny", Action: actionDeny}},
		}.Write(w, http.StatusOK)
	}
}

// consent sends the browser back to the client, with a code or an error.
func (s *Simulator) consent(w http.ResponseWriter, r *http.Request) {
	request, _, _, ok := s.signingIn(w, r)
	if !ok {
		return
	}
	g, valid := s.tokens.signIns.Take(request)
	_, denied := s.Lab.PickFault(r, faultConsentDenied)
	switch {
	case !valid || g.user == 0:
		lab.Form{Heading: "Sign in to NinjaOne", Problem: "This sign-in has expired. Begin again in the application."}.Write(w, http.StatusBadRequest)
	case denied || r.PostForm.Get("action") != actionAllow:
		errorRedirect(w, r, g.redirectURI, "access_denied", "User denied access", g.state)
	default:
		code := s.tokens.codes.Issue(g, s.options.Now().Add(s.options.CodeLifetime))
		if _, late := s.Lab.PickFault(r, faultCodeExpired); late {
			s.tokens.codes.Expire(code)
		}
		parameters := url.Values{"code": {code}}
		if g.state != "" {
			parameters.Set("state", g.state)
		}
		redirect(w, r, g.redirectURI, parameters)
	}
}

// userByEmail returns the user with an email address.
func (s *Simulator) userByEmail(email string) (User, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, user := range s.world.users {
		if strings.EqualFold(user.Email, email) {
			return user, true
		}
	}
	return User{}, false
}
