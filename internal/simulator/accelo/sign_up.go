package accelo

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ninjaone-accelo/internal/simulator/lab"
)

// The pages on which a trial begins.
const (
	signUpPath = "/signup/"
	readyPath  = "/signup/ready"
)

// signUp serves the sign-up page, which creates a deployment, and the page that leads to it.
func (s *Simulator) signUp(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == readyPath:
		s.showTrial(w, r)
	case r.Method != http.MethodPost:
		signUpForm(SignUp{}, "").Write(w, http.StatusOK)
	default:
		p, err := readParams(w, r)
		form := SignUp{
			Company: p.get("company"), Firstname: p.get("firstname"), Surname: p.get("surname"), Email: p.get("email"),
			Password: p.get("password"), Deployment: p.get("deployment"),
		}
		var added Trial
		if err == nil {
			added, err = s.SignUp(r.Context(), form)
		}
		if err != nil {
			problem := err.Error()
			signUpForm(form, strings.ToUpper(problem[:1])+problem[1:]+".").Write(w, http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, readyPath+"?deployment="+url.QueryEscape(added.Deployment), http.StatusSeeOther)
	}
}

func signUpForm(form SignUp, problem string) lab.Form {
	return lab.Form{
		Heading: "Start your free Accelo trial", Problem: problem,
		Inputs: []lab.FormInput{
			{Label: "Company name", Name: "company", Value: form.Company, Autocomplete: "organization"},
			{Label: "First name", Name: "firstname", Value: form.Firstname, Autocomplete: "given-name"},
			{Label: "Last name", Name: "surname", Value: form.Surname, Autocomplete: "family-name"},
			{Label: "Work email", Name: "email", Type: "email", Value: form.Email, Autocomplete: "email"},
			{Label: "Password", Name: "password", Type: "password", Autocomplete: "new-password", Hint: "At least 8 characters."},
			{
				Label: "Accelo address", Name: "deployment", Value: form.Deployment,
				Hint: "The first part of yours.accelo.com. Empty for one that fits your company's name.",
			},
		},
		Buttons: []lab.FormButton{{Label: "Start my free trial", Action: "sign-up"}},
	}
}

// showTrial tells where a new deployment is. Unlike Accelo's, its address has the port of this process.
func (s *Simulator) showTrial(w http.ResponseWriter, r *http.Request) {
	trials := s.Trials()
	at := slices.IndexFunc(trials, func(t Trial) bool { return t.Deployment == r.URL.Query().Get("deployment") })
	if at < 0 {
		http.NotFound(w, r)
		return
	}
	t := trials[at]
	lab.Form{
		Heading: "Your Accelo trial is ready",
		Text: []string{
			t.Company + " now has the Accelo deployment " + t.Deployment + ". Log in as " + t.Email + ".",
			"Where an application asks for your deployment, enter the address of this simulator's deployment:",
		},
		Items: []string{t.URL},
		Links: []lab.FormLink{{Label: "Open " + t.Deployment, URL: t.URL}},
	}.Write(w, http.StatusOK)
}
