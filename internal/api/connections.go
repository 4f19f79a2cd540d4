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
	register(a, operation(http.MethodGet, "/api/v1/connections/{name}/organizations", "List organizations and their companies", connectionsTag, 0),
		a.organizations)
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

// organization is an organization with the company it goes to.
type organization struct {
	NinjaID   string      `json:"ninja_id"`
	Name      string      `json:"name"`
	State     store.State `json:"state" doc:"linked, waiting, claimed, doubt, or parked if it failed and has no company."`
	CompanyID int64       `json:"company_id"`
	Company   string      `json:"company" doc:"Name of the company as last synced."`
	Matched   string      `json:"matched" doc:"How it got its company: created, matched, or empty."`
	MatchedBy string      `json:"matched_by" doc:"The user who chose the company, if one did."`
	ContactID int64       `json:"contact_id"`
	Devices   int         `json:"devices"`
	Problem   string      `json:"problem" doc:"Why its sync failed; empty if it did not."`
}

func (a *API) organizations(ctx context.Context, _ operate.Actor, in *struct {
	ConnectionPath
	Page
},
) (*response[list[organization]], error) {
	ctx, err := a.bind(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	offset, err := numberIn("organizations", in.Cursor)
	if err != nil {
		return nil, err
	}
	listed, err := a.store.ListOrganizations(ctx, in.Name, int(offset), in.Limit+1)
	if err != nil {
		return nil, err
	}
	items := make([]organization, len(listed))
	for i, o := range listed {
		items[i] = organization{
			NinjaID: o.NinjaID, Name: o.Name, State: o.State, CompanyID: o.CompanyID, Company: o.Company, Matched: string(o.Matched),
			MatchedBy: o.Actor, ContactID: o.ContactID, Devices: o.Devices, Problem: o.Problem,
		}
	}
	return pageOf("organizations", items, offset, in.Limit), nil
}
