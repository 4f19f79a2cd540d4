package web

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// auditView is a page of what users did to a connection.
type auditView struct {
	Rows []auditRow
	// Older leads to the page before this one in time; empty on the last. Newest is set on the first page.
	Older  string
	Newest bool
}

// auditRow is one thing that a user did, with its values before and after, one a line.
type auditRow struct {
	store.AuditEntry
	Before, After []string
}

// audit shows who did what to the connection, the newest first.
func (p *Pages) audit(w http.ResponseWriter, r *http.Request, c status.Connection) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if err != nil || before < 0 {
		before = 0 // anything else begins with the newest
	}
	entries, err := p.store.Audit(ctx, store.AuditQuery{About: c.Connection, Before: before, Limit: maxRows + 1})
	if err != nil {
		p.logReadError(r, err)
		p.renderUnavailable(w, r)
		return
	}
	p.renderTab(w, r, c, auditTab, "audit", newAuditView(entries, before == 0))
}

func newAuditView(entries []store.AuditEntry, newest bool) auditView {
	view := auditView{Newest: newest}
	if len(entries) > maxRows {
		entries = entries[:maxRows]
		view.Older = "?" + url.Values{"before": {strconv.FormatInt(entries[maxRows-1].ID, 10)}}.Encode()
	}
	for _, entry := range entries {
		view.Rows = append(view.Rows, auditRow{AuditEntry: entry, Before: valueLines(entry.Before), After: valueLines(entry.After)})
	}
	return view
}

// valueLines returns a stored value as lines: one for each member of an object, or one for anything else. Null and empty texts have none.
func valueLines(stored json.RawMessage) []string {
	var members map[string]json.RawMessage
	if json.Unmarshal(stored, &members) == nil {
		lines := make([]string, 0, len(members))
		for _, name := range slices.Sorted(maps.Keys(members)) {
			if line := valueLine(members[name]); line != "" {
				lines = append(lines, name+": "+line)
			}
		}
		return lines
	}
	if line := valueLine(stored); line != "" {
		return []string{line}
	}
	return nil
}

// valueLine returns a text as it is and anything else as JSON.
func valueLine(stored json.RawMessage) string {
	var text string
	var compact bytes.Buffer
	switch {
	case len(stored) == 0, string(stored) == "null":
		return ""
	case json.Unmarshal(stored, &text) == nil:
		return text
	case json.Compact(&compact, stored) != nil:
		return string(stored)
	}
	return compact.String()
}
