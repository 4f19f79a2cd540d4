package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// shownActions are the actions that a preview can be filtered by.
var shownActions = []rules.Action{rules.Create, rules.Match, rules.Update, rules.Note, rules.Wait, rules.Conflict, rules.Skip}

// changeFilter returns which changes of a preview an address selects, and the part of the address that says so.
func changeFilter(address url.Values) (store.ChangeQuery, url.Values) {
	query, filter := store.ChangeQuery{}, url.Values{}
	if text := strings.TrimSpace(address.Get("q")); text != "" && storableText(text) {
		query.Text = text
		filter.Set("q", text)
	}
	if action := rules.Action(address.Get("action")); slices.Contains(shownActions, action) {
		query.Action = action
		filter.Set("action", string(action))
	}
	return query, filter
}

// changesPage is how many changes of a preview are read at a time.
const changesPage = 1000

// exportChanges sends the changes of the last preview that the filter selects as a CSV file.
func (p *Pages) exportChanges(w http.ResponseWriter, r *http.Request, c status.Connection) {
	ctx, cancel := context.WithTimeout(r.Context(), operationTimeout)
	defer cancel()
	changes, err := p.readChanges(ctx, c.Connection, r.URL.Query())
	if err != nil {
		p.logReadError(r, err)
		p.renderUnavailable(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="preview.csv"`)
	// This fails only if the browser has disconnected.
	_ = status.WriteChanges(w, changes)
}

// readChanges returns the changes of the last full import that ran, if that was a preview.
func (p *Pages) readChanges(ctx context.Context, connection string, address url.Values) ([]rules.Change, error) {
	runs, err := p.store.RecentImports(ctx, connection, flow.FullImportID(connection), 1)
	if err != nil || len(runs) == 0 || !runs[0].Plan {
		return nil, err
	}
	query, _ := changeFilter(address)
	var all []rules.Change
	for after := (rules.Change{}); ; {
		page, err := p.store.FindChanges(ctx, runs[0].ID, query, after, changesPage)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < changesPage {
			return all, nil
		}
		after = page[len(page)-1]
	}
}
