package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

const challenge = `Bearer realm="ninjaone-accelo"`

// requireToken lets only requests with the admin token through.
func (p *Pages) requireToken(handle http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			w.Header().Set("WWW-Authenticate", challenge)
			p.writeError(w, r, http.StatusUnauthorized, "authentication required: send Authorization: Bearer ADMIN_TOKEN")
			return
		}
		if !p.token.matches(strings.TrimSpace(given)) {
			w.Header().Set("WWW-Authenticate", challenge+`, error="invalid_token"`)
			p.writeError(w, r, http.StatusUnauthorized, "incorrect admin token")
			return
		}
		handle(w, r)
	})
}

// connections returns the status of all connections (interface.md 6).
func (p *Pages) connections(w http.ResponseWriter, r *http.Request) {
	if report, ok := p.readStatus(w, r, ""); ok {
		p.writeJSON(w, r, http.StatusOK, report)
	}
}

// connection returns the status of one connection.
func (p *Pages) connection(w http.ResponseWriter, r *http.Request) {
	if report, ok := p.readStatus(w, r, r.PathValue("name")); ok {
		p.writeJSON(w, r, http.StatusOK, report.Connections[0])
	}
}

// readStatus reads the status. On failure it writes the error response and returns false.
func (p *Pages) readStatus(w http.ResponseWriter, r *http.Request, name string) (status.Report, bool) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	report, err := status.Read(ctx, p.store, name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		p.writeError(w, r, http.StatusNotFound, "connection not found")
	case err != nil:
		p.logReadError(r, err)
		w.Header().Set("Retry-After", "5")
		p.writeError(w, r, http.StatusServiceUnavailable, "database unavailable; try again in a moment")
	}
	return report, err == nil
}

func (p *Pages) writeError(w http.ResponseWriter, r *http.Request, code int, reason string) {
	p.writeJSON(w, r, code, map[string]string{"error": reason})
}

func (p *Pages) writeJSON(w http.ResponseWriter, r *http.Request, code int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		p.logger.ErrorContext(r.Context(), "cannot encode the response as JSON", "error", err)
		code, body = http.StatusInternalServerError, []byte(`{"error":"cannot encode the response as JSON; see the server log"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	// This fails only if the client has disconnected.
	_, _ = w.Write(append(body, '\n'))
}
