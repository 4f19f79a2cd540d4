package web

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"ninjaone-accelo/internal/store"
)

// readTimeout bounds how long a page may wait for the database.
const readTimeout = 10 * time.Second

// Options configures the page.
type Options struct {
	// Store is the database. The caller closes it.
	Store *store.Store
	// Operations are what the page's buttons do.
	Operations Operations
	// AdminToken is the login of the page. Changing it ends every session.
	AdminToken string
	// TemporalUIURL is the base of links to workflows in the Temporal UI; empty hides them.
	TemporalUIURL string
	// Namespace is the Temporal namespace in those links.
	Namespace string
	// TrialURL is where users start a trial of Accelo.
	TrialURL string
	Logger   *slog.Logger
	// Now is the clock of sessions and relative times; nil means time.Now.
	Now func() time.Time
}

// Pages serves the Integrations page. It is safe for concurrent use.
type Pages struct {
	store      *store.Store
	operations Operations
	token      token
	logins     *loginLimiter
	workflows  workflowLinks
	trial      string
	templates  map[string]*template.Template
	logger     *slog.Logger
	now        func() time.Time
}

// New returns the page. It fails if an option is missing or invalid.
func New(options Options) (*Pages, error) {
	switch {
	case options.Store == nil:
		return nil, errors.New("web: Store is required")
	case options.Operations == nil:
		return nil, errors.New("web: Operations is required")
	case options.Logger == nil:
		return nil, errors.New("web: Logger is required")
	case options.AdminToken == "":
		return nil, errors.New("ADMIN_TOKEN is not set; the Integrations page requires it")
	}
	workflows, err := newWorkflowLinks(options.TemporalUIURL, options.Namespace)
	if err != nil {
		return nil, err
	}
	p := &Pages{
		store: options.Store, operations: options.Operations, token: newToken(options.AdminToken), logins: newLoginLimiter(),
		workflows: workflows, trial: options.TrialURL, logger: options.Logger, now: options.Now,
	}
	if p.now == nil {
		p.now = time.Now
	}
	if p.templates, err = p.parseTemplates(); err != nil {
		return nil, fmt.Errorf("parse templates of the Integrations page: %w", err)
	}
	return p, nil
}

// Register adds the routes of the page, under /integrations, /login, /logout and /assets.
func (p *Pages) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /assets/{file}", p.asset)
	mux.Handle("GET "+loginPath, p.protect(p.loginForm))
	mux.Handle("POST "+loginPath, p.protect(p.login))
	mux.Handle("POST "+logoutPath, p.protect(p.logout))
	mux.Handle("GET /integrations", p.protect(p.requireSession(p.integrations)))
	mux.Handle("GET /integrations/{$}", http.RedirectHandler(integrationsPath, http.StatusFound))
	mux.Handle("GET /integrations/new", p.protect(p.requireSession(p.newConnection)))
	mux.Handle("POST /integrations/new", p.protect(p.requireSession(p.createConnection)))
	p.registerConnections(mux)
	p.registerSignIns(mux)
	p.registerButtons(mux)
}

// logReadError logs why the status can't be read, unless the client caused it by disconnecting.
func (p *Pages) logReadError(r *http.Request, err error) {
	if errors.Is(r.Context().Err(), context.Canceled) {
		return
	}
	p.logger.ErrorContext(r.Context(), "cannot read the status", "error", err)
}
