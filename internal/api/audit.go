package api

import (
	"context"
	"net/http"
	"strconv"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/store"
)

func (a *API) registerAudit() {
	const tag = "Audit"
	register(a, operation(http.MethodGet, "/api/v1/audit", "List who did what, the newest first", tag, 0),
		func(ctx context.Context, _ operate.Actor, in *Page) (*response[list[store.AuditEntry]], error) {
			return a.audit(ctx, "", *in)
		})
	// A connection that was disconnected still has its audit.
	register(a, operation(http.MethodGet, "/api/v1/connections/{name}/audit", "List who did what to a connection, the newest first", tag, 0),
		func(ctx context.Context, _ operate.Actor, in *struct {
			ConnectionPath
			Page
		},
		) (*response[list[store.AuditEntry]], error) {
			return a.audit(ctx, in.Name, in.Page)
		})
}

func (a *API) audit(ctx context.Context, connection string, in Page) (*response[list[store.AuditEntry]], error) {
	before, err := numberIn("audit", in.Cursor)
	if err != nil {
		return nil, err
	}
	entries, err := a.store.Audit(ctx, store.AuditQuery{About: connection, Before: before, Limit: in.Limit + 1})
	if err != nil {
		return nil, err
	}
	result := list[store.AuditEntry]{Items: entries}
	if len(entries) > in.Limit {
		result.Items = entries[:in.Limit]
		result.NextCursor = encodeCursor("audit", strconv.FormatInt(result.Items[in.Limit-1].ID, 10))
	}
	if result.Items == nil {
		result.Items = []store.AuditEntry{}
	}
	return respond(result), nil
}
