package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Paths of the page.
const (
	integrationsPath = "/integrations"
	loginPath        = "/login"
	logoutPath       = "/logout"
)

// maxForm bounds the body of a form.
const maxForm = 64 << 10

// requireSession redirects requests without a valid session to the login page, from where the user comes back here.
func (p *Pages) requireSession(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
		session, err := p.readSession(ctx, r)
		cancel()
		switch {
		case err != nil:
			p.logReadError(r, err)
			p.renderUnavailable(w, r)
		case session == nil:
			http.Redirect(w, r, loginPath+nextQuery(r), http.StatusSeeOther)
		default:
			handle(w, r.WithContext(context.WithValue(r.Context(), sessionKey{}, session)))
		}
	}
}

// nextQuery names the page that the user wanted, unless that is where a login leads anyway.
func nextQuery(r *http.Request) string {
	if r.Method != http.MethodGet || r.URL.Path == integrationsPath {
		return ""
	}
	return "?" + url.Values{"next": {r.URL.RequestURI()}}.Encode()
}

// afterLogin returns where a login leads: one of our own pages, whatever the form says.
func afterLogin(next string) string {
	target, err := url.Parse(next)
	if err != nil || target.Scheme != "" || target.Host != "" || target.User != nil || strings.ContainsAny(next, "\\\r\n\t") {
		return integrationsPath
	}
	for _, section := range []string{integrationsPath, "/connect"} {
		if target.Path == section || strings.HasPrefix(target.Path, section+"/") {
			return next
		}
	}
	return integrationsPath
}

// loginView is what the login page shows.
type loginView struct {
	Problem string
	// Next is where the login leads.
	Next string
}

func (p *Pages) loginForm(w http.ResponseWriter, r *http.Request) {
	next := afterLogin(r.URL.Query().Get("next"))
	// Without a database the form is shown all the same: the login then says what is wrong.
	if session, err := p.readSession(r.Context(), r); err == nil && session != nil {
		http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // afterLogin lets only our own pages through
		return
	}
	p.renderLogin(w, r, http.StatusOK, loginView{Next: next})
}

func (p *Pages) login(w http.ResponseWriter, r *http.Request) {
	if !p.logins.allow(r.RemoteAddr, p.now()) {
		p.logger.WarnContext(r.Context(), "login throttled")
		w.Header().Set("Retry-After", strconv.Itoa(int(loginInterval/time.Second)))
		p.renderLogin(w, r, http.StatusTooManyRequests, loginView{Problem: "Too many attempts. Wait ten seconds, then try again."})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		p.renderLogin(w, r, http.StatusBadRequest, loginView{Problem: "Something went wrong submitting the form. Try again."})
		return
	}
	next := afterLogin(r.PostForm.Get("next"))
	// Only the body counts: a token in a URL would end up in logs.
	if !p.token.matches(strings.TrimSpace(r.PostForm.Get("token"))) {
		p.logger.WarnContext(r.Context(), "login rejected")
		p.renderLogin(w, r, http.StatusForbidden, loginView{
			Problem: "Incorrect admin token. Use the ADMIN_TOKEN this server was started with.", Next: next,
		})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	session, err := p.openSession(ctx, r)
	if err != nil {
		p.logReadError(r, err)
		p.renderLogin(w, r, http.StatusServiceUnavailable, loginView{Problem: "We can't reach the database. Try again in a moment.", Next: next})
		return
	}
	http.SetCookie(w, session)
	http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // afterLogin lets only our own pages through
}

// logout ends the session on the server as well, so a copy of the cookie opens nothing.
func (p *Pages) logout(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	for _, c := range r.CookiesNamed(sessionCookie) {
		if err := p.store.CloseSession(ctx, hashSecret(c.Value)); err != nil {
			p.logReadError(r, err)
			p.renderUnavailable(w, r)
			return
		}
	}
	http.SetCookie(w, cookie(r, sessionCookie, "", -1))
	http.Redirect(w, r, loginPath, http.StatusSeeOther)
}

func (p *Pages) renderLogin(w http.ResponseWriter, r *http.Request, code int, view loginView) {
	p.render(w, r, code, "login", page{Title: "Log in", Content: view})
}
