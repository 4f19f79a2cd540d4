package web

import (
	"context"
	"errors"
	"net/http"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// connectPath is where connections begun at NinjaOne begin, and where the vendors lead users back to.
const connectPath = "/connect"

// pendingPath is the link of a pending connection.
func pendingPath(id string, below ...string) string {
	path := connectPath + "/pending/" + id
	for _, part := range below {
		path += "/" + part
	}
	return path
}

// registerSignIns adds the routes for users who sign in at the vendors (interface.md 3 and 8).
func (p *Pages) registerSignIns(mux *http.ServeMux) {
	for pattern, handle := range map[string]http.HandlerFunc{
		"GET /connect/ninjaone":               p.beginAtNinjaOne,
		"POST /connect/ninjaone":              p.beginAtNinjaOne,
		"GET /connect/ninjaone/callback":      p.callback(store.NinjaOne),
		"GET /connect/accelo/callback":        p.callback(store.Accelo),
		"GET /connect/pending/{id}":           p.pending,
		"POST /connect/pending/{id}":          p.changePending,
		"GET /connect/pending/{id}/go":        p.sendAway,
		"POST /connect/pending/{id}/trial":    p.trialPage,
		"POST /connect/pending/{id}/complete": p.completeAgain,
		"POST /connect/pending/{id}/discard":  p.discardPending,
		"POST /integrations/{name}/reconnect": p.withConnection(p.reconnect),
	} {
		mux.Handle(pattern, p.protect(p.requireSession(handle)))
	}
}

// beginView is the form that begins a connection at NinjaOne, for an installation without an application of its own.
type beginView struct {
	accountsForm
}

// beginAtNinjaOne sends the user to NinjaOne's sign-in, or asks for the application to sign in to.
func (p *Pages) beginAtNinjaOne(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		p.renderBegin(w, r, http.StatusBadRequest, accountsForm{Problem: "Something went wrong submitting the form. Try again."})
		return
	}
	form, credentials := readAccounts(r.PostForm)
	setup := p.operations.SignInSetup("")
	if r.Method == http.MethodGet && (!setup.OwnNinjaOne || setup.NinjaOneRedirect == "") {
		p.renderBegin(w, r, http.StatusOK, accountsForm{Region: regions[0].Host})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), operationTimeout)
	defer cancel()
	pending, err := p.operations.BeginAtNinjaOne(ctx, actorOf(r), credentials.NinjaOne)
	if err != nil {
		p.logger.WarnContext(r.Context(), "cannot begin at NinjaOne", "error", err)
		code := http.StatusUnprocessableEntity
		form.Problem, form.Field, code = formProblem(err, code)
		p.renderBegin(w, r, code, form)
		return
	}
	p.onward(w, r, pending)
}

func (p *Pages) renderBegin(w http.ResponseWriter, r *http.Request, code int, form accountsForm) {
	form.Regions, form.Setup = regions, p.operations.SignInSetup(form.Name)
	p.render(w, r, code, "begin", page{Title: "Connect NinjaOne to Accelo", LoggedIn: true, Script: true, Content: beginView{form}})
}

// onward leads the browser to the next step of a pending connection. A form must not lead to another host, not even by redirects of the pages after
// it (see contentSecurityPolicy), so the pending connection's page goes on.
func (p *Pages) onward(w http.ResponseWriter, r *http.Request, pending operate.Pending) {
	to := pendingPath(pending.ID)
	switch {
	case pending.Problem != "":
	case pending.Next != "":
		to += "?go"
	case !pending.NeedsAccelo:
		p.complete(w, r, pending.ID)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// sendAway leads the browser to the vendor to sign in to. It is no redirect: this may be what a login led to, and a form must not lead to another
// host (see onward).
func (p *Pages) sendAway(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	to, err := p.operations.SendAway(ctx, actorOf(r), id, sessionOf(r).SecretHash)
	if err != nil {
		p.signInProblem(w, r, id, err)
		return
	}
	p.renderAway(w, r, "Taking you to "+host(to), to)
}

// renderAway leads the browser to another host.
func (p *Pages) renderAway(w http.ResponseWriter, r *http.Request, title, to string) {
	p.render(w, r, http.StatusOK, "away", page{Title: title, LoggedIn: true, Onward: to, Content: to})
}

// callback is where a vendor leads a user back to. What it says is not trusted: only a state that this session was given does anything.
func (p *Pages) callback(vendor store.Vendor) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		ctx, cancel := context.WithTimeout(r.Context(), connectTimeout)
		defer cancel()
		pending, err := p.operations.ComeBack(ctx, actorOf(r), operate.ComingBack{
			Vendor: vendor, Session: sessionOf(r).SecretHash, State: query.Get("state"), Code: query.Get("code"),
			Error: query.Get("error"), Description: query.Get("error_description"),
		})
		switch {
		case err != nil && query.Get("state") == "" && query.Get("error") != "":
			// Accelo may leave the state out if the user does not approve (accelo.md 2.6).
			p.renderProblem(w, r, http.StatusBadRequest, "Access was not granted at "+vendor.String()+
				". To try again, resume the connection on the Integrations page.")
		case err != nil:
			p.signInProblem(w, r, pending.ID, err)
		default:
			p.onward(w, r, pending)
		}
	}
}

