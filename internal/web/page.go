package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"path"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// contentPolicy allows our own style sheet, icon and forms, and nothing else.
const contentPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// page is what every template is given.
type page struct {
	Title string
	// SignedIn shows the button that logs out.
	SignedIn bool
	// Refresh has the browser load the page again every 30 seconds.
	Refresh bool
	// Content is the template's own data.
	Content any
}

// page protects a handler that people use in a browser: nothing is cached, framed or loaded from elsewhere, and a form
// that another site sent is refused (besides the cookie being SameSite=Strict).
func (p *Pages) page(handle http.HandlerFunc) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.logger.WarnContext(r.Context(), "form of another site refused")
		p.show(w, r, http.StatusForbidden, "problem", page{
			Title:   "Refused",
			Content: "This form was sent from another site. Open the Integrations page itself and try again.",
		})
	}))
	protected := protection.Handler(handle)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", contentPolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		// Not no-referrer: forms would then say "Origin: null", and over plain http their origin is all there is to check.
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		protected.ServeHTTP(w, r)
	})
}

// overview shows all connections.
func (p *Pages) overview(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	refresh := r.URL.Query().Get("refresh") != "off"
	connections, err := p.view(ctx)
	if err != nil {
		p.logUnread(r, err)
		w.Header().Set("Retry-After", "5")
		p.show(w, r, http.StatusServiceUnavailable, "problem", page{
			Title: "Database away", SignedIn: true, Refresh: refresh,
			Content: "The database does not answer, so nothing can be shown. Nothing is lost: work goes on when it is back.",
		})
		return
	}
	p.show(w, r, http.StatusOK, "overview", page{
		Title: "Integrations", SignedIn: true, Refresh: refresh, Content: connections,
	})
}

func parseTemplates() (map[string]*template.Template, error) {
	printer := message.NewPrinter(language.English)
	layout, err := template.New("layout").Funcs(template.FuncMap{
		"number": func(n any) string { return printer.Sprintf("%d", n) },
	}).ParseFS(templateFiles, "templates/layout.html")
	if err != nil {
		return nil, err
	}
	templates := map[string]*template.Template{}
	for _, name := range []string{"login", "overview", "problem"} {
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

// show writes a page once it is complete, so that a fault in a template is an error and not half a page.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, code int, name string, content page) {
	var body bytes.Buffer
	if err := p.templates[name].ExecuteTemplate(&body, "layout", content); err != nil {
		p.logger.ErrorContext(r.Context(), "page cannot be shown", "page", name, "error", err)
		http.Error(w, "This page cannot be shown; the log of the server says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	// The browser is gone when this fails; there is nobody to tell.
	_, _ = body.WriteTo(w)
}

// asset serves the style sheet and the icon. Browsers ask each time whether they changed, so that a new version of the
// program never meets an old style sheet.
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
