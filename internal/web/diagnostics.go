package web

import (
	"bytes"
	"context"
	"mime"
	"net/http"

	"ninjaone-accelo/internal/status"
)

// diagnostics downloads the archive for support.
func (p *Pages) diagnostics(w http.ResponseWriter, r *http.Request, c status.Connection) {
	ctx, cancel := context.WithTimeout(r.Context(), operationTimeout)
	defer cancel()
	var archive bytes.Buffer
	if _, err := p.operations.Diagnose(ctx, actorOf(r), c.Connection, &archive); err != nil {
		p.logger.WarnContext(r.Context(), "the page could not collect the diagnostics", "error", err)
		p.sendBack(w, r, connectionPath(c.Connection, "settings"), message{At: besideDiagnostics, Text: problemText(err), Problem: true})
		return
	}
	name := "diagnostics-" + c.Connection + "-" + p.now().UTC().Format("20060102-150405") + ".zip"
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	_, _ = archive.WriteTo(w) // a user who has left gets nothing
}
