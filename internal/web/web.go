package web

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ninjaone-accelo/internal/store"
)

// readTimeout bounds how long a page or a reply of the API may wait for the database.
const readTimeout = 10 * time.Second

// Options are what the page and the API work with.
type Options struct {
	// Store is the database, which the caller closes.
	Store *store.Store
	// AdminToken is what people log in with and programs send. A change of it ends every session.
	AdminToken string
	// TemporalUIURL is the base of links to workflows in Temporal's UI; empty hides them.
	TemporalUIURL string
	// Namespace is the Temporal namespace that those links lead to.
	Namespace string
	Logger    *slog.Logger
	// Now is the clock of sessions and of "5 minutes ago"; nil means time.Now.
	Now func() time.Time
}

// Pages are the Integrations page and the JSON API. They are safe for concurrent use.
type Pages struct {
	store     *store.Store
	token     token
	sessions  sessions
	attempts  *attempts
	workflows workflowLinks
	templates map[string]*template.Template
	logger    *slog.Logger
	now       func() time.Time
}

// New prepares the page and the API. The error tells which option is missing or wrong.
func New(options Options) (*Pages, error) {
	switch {
	case options.Store == nil:
		return nil, errors.New("the Integrations page needs a database")
	case options.Logger == nil:
		return nil, errors.New("the Integrations page needs a logger")
	case options.AdminToken == "":
		return nil, errors.New("ADMIN_TOKEN is not set: it protects the Integrations page")
	}
	workflows, err := linksTo(options.TemporalUIURL, options.Namespace)
	if err != nil {
		return nil, err
	}
	sessions, err := newSessions(options.AdminToken)
	if err != nil {
		return nil, err
	}
	templates, err := parseTemplates()
	if err != nil {
		return nil, fmt.Errorf("templates of the Integrations page: %w", err)
	}
	p := &Pages{
		store: options.Store, token: newToken(options.AdminToken), sessions: sessions, attempts: newAttempts(),
		workflows: workflows, templates: templates, logger: options.Logger, now: options.Now,
	}
	if p.now == nil {
		p.now = time.Now
	}
	return p, nil
}

// Register adds every route of the page, under /integrations, and of the API, under /api/v1/connections.
func (p *Pages) Register(mux *http.ServeMux) {
	mux.Handle("GET /api/v1/connections", p.api(p.connections))
	mux.Handle("GET /api/v1/connections/{name}", p.api(p.connection))

	mux.Handle("GET /integrations", p.page(p.signedIn(p.overview)))
	mux.Handle("GET /integrations/{$}", http.RedirectHandler(overviewPath, http.StatusFound))
	mux.Handle("GET /integrations/login", p.page(p.loginForm))
	mux.Handle("POST /integrations/login", p.page(p.login))
	mux.Handle("POST /integrations/logout", p.page(p.logout))
	mux.HandleFunc("GET /integrations/assets/{file}", p.asset)
}

// workflowLinks make links to workflows in Temporal's UI.
type workflowLinks struct{ base string }

func linksTo(temporalUIURL, namespace string) (workflowLinks, error) {
	if temporalUIURL == "" {
		return workflowLinks{}, nil
	}
	base, err := url.Parse(temporalUIURL)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" {
		return workflowLinks{}, errors.New("TEMPORAL_UI_URL is not a URL: write https://HOST, or leave it empty")
	}
	return workflowLinks{
		base: strings.TrimRight(temporalUIURL, "/") + "/namespaces/" + url.PathEscape(namespace) + "/workflows/",
	}, nil
}

// to is the link to the last run of a workflow, empty where links are hidden or there is no workflow.
func (l workflowLinks) to(workflowID string) string {
	if l.base == "" || workflowID == "" {
		return ""
	}
	return l.base + url.PathEscape(workflowID)
}

// logUnread logs why the status could not be read, except where the client went away and thereby caused it.
func (p *Pages) logUnread(r *http.Request, err error) {
	if errors.Is(r.Context().Err(), context.Canceled) {
		return
	}
	p.logger.ErrorContext(r.Context(), "status cannot be read", "error", err)
}
