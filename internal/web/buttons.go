package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// operationTimeout bounds how long a button may take: a correction asks the vendors.
const operationTimeout = 30 * time.Second

// The parts of the pages that show what a button did.
const (
	besideReconcile = "reconcile"
	besideTestAlert = "test-alert"
	besideApproval  = "approval"
	besideImport    = "import"
	besideFailures  = "failures"
	besideRecord    = "record"
)

// registerButtons adds the routes of the buttons on a connection's pages.
func (p *Pages) registerButtons(mux *http.ServeMux) {
	record := func(do func(context.Context, press) (string, error)) button {
		return button{at: beside(besideRecord), do: do}
	}
	for path, b := range map[string]button{
		"/test-alert":            {at: beside(besideTestAlert), do: p.sendTestAlert},
		"/reconcile":             {at: beside(besideReconcile), do: p.reconcileNow},
		"/approve":               {at: beside(besideApproval), do: p.approve},
		"/import/preview":        {at: beside(besideImport), back: []string{"import"}, do: p.startImport(true)},
		"/import/full":           {at: beside(besideImport), back: []string{"import"}, do: p.startImport(false)},
		"/import/pause":          {at: beside(besideImport), back: []string{"import"}, do: p.signalImport(operate.PauseImport)},
		"/import/resume":         {at: beside(besideImport), back: []string{"import"}, do: p.signalImport(operate.ResumeImport)},
		"/import/cancel":         {at: beside(besideImport), back: []string{"import"}, do: p.signalImport(operate.CancelImport)},
		"/failures/retry":        {at: besideFailure, back: []string{"failures"}, do: p.retry},
		"/options":               {at: beside(besideOptions), back: []string{"settings"}, do: p.saveOptions},
		"/credentials":           {at: beside(besideCredentials), back: []string{"settings"}, do: p.saveCredentials},
		"/organizations/match":   {at: beside(besideOrganizations), back: []string{"organizations"}, do: p.matchOrganizations},
		"/organizations/confirm": {at: beside(besideOrganizations), back: []string{"organizations"}, do: p.confirmMatches},
		"/organizations/change":  {at: besideOrganization, back: []string{"organizations"}, query: backToOrganizations, do: p.changeOrganization},
		"/failures/dismiss":      {at: besideFailure, back: []string{"failures"}, do: p.dismiss},

		"/records/{kind}/{id}/sync":   record(p.syncRecord),
		"/records/{kind}/{id}/relink": record(p.relinkRecord),
		"/records/{kind}/{id}/unlink": record(p.unlinkRecord),
	} {
		mux.Handle("POST /integrations/{name}"+path, p.protect(p.requireSession(p.withConnection(p.press(b)))))
	}
	for path, handle := range map[string]connectionHandler{
		"/organizations/csv": p.importOrganizations, "/organizations/csv/apply": p.applyOrganizations,
	} {
		mux.Handle("POST /integrations/{name}"+path, p.protect(p.requireSession(p.withConnection(handle))))
	}
	mux.Handle("POST /integrations/{name}/disconnect", p.protect(p.requireSession(p.withConnection(p.disconnect))))
}

func (p *Pages) reconcileNow(ctx context.Context, b press) (string, error) {
	started, err := p.operations.Reconcile(ctx, b.Actor, b.Connection.Connection)
	switch {
	case err != nil:
		return "", err
	case started.Attached:
		return "A reconciliation is already running.", nil
	}
	return "Reconciliation started.", nil
}

// approve approves only what the page has shown: what was found since needs another look.
func (p *Pages) approve(ctx context.Context, b press) (string, error) {
	shown, err := time.Parse(time.RFC3339Nano, b.Form.Get("shown"))
	if err != nil {
		return "", &operate.InvalidError{Member: "shown", Reason: "this form doesn't say what it approves; read the list and approve it again"}
	}
	if _, err := p.operations.ApproveShown(ctx, b.Actor, b.Connection.Connection, shown); err != nil {
		return "", err
	}
	return "Approved. The reconciliation carries on.", nil
}

