package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"path"
	"reflect"
	"time"

	"ninjaone-accelo/internal/rules"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// contentSecurityPolicy allows only our own style sheet, script, icon and forms.
const contentSecurityPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// page is the data of every template.
type page struct {
	Title string
	// LoggedIn shows the "Log out" button.
	LoggedIn bool
	// Refresh makes our script, or a browser without scripts, reload the page after this many seconds; 0 for never.
	Refresh int
	// Onward is the page that the browser opens next without a click.
	Onward string
	// RefreshWithoutScript is the same for a browser without scripts, and Script loads ours.
	RefreshWithoutScript int
	Script               bool
	// Connection is the frame around the tabs of a connection; nil on other pages.
	Connection *frame
	// Message is what the last button did; nil if there is nothing to say.
	Message *message
	// Content is the template's own data.
	Content any
}

// protect wraps a handler for browsers: nothing is cached, framed or loaded from elsewhere, and forms submitted from another
// site are blocked. The latter backs up the cookie's SameSite=Strict.
func (p *Pages) protect(handle http.HandlerFunc) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.logger.WarnContext(r.Context(), "cross-site form blocked")
		p.render(w, r, http.StatusForbidden, "problem", page{
			Title:   "Request blocked",
			Content: "This form was submitted from another site. Open the Integrations page and try again.",
		})
	}))
	protected := protection.Handler(handle)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", contentSecurityPolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		// Not no-referrer: browsers would then send "Origin: null" with our forms, and over plain HTTP we check only the origin.
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		protected.ServeHTTP(w, r)
	})
}

// At returns the message that belongs to a part of the page, or nil.
func (p page) At(part string) *message {
	if p.Message == nil || p.Message.At != part {
		return nil
	}
	return p.Message
}

func (p *Pages) renderUnavailable(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "5")
	p.render(w, r, http.StatusServiceUnavailable, "problem", page{
		Title: "Database unavailable", LoggedIn: sessionOf(r) != nil, Refresh: refreshSeconds(r),
		Content: "We can't reach the database. No data is lost; work resumes when it's back.",
	})
}

func (p *Pages) renderNotFound(w http.ResponseWriter, r *http.Request, reason string) {
	p.render(w, r, http.StatusNotFound, "problem", page{Title: "Not found", LoggedIn: true, Content: reason})
}

// overviewRefresh is how often pages that only show how things are reload themselves.
const overviewRefresh = 30

// refreshSeconds returns 0 if the user has turned the refresh off.
func refreshSeconds(r *http.Request) int {
	if r.URL.Query().Get("refresh") == "off" {
		return 0
	}
	return overviewRefresh
}

// templateNames are the pages. Each has a file that defines "main".
var templateNames = []string{
	"login", "problem", "integrations", "overview", "organizations", "organizations_file", "alerts", "failures", "record", "import", "audit",
	"later", "new", "settings", "pending", "begin", "away",
}

func (p *Pages) parseTemplates() (map[string]*template.Template, error) {
	layout, err := template.New("layout").Funcs(template.FuncMap{
		"number": func(n any) string { return rules.Number(int(reflect.ValueOf(n).Int())) },
		"count": func(n any, singular string, plural ...string) string {
			return rules.Count(int(reflect.ValueOf(n).Int()), singular, plural...)
		},
		"timestamp":   p.timestamp,
		"workflow":    p.workflows.url,
		"at":          connectionPath,
		"failure":     failurePart,
		"record":      recordPath,
		"pendingPath": pendingPath,
		"web":         webHost,
		"exactly":     func(t time.Time) string { return t.Format(time.RFC3339Nano) },
	}).ParseFS(templateFiles, "templates/layout.html", "templates/connection.html", "templates/accounts.html", "templates/setup.html")
	if err != nil {
		return nil, err
	}
	templates := map[string]*template.Template{}
	for _, name := range templateNames {
		clone, err := layout.Clone()
		if err != nil {
			return nil, err
		}
		if templates[name], err = clone.ParseFS(templateFiles, "templates/"+name+".html"); err != nil {
			return nil, err
		}
	}
	return templates, nil
}

// render executes the template into memory first, so a template error never sends half a page.
func (p *Pages) render(w http.ResponseWriter, r *http.Request, code int, name string, content page) {
	var body bytes.Buffer
	if err := p.templates[name].ExecuteTemplate(&body, "layout", content); err != nil {
		p.logger.ErrorContext(r.Context(), "cannot render the page", "page", name, "error", err)
		http.Error(w, "This page can't be displayed. See the server log for the reason.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	// This fails only if the browser has disconnected.
	_, _ = body.WriteTo(w)
}

// asset serves the style sheet and the icon. Browsers revalidate them on every use, so a new version of the program never
// meets an old style sheet.
func (p *Pages) asset(w http.ResponseWriter, r *http.Request) {
	name := path.Join("assets", path.Base(r.PathValue("file")))
	content, err := assetFiles.ReadFile(name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	hash := sha256.Sum256(content)
	w.Header().Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(hash[:12])+`"`)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeFileFS(w, r, assetFiles, name)
}