// complete makes the connection, and shows it.
func (p *Pages) complete(w http.ResponseWriter, r *http.Request, id string) {
	ctx, cancel := context.WithTimeout(r.Context(), connectTimeout)
	defer cancel()
	done, err := p.operations.Complete(ctx, actorOf(r), id)
	var notFound *operate.NotFoundError
	var invalid *operate.InvalidError
	var conflict *operate.ConflictError
	switch {
	case errors.As(err, &notFound):
		p.signInProblem(w, r, id, err)
	case errors.As(err, &invalid), errors.As(err, &conflict) && conflict.Member != "": // the pending connection says so
		http.Redirect(w, r, pendingPath(id), http.StatusSeeOther)
	case err != nil:
		p.logger.WarnContext(r.Context(), "cannot complete a connection", "error", err)
		p.sendBack(w, r, pendingPath(id), message{Text: problemText(err), Problem: true})
	case done.Again && len(done.Report.Todo) == 0:
		p.sendBack(w, r, connectionPath(done.Connection), message{Text: "Connected again. Everything goes on where it stopped."})
	default:
		p.sendBack(w, r, connectionPath(done.Connection), connected(done.Report))
	}
}

// reconnect begins another sign-in for a connection. One that nobody signs in for gets its credentials under Settings.
func (p *Pages) reconnect(w http.ResponseWriter, r *http.Request, c status.Connection) {
	ctx, cancel := context.WithTimeout(r.Context(), operationTimeout)
	defer cancel()
	if len(c.SignIns) == 0 {
		p.sendBack(w, r, connectionPath(c.Connection, "settings"), message{
			At: besideCredentials, Text: "Enter the credentials that the vendor refuses again.", Problem: true,
		})
		return
	}
	pending, err := p.operations.BeginReconnect(ctx, actorOf(r), c.Connection)
	if err != nil {
		p.logger.WarnContext(r.Context(), "cannot begin to reconnect", "error", err)
		p.sendBack(w, r, connectionPath(c.Connection), message{Text: problemText(err), Problem: true})
		return
	}
	p.onward(w, r, pending)
}

// signInProblem says why a sign-in can't go on. The pending connection may still be there.
func (p *Pages) signInProblem(w http.ResponseWriter, r *http.Request, id string, err error) {
	var notFound *operate.NotFoundError
	var conflict *operate.ConflictError
	switch {
	case errors.As(err, &notFound):
		p.renderProblem(w, r, http.StatusNotFound, sentence(notFound.Reason))
	case errors.As(err, &conflict):
		p.logger.WarnContext(r.Context(), "sign-in refused", "reason", conflict.Reason)
		p.renderProblem(w, r, http.StatusBadRequest, sentence(conflict.Reason))
	case id != "" && problemText(err) != "":
		p.logger.WarnContext(r.Context(), "sign-in failed", "error", err)
		p.sendBack(w, r, pendingPath(id), message{Text: problemText(err), Problem: true})
	default:
		p.logReadError(r, err)
		p.renderUnavailable(w, r)
	}
}

func (p *Pages) renderProblem(w http.ResponseWriter, r *http.Request, code int, reason string) {
	p.render(w, r, code, "problem", page{Title: "Sign-in not completed", LoggedIn: true, Content: reason})
}
