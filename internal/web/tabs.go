package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// The tabs of a connection (interface.md 8). Their paths are these titles in lower case.
const (
	overviewTab      = "Overview"
	organizationsTab = "Organizations"
	importTab        = "Import"
	alertsTab        = "Alerts"
	rulesTab         = "Rules"
	failuresTab      = "Failures"
	settingsTab      = "Settings"
	auditTab         = "Audit"
)

// tabLink is a link in a connection's navigation.
type tabLink struct {
	Title, Path string
	Current     bool
}

// frame is what all pages of a connection share.
type frame struct {
	Name  string
	State status.State
	Tabs  []tabLink
	// Failures are counted in the navigation, so that they are seen from every tab.
	Failures int
	// Reconnect is why nothing is synced until a user signs in again, or enters credentials; empty while that isn't so. SignInAge warns that a sign-in
	// gets old.
	Reconnect, SignInAge string
}

// oldSignIn is when a sign-in at NinjaOne is worth repeating: users report that it ends after about a month (ninjaone.md 2.1.4).
const oldSignIn = 20 * 24 * time.Hour

func newFrame(c status.Connection, current string) *frame {
	f := &frame{Name: c.Connection, State: c.State(), Failures: len(c.Failures)}
	switch {
	case c.Reconnect != nil:
		f.Reconnect = fmt.Sprintf("%s ended the sign-in of this connection on %s (%s). Syncing stops until you sign in again. "+
			"Links, options and history are kept.", c.Reconnect.Vendor, c.Reconnect.Since.Local().Format("2 January 2006, 15:04"), c.Reconnect.Reason)
	case f.State == status.ReconnectRequired:
		f.Reconnect = "A vendor no longer accepts this connection's credentials. Syncing stops until you replace them. Links, options and history are kept."
	}
	for _, signIn := range c.SignIns {
		if age := time.Since(signIn.AuthorizedAt); signIn.Vendor == store.NinjaOne && !signIn.Ended && age >= oldSignIn {
			f.SignInAge = fmt.Sprintf("The sign-in to NinjaOne is %d days old, and NinjaOne may end it after about a month. Sign in again before then.",
				int(age.Hours()/24))
		}
	}
	for _, tab := range []struct{ title, path string }{
		{overviewTab, ""},
		{organizationsTab, "organizations"},
		{importTab, "import"},
		{alertsTab, "alerts"},
		{rulesTab, "rules"},
		{failuresTab, "failures"},
		{settingsTab, "settings"},
		{auditTab, "audit"},
	} {
		link := tabLink{Title: tab.title, Path: connectionPath(c.Connection), Current: tab.title == current}
		if tab.path != "" {
			link.Path = connectionPath(c.Connection, tab.path)
		}
		f.Tabs = append(f.Tabs, link)
	}
	return f
}

// connectionHandler shows something of one connection.
type connectionHandler func(w http.ResponseWriter, r *http.Request, c status.Connection)

// withConnection reads the connection that the path names.
func (p *Pages) withConnection(handle connectionHandler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
		report, err := status.Read(ctx, p.store, r.PathValue("name"))
		cancel()
		switch {
		case errors.Is(err, store.ErrNotFound):
			p.renderNotFound(w, r, unknownConnection(r.PathValue("name")))
		case err != nil:
			p.logReadError(r, err)
			p.renderUnavailable(w, r)
		default:
			handle(w, r, report.Connections[0])
		}
	}
}

// unknownConnection says that there is no connection with a name.
func unknownConnection(name string) string {
	return "There is no connection named " + name + "."
}

// registerConnections adds the routes of a connection's pages.
func (p *Pages) registerConnections(mux *http.ServeMux) {
	for path, handle := range map[string]connectionHandler{
		"":               p.overview,
		"/organizations": p.organizations,
		"/import":        p.imports,
		"/alerts":        p.alerts,
		"/rules":         p.laterTab(rulesTab, rulesLater),
		"/failures":      p.failures,
		"/settings":      p.settings,
		"/audit":         p.audit,

		"/organizations/csv":   p.exportOrganizations,
		"/import/csv":          p.exportChanges,
		"/import/events":       p.importEvents,
		"/diagnostics":         p.diagnostics,
		"/records/{kind}/{id}": p.record,
	} {
		mux.Handle("GET /integrations/{name}"+path, p.protect(p.requireSession(p.withConnection(handle))))
	}
}

// renderTab shows a page of a connection, with what the last button did.
func (p *Pages) renderTab(w http.ResponseWriter, r *http.Request, c status.Connection, tab, template string, content any) {
	title := c.Connection
	if tab != "" {
		title = tab + " – " + title
	}
	p.render(w, r, http.StatusOK, template, page{
		Title: title, LoggedIn: true, Connection: newFrame(c, tab), Message: p.takeMessage(w, r), Content: content,
	})
}

// laterTab says honestly what a tab doesn't do yet, and how it is done meanwhile.
func (p *Pages) laterTab(tab, text string) connectionHandler {
	return func(w http.ResponseWriter, r *http.Request, c status.Connection) {
		p.renderTab(w, r, c, tab, "later", laterView{Heading: tab, Text: text})
	}
}

// laterView is the content of a tab that can't do anything yet.
type laterView struct{ Heading, Text string }

// What the tabs without a page say.
const (
	rulesLater = "Alert rules can't be edited yet. ALERT_MIN_SEVERITY, ALERT_HOLD_DOWN, ALERT_REOPEN_WINDOW, ON_RESET and ON_CONVERT decide " +
		"what becomes of an alert."
)
