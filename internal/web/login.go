package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Paths of the page. Browsers send the session cookie to overviewPath and everything below it.
const (
	overviewPath = "/integrations"
	loginPath    = overviewPath + "/login"
)

// maxForm bounds the body of the login form, which holds only a token.
const maxForm = 8 << 10

// requireSession redirects requests without a valid session to the login page.
func (p *Pages) requireSession(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !p.hasSession(r) {
			http.Redirect(w, r, loginPath, http.StatusSeeOther)
			return
		}
		handle(w, r)
	}
}

func (p *Pages) hasSession(r *http.Request) bool {
	for _, c := range r.CookiesNamed(sessionCookie) {
		if p.sessions.valid(c.Value, p.now()) {
			return true
		}
	}
	return false
}

func (p *Pages) loginForm(w http.ResponseWriter, r *http.Request) {
	if p.hasSession(r) {
		http.Redirect(w, r, overviewPath, http.StatusSeeOther)
		return
	}
	p.renderLogin(w, r, http.StatusOK, "")
}

func (p *Pages) login(w http.ResponseWriter, r *http.Request) {
	if !p.logins.allow(r.RemoteAddr, p.now()) {
		p.logger.WarnContext(r.Context(), "login throttled")
		w.Header().Set("Retry-After", strconv.Itoa(int(loginInterval/time.Second)))
		p.renderLogin(w, r, http.StatusTooManyRequests, "Too many attempts. Wait ten seconds, then try again.")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		p.renderLogin(w, r, http.StatusBadRequest, "Something went wrong submitting the form. Try again.")
		return
	}
	// Only the body counts: a token in a URL would end up in logs.
	if !p.token.matches(strings.TrimSpace(r.PostForm.Get("token"))) {
		p.logger.WarnContext(r.Context(), "login rejected")
		p.renderLogin(w, r, http.StatusForbidden, "Incorrect admin token. Use the ADMIN_TOKEN this server was started with.")
		return
	}
	http.SetCookie(w, p.sessions.newCookie(r, p.now()))
	http.Redirect(w, r, overviewPath, http.StatusSeeOther)
}

func (p *Pages) logout(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, cookie(r, "", -1))
	http.Redirect(w, r, loginPath, http.StatusSeeOther)
}

func (p *Pages) renderLogin(w http.ResponseWriter, r *http.Request, code int, problem string) {
	p.render(w, r, code, "login", page{Title: "Log in", Content: problem})
}
