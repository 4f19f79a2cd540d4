package accelo

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ninjaone-accelo/internal/simulator/lab"
)

// The pages of an authorization. Accelo's own addresses are unknown.
const (
	loginPath    = "/oauth2/v0/login"
	approvalPath = "/oauth2/v0/approval"
)

// DefaultPassword is the password of the users that a deployment begins with.
const DefaultPassword = "demo-password"

// pending returns the authorization that a page belongs to, or answers that there is none.
func (s *Simulator) pending(w http.ResponseWriter, r *http.Request) (request string, asked authorization, ok bool) {
	request = r.URL.Query().Get("request")
	asked, valid, _ := s.auth.approvals.Get(request)
	if !valid {
		loginExpired(w)
	}
	return request, asked, valid
}

func loginExpired(w http.ResponseWriter) {
	lab.Form{Heading: "Log in to Accelo", Problem: "This login has expired. Begin again in the application."}.Write(w, http.StatusBadRequest)
}

// login shows the login page, checks the password and leads to the approval page.
func (s *Simulator) login(w http.ResponseWriter, r *http.Request, p params) {
	request, asked, ok := s.pending(w, r)
	switch {
	case !ok:
	case r.Method == http.MethodGet:
		s.loginForm("", "").Write(w, http.StatusOK)
	case s.auth.lockedOut(r):
		s.loginForm("", "Too many failed logins. Wait five minutes, then try again.").Write(w, http.StatusUnauthorized)
	default:
		name := strings.TrimSpace(p.get("username"))
		user, found := s.staffByName(name)
		if !found || !equal(p.get("password"), user.password) {
			s.auth.failed(r)
			s.loginForm(name, "The username or the password is wrong.").Write(w, http.StatusUnauthorized)
			return
		}
		asked.staff = user.ID
		s.auth.approvals.Set(request, asked, s.options.Now().Add(approvalTime))
		http.Redirect(w, r, approvalPath+"?request="+url.QueryEscape(request), http.StatusSeeOther)
	}
}

func (s *Simulator) loginForm(name, problem string) lab.Form {
	return lab.Form{
		Heading: "Log in to Accelo", Problem: problem,
		Text: []string{deploymentName(s.options.Deployment) + " (" + s.options.Deployment + ".accelo.com)", s.loginHint()},
		Inputs: []lab.FormInput{
			{Label: "Username or email", Name: "username", Value: name, Autocomplete: "username"},
			{Label: "Password", Name: "password", Type: "password", Autocomplete: "current-password"},
		},
		Buttons: []lab.FormButton{{Label: "Log in", Action: "log-in"}},
	}
}

// loginHint names users to log in as.
func (s *Simulator) loginHint() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var names []string
	for _, user := range s.world.staff.rows {
		if user.Standing == "active" && user.password == DefaultPassword {
			names = append(names, user.Username+" ("+user.AccessLevel+")")
		}
	}
	if len(names) == 0 {
		return "Log in as the user who signed up."
	}
	return "Simulated users: " + strings.Join(names, ", ") + ". Their password is " + DefaultPassword + "."
}

// approval shows what the application asks for, and sends the browser back with the user's decision (accelo.md 2.6).
func (s *Simulator) approval(w http.ResponseWriter, r *http.Request, p params) {
	request, asked, ok := s.pending(w, r)
	switch {
	case !ok:
	case asked.staff == 0:
		http.Redirect(w, r, loginPath+"?request="+url.QueryEscape(request), http.StatusSeeOther)
	case r.Method == http.MethodGet:
		lab.Form{
			Heading: s.web.name, Text: []string{s.web.name + " is requesting permission to:"}, Items: asked.scopes.describe(),
			Buttons: []lab.FormButton{{Label: "Allow Access", Action: "allow"}, {Label: "No thanks", Action: "deny"}},
		}.Write(w, http.StatusOK)
	default:
		s.decide(w, r, request, p.get("action") == "allow")
	}
}

func (s *Simulator) decide(w http.ResponseWriter, r *http.Request, request string, allowed bool) {
	asked, valid := s.auth.approvals.Take(request)
	if !valid {
		loginExpired(w)
		return
	}
	if _, denied := s.lab.PickFault(r, FaultApprovalDenied); denied {
		allowed = false
	}
	parameters := url.Values{}
	if allowed {
		code := s.auth.codes.Issue(asked, s.options.Now().Add(s.options.CodeLifetime))
		if _, late := s.lab.PickFault(r, FaultCodeExpired); late {
			s.auth.codes.Expire(code)
		}
		parameters.Set("code", code)
	} else {
		parameters.Set("error", "access_denied")
		parameters.Set("error_description", "The user did not approve the request.")
	}
	if asked.state != "" && (allowed || !s.Switches().DenialWithoutState) {
		parameters.Set("state", asked.state)
	}
	returnToApplication(w, r, asked, parameters)
}

// describe says in words what the scopes allow: "Read companies and contacts." and the like.
func (s scopes) describe() []string {
	var items []string
	for _, part := range []struct {
		verb  string
		names map[string]bool
	}{{"Read", s.read}, {"Read and write", s.write}} {
		if len(part.names) == 0 {
			continue
		}
		names := slices.Sorted(maps.Keys(part.names))
		text := strings.Join(names, ", ")
		if last := len(names) - 1; last > 0 {
			text = strings.Join(names[:last], ", ") + " and " + names[last]
		}
		if part.names["all"] {
			text = "all data"
		}
		items = append(items, part.verb+" "+text+".")
	}
	return items
}

// staffMember returns a user by ID.
func (s *Simulator) staffMember(id int64) Staff {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return *s.world.staff.get(id)
}

// staffByName returns the active user with a username or an email address.
func (s *Simulator) staffByName(name string) (Staff, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, user := range s.world.staff.rows {
		if user.Standing == "active" && (strings.EqualFold(user.Username, name) || strings.EqualFold(user.Email, name)) {
			return *user, true
		}
	}
	return Staff{}, false
}
