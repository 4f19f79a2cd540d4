package web

import (
	"cmp"
	"context"
	"net/http"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// organizationsView is a page of the organizations and their companies.
type organizationsView struct {
	Labels store.Labels
	Rows   []organizationRow
	Pages  pageLinks
}

// organizationRow is an organization as the page shows it.
type organizationRow struct {
	store.ListedOrganization
	// Record, NinjaOne, Accelo and ContactLink are links; empty if there is none.
	Record, NinjaOne, Accelo, ContactLink string
	// How says in words why it goes to this company.
	How string
}

// organizations shows which company each organization goes to, and why.
func (p *Pages) organizations(w http.ResponseWriter, r *http.Request, c status.Connection) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	total, err := p.store.CountOrganizations(ctx, c.Connection)
	if err != nil {
		p.logReadError(r, err)
		p.renderUnavailable(w, r)
		return
	}
	pages := newPageLinks(pageNumber(r), total)
	listed, err := p.store.ListOrganizations(ctx, c.Connection, pages.From, maxRows)
	if err != nil {
		p.logReadError(r, err)
		p.renderUnavailable(w, r)
		return
	}
	p.renderTab(w, r, c, organizationsTab, "organizations", newOrganizationsView(c, listed, pages))
}

func newOrganizationsView(c status.Connection, listed []store.ListedOrganization, pages pageLinks) organizationsView {
	view := organizationsView{Labels: c.Labels, Pages: pages}
	for _, organization := range listed {
		view.Rows = append(view.Rows, organizationRow{
			ListedOrganization: organization,
			Record:             recordPath(c.Connection, store.Organizations, organization.NinjaID),
			NinjaOne:           ninjaOneLink(c.NinjaoneURL, store.Organizations, organization.NinjaID),
			Accelo:             acceloLink(c.AcceloURL, store.Organizations, organization.CompanyID),
			ContactLink:        acceloLink(c.AcceloURL, store.Contacts, organization.ContactID),
			How:                howMatched(organization, c.Labels),
		})
	}
	return view
}

// howMatched says how an organization got its company.
func howMatched(o store.ListedOrganization, labels store.Labels) string {
	switch {
	case o.Problem != "":
		return "Failed: " + o.Problem
	case o.State != store.Linked:
		return "Not linked yet"
	case o.Actor != "":
		return "Chosen by " + o.Actor
	case o.Matched == rules.Created:
		return cmp.Or(labels.Company.SingularTitle, "Company") + " created by the sync"
	case o.Matched == rules.Matched:
		return "Same name"
	}
	return "Not recorded"
}
