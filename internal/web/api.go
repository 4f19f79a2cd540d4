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

// api lets a request through that bears the admin token.
func (p *Pages) api(handle http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			w.Header().Set("WWW-Authenticate", challenge)
			p.refuse(w, r, http.StatusUnauthorized, "send the header Authorization: Bearer ADMIN_TOKEN")
			return
		}
		if !p.token.is(strings.TrimSpace(given)) {
			w.Header().Set("WWW-Authenticate", challenge+`, error="invalid_token"`)
			p.refuse(w, r, http.StatusUnauthorized, "this is not the admin token")
			return
		}
		handle(w, r)
	})
}

// connections answers with the status of all connections (interface section 6).
func (p *Pages) connections(w http.ResponseWriter, r *http.Request) {
	if report, ok := p.readStatus(w, r, ""); ok {
		p.reply(w, r, http.StatusOK, report)
	}
}

// connection answers with one element of what connections answers with.
func (p *Pages) connection(w http.ResponseWriter, r *http.Request) {
	if report, ok := p.readStatus(w, r, r.PathValue("name")); ok {
		p.reply(w, r, http.StatusOK, report.Connections[0])
	}
}

// readStatus reads the status, or answers why that cannot be done.
func (p *Pages) readStatus(w http.ResponseWriter, r *http.Request, name string) (status.Report, bool) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	report, err := status.Read(ctx, p.store, name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		p.refuse(w, r, http.StatusNotFound, "there is no connection of this name")
	case err != nil:
		p.logUnread(r, err)
		w.Header().Set("Retry-After", "5")
		p.refuse(w, r, http.StatusServiceUnavailable, "the database does not answer; try again in a moment")
	}
	return report, err == nil
}

func (p *Pages) refuse(w http.ResponseWriter, r *http.Request, code int, reason string) {
	p.reply(w, r, code, map[string]string{"error": reason})
}

func (p *Pages) reply(w http.ResponseWriter, r *http.Request, code int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		p.logger.ErrorContext(r.Context(), "reply cannot be written as JSON", "error", err)
		code, body = http.StatusInternalServerError, []byte(`{"error":"the status cannot be written as JSON; see the log"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	// The client is gone when this fails; there is nobody to tell.
	_, _ = w.Write(append(body, '\n'))
}
