package web

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// checklistItem is a step on the way to a connection in use.
type checklistItem struct {
	Text string
	Done bool
	// At is the page, below the connection's, where it is done, and Where its name. Part is a part of that page.
	At, Part, Where string
}

// checklist returns the steps, or none once all of them are done.
func checklist(c status.Connection, steps store.SetupSteps) []checklistItem {
	items := []checklistItem{
		{Text: "NinjaOne connected", Done: vendorConnected(c, store.NinjaOne), At: "settings", Where: "Settings"},
		{Text: "Accelo connected", Done: vendorConnected(c, store.Accelo), At: "settings", Where: "Settings"},
		{Text: "Request type chosen", Done: c.RequestType != "", At: "import", Where: "Import"},
		{Text: "Organizations reviewed", Done: steps.Reviewed, At: "organizations", Where: "Organizations"},
		{Text: "Preview seen", Done: steps.Previewed, At: "import", Where: "Import"},
		{Text: "Test alert passed", Done: steps.Tested, Part: "#test-alert", Where: "Send a test alert"},
	}
	for _, item := range items {
		if !item.Done {
			return items
		}
	}
	return nil
}

// vendorConnected reports whether a vendor accepts the credentials. If one ended its sign-in, the other one is still connected.
func vendorConnected(c status.Connection, vendor store.Vendor) bool {
	ended := slices.ContainsFunc(c.SignIns, func(s status.SignIn) bool { return s.Vendor == vendor && s.Ended })
	return !ended && (c.Accepted || c.Reconnect != nil && c.WasConnected)
}

// overview shows how a connection is doing and what it needs.
func (p *Pages) overview(w http.ResponseWriter, r *http.Request, c status.Connection) {
	view, err := p.readOverview(r.Context(), c)
	if err != nil {
		p.logReadError(r, err)
		p.renderUnavailable(w, r)
		return
	}
	p.renderOverview(w, r, c, view)
}

func (p *Pages) readOverview(ctx context.Context, c status.Connection) (connectionView, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	view := p.connectionView(c)
	last, err := p.store.LastImport(ctx, c.Connection, flow.FullImportID(c.Connection))
	switch {
	case err == nil:
		view.LastImport = newImportView(last)
	case !errors.Is(err, store.ErrNotFound):
		return view, err
	}
	steps, err := p.store.SetupSteps(ctx, c.Connection, flow.FullImportID(c.Connection))
	if err != nil {
		return view, err
	}
	view.Checklist = checklist(c, steps)
	if view.TestAlert, err = p.lastTestAlert(ctx, c.Connection); err != nil {
		return view, err
	}
	state, err := p.store.ReconcileState(ctx, c.Connection)
	view.LastEvent, view.EventsCompleteAt = state.CursorTime, state.CursorCheckedAt
	return view, err
}

func (p *Pages) renderOverview(w http.ResponseWriter, r *http.Request, c status.Connection, view connectionView) {
	p.render(w, r, http.StatusOK, "overview", page{
		Title: c.Connection, LoggedIn: true, Refresh: refreshSeconds(r), Connection: newFrame(c, overviewTab), Message: p.takeMessage(w, r),
		Content: view,
	})
}
