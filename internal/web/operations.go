package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// Operations are what the page's buttons do. *operate.Operator implements it.
type Operations interface {
	StartImport(ctx context.Context, actor operate.Actor, in operate.StartImport) (operate.Import, error)
	SignalImport(ctx context.Context, actor operate.Actor, in operate.ImportSignal) (operate.Import, error)
	ImportRuns(ctx context.Context, connection, id string) (bool, error)
	ImportPaused(ctx context.Context, connection string) (bool, error)
	Reconcile(ctx context.Context, actor operate.Actor, connection string) (operate.Reconciliation, error)
	SendTestAlert(ctx context.Context, actor operate.Actor, connection string) (flow.TestAlertResult, error)
	ApproveShown(ctx context.Context, actor operate.Actor, connection string, shown time.Time) (operate.Reconciliation, error)
	Retry(ctx context.Context, actor operate.Actor, in operate.Retry) (operate.Retried, error)
	Dismiss(ctx context.Context, actor operate.Actor, key store.Key) (store.Failure, error)
	SyncRecord(ctx context.Context, actor operate.Actor, key store.Key) (operate.Synced, error)
	Relink(ctx context.Context, actor operate.Actor, in operate.Relink) (operate.Correction, error)
	Unlink(ctx context.Context, actor operate.Actor, key store.Key) (operate.Correction, error)
	Create(ctx context.Context, actor operate.Actor, in operate.NewConnection) (operate.Report, error)
	Change(ctx context.Context, actor operate.Actor, in operate.Change) (operate.Report, error)
	Options(ctx context.Context, actor operate.Actor, connection string) (operate.ConnectionOptions, error)
	SetOptions(ctx context.Context, actor operate.Actor, in operate.SetOptions) (operate.ConnectionOptions, error)
	SetOrganization(ctx context.Context, actor operate.Actor, connection string, wish operate.OrganizationWish) (store.ListedOrganization, error)
	MatchOrganizations(ctx context.Context, actor operate.Actor, connection string) (operate.OrganizationMatches, error)
	ConfirmMatches(ctx context.Context, actor operate.Actor, connection string, asOf time.Time) (int, error)
	ExportOrganizations(ctx context.Context, actor operate.Actor, connection string, to io.Writer) error
	PlanOrganizations(ctx context.Context, actor operate.Actor, connection string, file []byte) (operate.OrganizationsFile, error)
	ApplyOrganizations(ctx context.Context, actor operate.Actor, connection string, file []byte, digest string) (int, error)
	RequestTypes(ctx context.Context, actor operate.Actor, connection string) ([]string, error)
	Diagnose(ctx context.Context, actor operate.Actor, connection string, to io.Writer) (contents []string, err error)
	Disconnect(ctx context.Context, actor operate.Actor, connection string) (left []string, err error)
	SignIns
}

// SignIns are what connecting by signing in at the vendors does.
type SignIns interface {
	SignInSetup(name string) operate.SignInSetup
	BeginSignIn(ctx context.Context, actor operate.Actor, in operate.NewConnection) (operate.Pending, error)
	BeginAtNinjaOne(ctx context.Context, actor operate.Actor, in operate.NinjaOneCredentials) (operate.Pending, error)
	BeginReconnect(ctx context.Context, actor operate.Actor, connection string) (operate.Pending, error)
	Pending(ctx context.Context, actor operate.Actor, id string) (operate.Pending, error)
	PendingConnections(ctx context.Context, actor operate.Actor) ([]operate.Pending, error)
	ChangePending(ctx context.Context, actor operate.Actor, in operate.PendingChange) (operate.Pending, error)
	DiscardPending(ctx context.Context, actor operate.Actor, id string) error
	SendAway(ctx context.Context, actor operate.Actor, id string, session []byte) (string, error)
	ComeBack(ctx context.Context, actor operate.Actor, in operate.ComingBack) (operate.Pending, error)
	Complete(ctx context.Context, actor operate.Actor, id string) (operate.Completed, error)
}

// surface is what histories call the page.
const surface = "page"

// actorOf returns the user behind a request.
func actorOf(r *http.Request) operate.Actor {
	actor := operate.Actor{Surface: surface}
	if session := sessionOf(r); session != nil {
		actor.Name = session.Who
		actor.Role, _ = operate.ParseRole(session.Role) // an unknown role may do nothing
	}
	return actor
}

// press is a button that was pressed.
type press struct {
	Actor      operate.Actor
	Connection status.Connection
	Form       url.Values
	// Key is the record of the page, if it is a record's.
	Key store.Key
}

// button is what a button does.
type button struct {
	// at is the part of the page that shows what was done, and back the page, below the connection's; nil for the record's page.
	at   func(press) string
	back []string
	// query is what the address of that page holds, with a question mark; nil for nothing.
	query func(press) string
	// do returns what was done, in words.
	do func(ctx context.Context, b press) (string, error)
}

// beside is for a button that has one place on its page.
func beside(part string) func(press) string {
	return func(press) string { return part }
}

// press carries out what a button does and leads back to its page, which says what was done or what is in the way.
func (p *Pages) press(b button) connectionHandler {
	return func(w http.ResponseWriter, r *http.Request, c status.Connection) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		back := connectionPath(c.Connection, b.back...)
		if b.back == nil && r.PathValue("kind") != "" {
			back = recordPath(c.Connection, store.Kind(r.PathValue("kind")), r.PathValue("id"))
		}
		if err := r.ParseForm(); err != nil {
			p.sendBack(w, r, back, message{Text: "Something went wrong submitting the form. Try again.", Problem: true})
			return
		}
		pressed := press{
			Actor: actorOf(r), Connection: c, Form: r.PostForm,
			Key: store.Key{Connection: c.Connection, Kind: store.Kind(r.PathValue("kind")), NinjaID: r.PathValue("id")},
		}
		ctx, cancel := context.WithTimeout(r.Context(), operationTimeout)
		defer cancel()
		if b.query != nil {
			back += b.query(pressed)
		}
		m := message{At: b.at(pressed)}
		var err error
		if m.Text, err = b.do(ctx, pressed); err != nil {
			p.logger.WarnContext(r.Context(), "the page could not do what was asked", "path", r.URL.Path, "error", err)
			m.Text, m.Problem = problemText(err), true
		}
		p.sendBack(w, r, back, m)
	}
}

// problemText returns the words for an error. Those of an error without a type may be anybody's, so they stay in the log.
func problemText(err error) string {
	var notFound *operate.NotFoundError
	var invalid *operate.InvalidError
	var conflict *operate.ConflictError
	var notReady *operate.NotReadyError
	var forbidden *operate.ForbiddenError
	var unavailable *operate.UnavailableError
	switch {
	case errors.As(err, &notFound), errors.As(err, &invalid), errors.As(err, &conflict), errors.As(err, &notReady), errors.As(err, &forbidden):
		return sentence(err.Error())
	case errors.As(err, &unavailable):
		return "We can't reach " + unavailable.What + ". Nothing was changed. Try again in a moment."
	}
	return "That didn't work, and nothing was started. The server log has the reason."
}
