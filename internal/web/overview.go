package web

import (
	"context"
	"errors"
	"net/http"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// checklistItem is a step on the way to a connection in use.
type checklistItem struct {
	Text string
	Done bool
}

// checklist returns the steps, or none once all of them are done.
func checklist(c status.Connection, previewed bool) []checklistItem {
	items := []checklistItem{
		{"NinjaOne connected", c.Accepted}, {"Accelo connected", c.Accepted}, {"Request type chosen", c.RequestType != ""}, {"Preview seen", previewed},
	}
	for _, item := range items {
		if !item.Done {
			return items
		}
	}
	return nil
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
	runs, err := p.store.RecentImports(ctx, c.Connection, flow.FullImportID(c.Connection), maxRuns)
	if err != nil {
		return view, err
	}
	// After an import, nobody needs the preview.
	previewed := false
	for _, run := range runs {
		previewed = previewed || run.FinishedAt != nil
	}
	view.Checklist = checklist(c, previewed)
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
