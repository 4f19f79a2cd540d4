package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"ninjaone-accelo/internal/operate"
)

// region is a NinjaOne host (ninjaone.md 1).
type region struct{ Host, Name string }

var regions = []region{
	{"app.ninjarmm.com", "United States"},
	{"us2.ninjarmm.com", "United States 2"},
	{"eu.ninjarmm.com", "Europe"},
	{"ca.ninjarmm.com", "Canada"},
	{"oc.ninjarmm.com", "Oceania"},
	{"fed.ninjarmm.com", "United States, government"},
}

// accountsForm is what a user has entered about the accounts of a connection, without secrets: these are never shown again.
type accountsForm struct {
	Name                                string
	Region, Auth, AccessKeyID, ClientID string
	Deployment, AcceloAuth              string
	AcceloClientID                      string
	// Problem is what is wrong, and Field the name of the input at fault; "" for the whole form.
	Problem, Field string
	Regions        []region
	// New is set for a connection that doesn't exist yet.
	New bool
	// Setup is what has to be registered with the vendors.
	Setup operate.SignInSetup
}

// At returns the problem if an input is at fault.
func (f accountsForm) At(field string) string {
	if f.Field == field {
		return f.Problem
	}
	return ""
}

// inputs are the inputs of the form by the members of the API at fault. A vendor that rejects the credentials is named beside its own.
var inputs = map[string]string{
	"name": "name", "ninjaone.url": "region", "ninjaone": "ninjaone", "ninjaone.auth": "ninjaone", "ninjaone.client_id": "client_id",
	"ninjaone.client_secret": "client_secret", "ninjaone.access_key_id": "access_key_id", "ninjaone.secret_access_key": "secret_access_key",
	"accelo": "accelo", "accelo.deployment": "deployment", "accelo.url": "deployment", "accelo.client_id": "accelo_client_id",
	"accelo.client_secret": "accelo_client_secret",
}

func (p *Pages) newConnection(w http.ResponseWriter, r *http.Request) {
	p.renderNew(w, r, http.StatusOK, accountsForm{Auth: "oauth", AcceloAuth: "service", Region: regions[0].Host})
}

func (p *Pages) renderNew(w http.ResponseWriter, r *http.Request, code int, form accountsForm) {
	form.Regions, form.New, form.Setup = regions, true, p.operations.SignInSetup(form.Name)
	p.render(w, r, code, "new", page{Title: "Connect your deployment to NinjaOne", LoggedIn: true, Script: true, Content: form})
}

// createConnection checks the accounts with both vendors, and stores and sets up the connection if they accept the credentials.
func (p *Pages) createConnection(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		p.renderNew(w, r, http.StatusBadRequest, accountsForm{Problem: "Something went wrong submitting the form. Try again."})
		return
	}
	form, credentials := readAccounts(r.PostForm)
	form.Name = strings.TrimSpace(r.PostForm.Get("name"))
	ctx, cancel := context.WithTimeout(r.Context(), connectTimeout)
	defer cancel()
	in := operate.NewConnection{Name: form.Name, Credentials: credentials}
	var pending operate.Pending
	var report operate.Report
	var err error
	if credentials.SignsIn() {
		pending, err = p.operations.BeginSignIn(ctx, actorOf(r), in)
	} else {
		report, err = p.operations.Create(ctx, actorOf(r), in)
	}
	if err != nil {
		code := http.StatusUnprocessableEntity
		form.Problem, form.Field, code = formProblem(err, code)
		p.logger.WarnContext(r.Context(), "the page could not connect", "error", err)
		p.renderNew(w, r, code, form)
		return
	}
	if pending.ID != "" {
		p.onward(w, r, pending)
		return
	}
	p.sendBack(w, r, connectionPath(form.Name), connected(report))
}

// connected says that a connection was made, and what is left to do.
func connected(report operate.Report) message {
	if len(report.Todo) > 0 {
		return message{Text: "Connected, and something is left for you to do: " + report.Todo[0], Problem: true}
	}
	return message{Text: "Connected. Preview the import next: it shows every change before anything is written."}
}

// formProblem returns the words for an error, the input at fault, and the status.
func formProblem(err error, code int) (problem, field string, status int) {
	var invalid *operate.InvalidError
	var conflict *operate.ConflictError
	switch {
	case errors.As(err, &invalid):
		return inLabels(sentence(invalid.Reason)), inputs[invalid.Member], code
	case errors.As(err, &conflict):
		return inLabels(sentence(conflict.Reason)), inputs[conflict.Member], http.StatusConflict
	}
	return problemText(err), "", http.StatusServiceUnavailable
}

var fieldLabels = strings.NewReplacer(
	"NINJAONE_URL", "Region", "NINJAONE_CLIENT_ID", "Client ID", "NINJAONE_CLIENT_SECRET", "Client secret",
	"ACCELO_DEPLOYMENT", "Deployment", "ACCELO_CLIENT_ID", "Client ID", "ACCELO_CLIENT_SECRET", "Client secret",
)

// inLabels names the fields of the form in a text that was written for the command line, which knows them as variables of the environment.
func inLabels(text string) string { return fieldLabels.Replace(text) }

// readAccounts reads the accounts in a form.
func readAccounts(values url.Values) (accountsForm, operate.Credentials) {
	text := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	form := accountsForm{
		Region: text("region"), Auth: text("auth"), AccessKeyID: text("access_key_id"), ClientID: text("client_id"),
		Deployment: text("deployment"), AcceloAuth: text("accelo_auth"), AcceloClientID: text("accelo_client_id"),
	}
	credentials := operate.Credentials{
		NinjaOne: operate.NinjaOneCredentials{
			URL: form.Region, Auth: form.Auth, ClientID: form.ClientID, ClientSecret: text("client_secret"),
			AccessKeyID: form.AccessKeyID, SecretAccessKey: text("secret_access_key"),
		},
		Accelo: operate.AcceloCredentials{ClientID: form.AcceloClientID, ClientSecret: text("accelo_client_secret")},
	}
	if form.AcceloAuth == operate.SignInAuth {
		credentials.Accelo.Auth = operate.SignInAuth
	}
	credentials.Accelo.Deployment, credentials.Accelo.URL = readDeployment(form.Deployment)
	return form, credentials
}

// acceloAddress matches the addresses of a deployment that users know (accelo.md 2.6).
var acceloAddress = regexp.MustCompile(`^(?:https?://)?([a-z0-9-]+)(?:\.api)?\.accelo\.com(?:/.*)?$`)

// readDeployment returns the label of a deployment that a user typed, or its whole address if it is on a host of its own.
func readDeployment(text string) (deployment, url string) {
	if address := acceloAddress.FindStringSubmatch(strings.ToLower(text)); address != nil {
		return address[1], ""
	}
	if strings.ContainsAny(text, ":/") {
		return "", text
	}
	return text, ""
}
