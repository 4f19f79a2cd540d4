package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/status"
)

// connectTimeout bounds what checking and setting up a connection may take.
const connectTimeout = 2 * time.Minute

// The parts of the settings that show what a button did.
const (
	besideOptions     = "options"
	besideCredentials = "credentials"
	besideDisconnect  = "disconnect"
	besideDiagnostics = "diagnostics"
)

// requestTypeOption is the option whose values Accelo lists.
const requestTypeOption = "request_type"

// optionText explains an option of a connection.
type optionText struct{ Name, Label, Hint string }

var optionTexts = []optionText{
	{
		requestTypeOption, "Request type",
		"Title of the type that alerts become. One of its own is best: filters and permissions then apply to alerts only.",
	},
	{"asset_type", "Asset type", "Title of the type that devices become."},
	{"budget_reserve", "Reserve for alerts", "Share of Accelo's hourly calls that only alerts may use, from 0 to 0.9."},
	{"alert_min_severity", "Least severity", "NONE, MINOR, MODERATE, MAJOR or CRITICAL. Milder alerts open no request; one without a severity does."},
	{"alert_hold_down", "Hold-down", "How long an alert has to last before it opens a request, such as 5m."},
	{"alert_reopen_window", "Reopen window", "A fault that returns within this time reopens its closed request; 0s always opens a new one."},
	{"on_reset", "When an alert is reset", "close, close-unclaimed (a note if a staff member has claimed the request) or note."},
	{"on_convert", "When a request is converted", "reset (the alert is reset) or keep."},
	{"remote_control", "Remote control link", "dashboard, legacy or custom-field:NAME=URL-TEMPLATE."},
	{"asset_refresh_interval", "Asset refresh", "How old the times of contact and update may grow before they alone cause a write."},
	{"reconcile_interval", "Reconciliation", "How often both sides are compared."},
	{"import_interval", "Full import", "How often a full import starts automatically, such as 24h. 0s means only by hand."},
}

// optionField is an option with its value. Default is set if nobody has chosen it.
type optionField struct {
	optionText
	Value   string
	Default bool
	// Choices are values that Accelo lists, and Problem is why it lists none. Any other text may be entered as well.
	Choices []string
	Problem string
}

// settingsView is the content of the tab.
type settingsView struct {
	Connection string
	Options    []optionField
	Accounts   accountsForm
	// Confirm asks whether the connection is really to be removed.
	Confirm bool
}

func (p *Pages) settings(w http.ResponseWriter, r *http.Request, c status.Connection) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	options, err := p.operations.Options(ctx, actorOf(r), c.Connection)
	if err != nil {
		p.logReadError(r, err)
		p.renderUnavailable(w, r)
		return
	}
	view := settingsView{Connection: c.Connection, Accounts: accountsForm{Regions: regions}, Confirm: r.URL.Query().Get("disconnect") == "confirm"}
	for _, text := range optionTexts {
		field := optionField{optionText: text, Value: options.Options[text.Name], Default: slices.Contains(options.Defaults, text.Name)}
		if text.Name == requestTypeOption {
			field.Choices, field.Problem = p.requestTypes(r, c)
		}
		view.Options = append(view.Options, field)
	}
	p.renderTab(w, r, c, settingsTab, "settings", view)
}

// saveOptions stores the options of the form. What is empty gets its default; what the user left as it was shown stays chosen or not.
func (p *Pages) saveOptions(ctx context.Context, b press) (string, error) {
	chosen := map[string]string{}
	seen := operate.ConnectionOptions{Options: map[string]string{}, Defaults: []string{}}
	for _, text := range optionTexts {
		value, shown := strings.TrimSpace(b.Form.Get(text.Name)), b.Form.Get("shown."+text.Name)
		wasDefault := b.Form.Get("default."+text.Name) != ""
		seen.Options[text.Name] = shown
		if wasDefault {
			seen.Defaults = append(seen.Defaults, text.Name)
		}
		if value != "" && (!wasDefault || value != shown) {
			chosen[text.Name] = value
		}
	}
	_, err := p.operations.SetOptions(ctx, b.Actor, operate.SetOptions{Connection: b.Connection.Connection, Options: chosen, Before: &seen})
	return "Saved. The options apply at once.", err
}

// saveCredentials replaces the credentials that were entered; the others stay.
func (p *Pages) saveCredentials(ctx context.Context, b press) (string, error) {
	_, credentials := readAccounts(b.Form)
	if n := &credentials.NinjaOne; n.ClientID+n.ClientSecret+n.AccessKeyID+n.SecretAccessKey == "" {
		n.Auth = "" // nothing was entered: what is stored says how to sign in
	}
	report, err := p.operations.Change(ctx, b.Actor, operate.Change{Connection: b.Connection.Connection, Credentials: credentials})
	if err != nil {
		return "", err
	}
	if operate.Refused(report) || len(report.Todo) > 0 {
		return "", &operate.ConflictError{Reason: report.Todo[0]}
	}
	return "Both vendors accept the credentials.", nil
}

// disconnect asks first, and then removes the connection.
func (p *Pages) disconnect(w http.ResponseWriter, r *http.Request, c status.Connection) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	settings := connectionPath(c.Connection, "settings")
	if err := r.ParseForm(); err != nil || r.PostForm.Get("confirmed") != c.Connection {
		http.Redirect(w, r, settings+"?disconnect=confirm", http.StatusSeeOther)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), connectTimeout)
	defer cancel()
	left, err := p.operations.Disconnect(ctx, actorOf(r), c.Connection)
	if err != nil {
		p.logger.WarnContext(r.Context(), "the page could not disconnect", "error", err)
		p.sendBack(w, r, settings, message{At: besideDisconnect, Text: problemText(err), Problem: true})
		return
	}
	m := message{Text: "Disconnected " + c.Connection + ". Nothing but our webhooks was removed in NinjaOne and Accelo."}
	if len(left) > 0 {
		m.Text += " We are still working on this: " + strings.Join(left, "; ") + "."
	}
	p.sendBack(w, r, integrationsPath, m)
}
