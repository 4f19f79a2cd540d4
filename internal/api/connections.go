package api

import (
	"context"
	"errors"
	"net/http"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

const connectionsTag = "Connections"

func (a *API) registerConnections() {
	register(a, operation(http.MethodGet, "/api/v1/connections", "List connections with their status", connectionsTag, 0), a.connections)
	register(a, operation(http.MethodGet, "/api/v1/connections/{name}", "Show the status of a connection", connectionsTag, 0), a.connection)
	a.registerOrganizations()
}

// connections returns the status of all connections (interface.md 6).
func (a *API) connections(ctx context.Context, _ operate.Actor, _ *struct{}) (*response[status.Report], error) {
	report, err := status.Read(ctx, a.store, "")
	return respond(report), err
}

func (a *API) connection(ctx context.Context, _ operate.Actor, in *ConnectionPath) (*response[status.Connection], error) {
	report, err := status.Read(ctx, a.store, in.Name)
	if errors.Is(err, store.ErrNotFound) || err == nil && in.Name == "" {
		return nil, &operate.NotFoundError{What: "connection", Reason: "unknown connection " + quote(in.Name)}
	}
	if err != nil {
		return nil, err
	}
	return respond(report.Connections[0]), nil
}
