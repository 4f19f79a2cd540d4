package api

import (
	"context"
	"net/http"
	"time"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/store"
)

func (a *API) registerOrganizations() {
	const all = "/api/v1/connections/{name}/organizations"
	register(a, operation(http.MethodGet, all, "List organizations and their companies", connectionsTag, 0), a.organizations)
	register(a, operation(http.MethodPut, all+"/{id}", "Choose what becomes of an organization", connectionsTag, 0), a.setOrganization)
	register(a, operation(http.MethodPost, all+"/match", "Propose a company for each organization that has none", connectionsTag, 0),
		a.matchOrganizations)
	register(a, operation(http.MethodPost, all+"/confirm", "Choose the proposed companies", connectionsTag, 0), a.confirmMatches)
}

// organization is an organization with the company it goes to.
type organization struct {
	NinjaID   string      `json:"ninja_id"`
	Name      string      `json:"name"`
	Sync      bool        `json:"sync" doc:"False if it gets no company, no assets and no requests."`
	State     store.State `json:"state" doc:"linked, waiting, claimed, doubt, parked if it failed and has no company, or unmatched."`
	CompanyID int64       `json:"company_id" doc:"The company it is linked to, or the one that was chosen; 0 if matching decides."`
	Company   string      `json:"company" doc:"Name of the company as last seen."`
	Matched   string      `json:"matched" doc:"How it got its company: created, matched, or empty."`
	MatchedBy string      `json:"matched_by" doc:"The user who chose the company, if one did."`
	ContactID int64       `json:"contact_id"`
	// AffiliationID is the chosen contact.
	AffiliationID int64    `json:"affiliation_id" doc:"The contact that was chosen for its requests and assets; 0 for the company's primary contact."`
	Proposal      proposal `json:"proposal" doc:"What matching proposes, until someone confirms it."`
	Devices       int      `json:"devices"`
	Problem       string   `json:"problem" doc:"Why its sync failed; empty if it did not."`
}

// proposal is the company that matching proposes.
type proposal struct {
	CompanyID int64  `json:"company_id" doc:"0 if there is none."`
	Company   string `json:"company"`
	Why       string `json:"why"`
}

func newOrganization(o store.ListedOrganization) organization {
	listed := organization{
		NinjaID: o.NinjaID, Name: o.Name, Sync: o.Sync, State: o.State, CompanyID: o.CompanyID, Company: o.Company, Matched: string(o.Matched),
		MatchedBy: o.Actor, ContactID: o.ContactID, AffiliationID: o.AffiliationID, Devices: o.Devices, Problem: o.Problem,
		Proposal: proposal{CompanyID: o.ProposedID, Company: o.Proposed, Why: o.ProposedWhy},
	}
	if !o.Linked() {
		listed.CompanyID, listed.MatchedBy = o.ChosenID, o.ChosenBy
	}
	return listed
}

func (a *API) organizations(ctx context.Context, _ operate.Actor, in *struct {
	ConnectionPath
	Page
	Q    string `query:"q" maxLength:"200" doc:"An id on either side, or part of a name."`
	Only string `query:"only" enum:"unlinked,proposed,off" doc:"Only those without a company, with a proposal, or switched off."`
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
	listed, err := a.store.ListOrganizations(ctx, in.Name, store.OrganizationQuery{Text: in.Q, Only: in.Only, Offset: int(offset), Limit: in.Limit + 1})
	if err != nil {
		return nil, err
	}
	items := make([]organization, len(listed))
	for i, o := range listed {
		items[i] = newOrganization(o)
	}
	return pageOf("organizations", items, offset, in.Limit), nil
}

func (a *API) setOrganization(ctx context.Context, actor operate.Actor, in *struct {
	ConnectionPath
	ID   string `path:"id" maxLength:"20" doc:"NinjaOne id of the organization."`
	Body struct {
		Sync          *bool  `json:"sync,omitempty" doc:"False switches it off; left out, it stays as it is."`
		CompanyID     *int64 `json:"company_id,omitempty" minimum:"0" doc:"The company it goes to; 0 lets matching decide."`
		AffiliationID *int64 `json:"affiliation_id,omitempty" minimum:"0" doc:"Contact of its requests and assets; 0 for the company's primary contact."`
	}
},
) (*response[organization], error) {
	changed, err := a.operator.SetOrganization(ctx, actor, in.Name, operate.OrganizationWish{
		NinjaID: in.ID, Sync: in.Body.Sync, CompanyID: in.Body.CompanyID, AffiliationID: in.Body.AffiliationID,
	})
	return respond(newOrganization(changed)), err
}

// matches sums up what matching found.
type matches struct {
	Proposed  int `json:"proposed" doc:"Organizations with a proposal, which GET organizations shows."`
	Unmatched int `json:"unmatched" doc:"Organizations without one: the next import creates their company."`
}

func (a *API) matchOrganizations(ctx context.Context, actor operate.Actor, in *ConnectionPath) (*response[matches], error) {
	found, err := a.operator.MatchOrganizations(ctx, actor, in.Name)
	return respond(matches(found)), err
}

// confirmed counts the organizations whose company was chosen.
type confirmed struct {
	Confirmed int `json:"confirmed"`
}

func (a *API) confirmMatches(ctx context.Context, actor operate.Actor, in *ConnectionPath) (*response[confirmed], error) {
	count, err := a.operator.ConfirmMatches(ctx, actor, in.Name, time.Time{})
	return respond(confirmed{count}), err
}
