package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/store"
)

const (
	// waitRefresh is how often the page of a pending connection looks whether the user has come back, in seconds.
	waitRefresh = 10
	// longWait is when a user who has not come back probably can't.
	longWait = 2 * time.Minute
)

// pendingView is a pending connection as its page and its card show it.
type pendingView struct {
	operate.Pending
	// From and To are the hosts of the two accounts; To is empty if it isn't known yet.
	From, To string
	// Until is when it ends, and Waiting what it waits for.
	Until, Waiting string
	// Asks is set if the user has to say whether they have an Accelo account.
	Asks bool
	// Long is set if the user was sent away so long ago that something is wrong there.
	Long bool
	// Verb is what the button that leads to the next vendor says.
	Verb string
	// Typed is what the form shows.
	Typed accountsForm
	Setup operate.SignInSetup
}

func (p *Pages) pendingView(pending operate.Pending) pendingView {
	view := pendingView{
		Pending: pending, From: host(pending.NinjaOneURL), Until: pending.ExpiresAt.Local().Format("2 January 2006"),
		Verb: "Sign in to NinjaOne", Waiting: "Waiting for a sign-in at " + pending.Next.String() + ".",
		Asks: pending.FromNinjaOne && len(pending.SignedIn) == 1 && pending.SignedIn[0] == store.NinjaOne && pending.Next != store.NinjaOne,
		Long: pending.Sent() && p.now().Sub(*pending.SentAt) >= longWait,
	}
	if pending.AcceloURL != "" {
		view.To = host(pending.AcceloURL)
	}
	switch {
	case pending.Next == store.Accelo:
		view.Verb = "Log in to Accelo and authorize"
	case pending.Next == "" && pending.NeedsAccelo:
		view.Waiting = "Waiting for your Accelo account."
	case pending.Next == "":
		view.Waiting = "Waiting to be completed."
	}
	view.Problem = ""
	if pending.Problem != "" {
		view.Problem = inLabels(sentence(pending.Problem))
	}
	view.Setup = p.operations.SignInSetup(pending.Name)
	view.Typed = accountsForm{Name: pending.Name, Deployment: strings.TrimSuffix(view.To, apiHost), Problem: view.Problem, Field: inputs[pending.Member]}
	return view
}

// pending shows a pending connection: the question about Accelo, that a user is away, or what is in the way.
func (p *Pages) pending(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	pending, err := p.operations.Pending(ctx, actorOf(r), r.PathValue("id"))
	if err != nil {
		p.signInProblem(w, r, "", err)
		return
	}
	view := p.pendingView(pending)
	content := page{LoggedIn: true, Script: true, Message: p.takeMessage(w, r), Content: view}
	if content.Message != nil && content.Message.Text == view.Problem {
		content.Message = nil
	}
	switch {
	case r.URL.Query().Has("go") && pending.Next != "" && !pending.Sent() && pending.Problem == "":
		content.Onward = pendingPath(pending.ID, "go")
	case pending.Sent() && p.now().Sub(*pending.SentAt) < 10*longWait:
		content.Refresh = waitRefresh
	}
	p.renderPending(w, r, http.StatusOK, content)
}

func (p *Pages) renderPending(w http.ResponseWriter, r *http.Request, code int, content page) {
	view, _ := content.Content.(pendingView)
	switch {
	case view.Asks:
		content.Title = "Do you already have an Accelo account?"
	case view.Connection != "":
		content.Title = "Sign in again for " + view.Connection
	default:
		content.Title = "Connecting " + view.Name
	}
	p.render(w, r, code, "pending", content)
}

// changePending takes the deployment, the name, or both, and goes on.
func (p *Pages) changePending(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		p.sendBack(w, r, pendingPath(r.PathValue("id")), message{Text: "Something went wrong submitting the form. Try again.", Problem: true})
		return
	}
	form, credentials := readAccounts(r.PostForm)
	form.Name = strings.TrimSpace(r.PostForm.Get("name"))
	in := operate.PendingChange{ID: r.PathValue("id"), Name: form.Name, Accelo: credentials.Accelo}
	ctx, cancel := context.WithTimeout(r.Context(), operationTimeout)
	defer cancel()
	var pending operate.Pending
	var err error
	if r.PostForm.Has("deployment") && form.Deployment == "" {
		pending, err = p.operations.Pending(ctx, actorOf(r), in.ID)
		if err == nil {
			err = &operate.InvalidError{Member: "accelo.deployment", Reason: "enter your deployment: the first part of your Accelo address, acme for " +
				"https://acme.accelo.com"}
		}
	} else {
		pending, err = p.operations.ChangePending(ctx, actorOf(r), in)
	}
	var notFound *operate.NotFoundError
	switch {
	case errors.As(err, &notFound):
		p.signInProblem(w, r, in.ID, err)
	case err != nil && pending.ID == "":
		p.sendBack(w, r, pendingPath(in.ID), message{Text: problemText(err), Problem: true})
	case err != nil:
		p.logger.WarnContext(r.Context(), "cannot change a pending connection", "error", err)
		view := p.pendingView(pending)
		code := http.StatusUnprocessableEntity
		form.Problem, form.Field, code = formProblem(err, code)
		view.Typed, view.Problem = form, form.Problem
		p.renderPending(w, r, code, page{LoggedIn: true, Script: true, Content: view})
	default:
		p.onward(w, r, pending)
	}
}

// completeAgain tries to complete a pending connection after what was in the way.
func (p *Pages) completeAgain(w http.ResponseWriter, r *http.Request) {
	p.complete(w, r, r.PathValue("id"))
}

// trialPage leads a new tab to where a trial of Accelo begins. The pending connection waits.
func (p *Pages) trialPage(w http.ResponseWriter, r *http.Request) {
	p.renderAway(w, r, "Start a trial of Accelo", p.trial)
}

func (p *Pages) discardPending(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	m := message{Text: "Discarded. Nothing was stored."}
	if err := p.operations.DiscardPending(ctx, actorOf(r), r.PathValue("id")); err != nil {
		p.logReadError(r, err)
		m = message{Text: problemText(err), Problem: true}
	}
	p.sendBack(w, r, integrationsPath, m)
}

// webHost returns the address of a vendor's web app, where its settings are.
func webHost(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || !isWebURL(address) {
		return ""
	}
	if label, ours := strings.CutSuffix(parsed.Host, apiHost); ours {
		parsed.Host = label + appHost
	}
	return fmt.Sprintf("%s://%s", parsed.Scheme, parsed.Host)
}
