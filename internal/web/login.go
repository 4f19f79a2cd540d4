package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Paths of the page. The session's cookie is sent to overviewPath and all below it.
const (
	overviewPath = "/integrations"
	loginPath    = overviewPath + "/login"
)

// maxForm bounds the body of a login, which holds a token and nothing else.
const maxForm = 8 << 10

// signedIn lets a request through that has a session, and sends all others to the login.
func (p *Pages) signedIn(handle http.HandlerFunc) http.HandlerFunc {
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
	p.showLogin(w, r, http.StatusOK, "")
}

func (p *Pages) login(w http.ResponseWriter, r *http.Request) {
	if !p.attempts.allow(r.RemoteAddr, p.now()) {
		p.logger.WarnContext(r.Context(), "login throttled")
		w.Header().Set("Retry-After", strconv.Itoa(int(attemptInterval/time.Second)))
		p.showLogin(w, r, http.StatusTooManyRequests, "Too many attempts. Wait ten seconds, then try again.")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		p.showLogin(w, r, http.StatusBadRequest, "The form did not arrive as it should. Try again.")
		return
	}
	// Only the body counts: a token in a URL would end up in logs.
	if !p.token.is(strings.TrimSpace(r.PostForm.Get("token"))) {
		p.logger.WarnContext(r.Context(), "login refused")
		p.showLogin(w, r, http.StatusForbidden, "This is not the admin token. It is the value of ADMIN_TOKEN that this server was started with.")
		return
	}
	http.SetCookie(w, p.sessions.open(r, p.now()))
	http.Redirect(w, r, overviewPath, http.StatusSeeOther)
}

func (p *Pages) logout(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, cookie(r, "", -1))
	http.Redirect(w, r, loginPath, http.StatusSeeOther)
}

func (p *Pages) showLogin(w http.ResponseWriter, r *http.Request, code int, problem string) {
	p.show(w, r, code, "login", page{Title: "Log in", Content: problem})
}