func (p *Pages) startImport(plan bool) func(context.Context, press) (string, error) {
	return func(ctx context.Context, b press) (string, error) {
		if !b.Connection.Accepted {
			return "", &operate.NotReadyError{Connection: b.Connection.Connection} // it could only fail on a worker
		}
		selection, err := selectionOf(b)
		if err != nil {
			return "", err
		}
		if err := p.chooseRequestType(ctx, b); err != nil {
			return "", err
		}
		started, err := p.operations.StartImport(ctx, b.Actor, operate.StartImport{
			Connection: b.Connection.Connection, Plan: plan, Selection: selection,
		})
		switch {
		case err != nil:
			return "", err
		case started.Attached:
			return "An import is already running.", nil
		case plan:
			return "Preview started. Nothing is written to Accelo.", nil
		}
		return "Import started.", nil
	}
}

func (p *Pages) signalImport(action operate.ImportAction) func(context.Context, press) (string, error) {
	done := map[operate.ImportAction]string{
		operate.PauseImport:  "Pausing. The organizations at hand are finished first.",
		operate.ResumeImport: "Resumed.",
		operate.CancelImport: "Cancelling. What was imported stays.",
	}
	return func(ctx context.Context, b press) (string, error) {
		_, err := p.operations.SignalImport(ctx, b.Actor, operate.ImportSignal{
			Connection: b.Connection.Connection, ID: b.Form.Get("id"), Action: action,
		})
		return done[action], err
	}
}

// besideFailure is the record of a failure's button, or the table for all of them.
func besideFailure(b press) string {
	if b.Form.Has("all") {
		return besideFailures
	}
	return failurePart(store.Kind(b.Form.Get("kind")), b.Form.Get("id"))
}

func failurePart(kind store.Kind, ninjaID string) string { return string(kind) + " " + ninjaID }

func (p *Pages) retry(ctx context.Context, b press) (string, error) {
	in := operate.Retry{Connection: b.Connection.Connection}
	if !b.Form.Has("all") {
		var err error
		if in.Selection, err = operate.SelectRecord(store.Kind(b.Form.Get("kind")), b.Form.Get("id")); err != nil {
			return "", err
		}
	}
	retried, err := p.operations.Retry(ctx, b.Actor, in)
	switch {
	case err != nil:
		return "", err
	case len(retried.Failures) == 0:
		return "Nothing to retry: it has been synced in the meantime.", nil
	case b.Form.Has("all"):
		return "Retrying with " + rules.Count(len(retried.Failures), "workflow") + ". Each failure goes once its record is synced.", nil
	}
	return "Retrying. The failure goes once the record is synced.", nil
}

func (p *Pages) dismiss(ctx context.Context, b press) (string, error) {
	key := store.Key{Connection: b.Connection.Connection, Kind: store.Kind(b.Form.Get("kind")), NinjaID: b.Form.Get("id")}
	dismissed, err := p.operations.Dismiss(ctx, b.Actor, key)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Dismissed %s %s. It comes back if the record fails again.", dismissed.Kind, dismissed.NinjaID), nil
}

func (p *Pages) syncRecord(ctx context.Context, b press) (string, error) {
	if _, err := p.operations.SyncRecord(ctx, b.Actor, b.Key); err != nil {
		return "", err
	}
	return "Sync started.", nil
}

func (p *Pages) relinkRecord(ctx context.Context, b press) (string, error) {
	text := strings.TrimSpace(b.Form.Get("accelo_id"))
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return "", &operate.InvalidError{Member: "accelo_id", Reason: fmt.Sprintf("%q is not an Accelo ID (use the number in the page's URL)", text)}
	}
	result, err := p.operations.Relink(ctx, b.Actor, operate.Relink{Key: b.Key, AcceloID: id})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Linked to %s %d. The next sync compares both sides again and keeps any manual changes.",
		b.Connection.Labels.For(result.Kind).Singular(), result.AcceloID), nil
}

func (p *Pages) unlinkRecord(ctx context.Context, b press) (string, error) {
	if _, err := p.operations.Unlink(ctx, b.Actor, b.Key); err != nil {
		return "", err
	}
	return "Unlinked. The next import matches it again, or creates it if nothing matches.", nil
}

// sentence makes an error's text one that can stand alone.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}
