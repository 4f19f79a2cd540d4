package web

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// organizationsView is a page of the organizations and their companies.
type organizationsView struct {
	Name   string
	Labels store.Labels
	Rows   []organizationRow
	Pages  pageLinks
	// Query and Only are the filter, and At is what the address holds, so that a button leads back to the same page.
	Query, Only, At string
	// Any means that organizations are known, whatever the filter.
	Any bool
	// Proposals is how many companies matching proposes, and ProposedAt when it did.
	Proposals  int
	ProposedAt time.Time
}

// organizationRow is an organization as the page shows it.
type organizationRow struct {
	store.ListedOrganization
	// Record, NinjaOne, Accelo and ContactLink are links; empty if there is none.
	Record, NinjaOne, Accelo, ContactLink string
	// GoesTo is the company that it goes to, or that matching proposes; 0 for none.
	GoesTo     int64
	GoesToName string
	// How says in words why it goes to this company.
	How string
}

// Part is the part of the page that shows what a button of the row did.
func (r organizationRow) Part() string { return organizationPart(r.NinjaID) }

func organizationPart(ninjaID string) string { return "organization " + ninjaID }

// onlyChoices are the filters of the table.
var onlyChoices = map[string]bool{"unlinked": true, "proposed": true, "off": true}

// organizations shows which company each organization goes to, and why.
func (p *Pages) organizations(w http.ResponseWriter, r *http.Request, c status.Connection) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	view, err := p.readOrganizations(ctx, r, c)
	if err != nil {
		p.logReadError(r, err)
		p.renderUnavailable(w, r)
		return
	}
	p.renderTab(w, r, c, organizationsTab, "organizations", view)
}

func (p *Pages) readOrganizations(ctx context.Context, r *http.Request, c status.Connection) (organizationsView, error) {
	query := store.OrganizationQuery{Text: r.URL.Query().Get("q"), Only: r.URL.Query().Get("only"), Limit: maxRows}
	if !storableText(query.Text) {
		query.Text = ""
	}
	if !onlyChoices[query.Only] {
		query.Only = ""
	}
	total, err := p.store.CountOrganizations(ctx, c.Connection, query)
	if err != nil {
		return organizationsView{}, err
	}
	pages := newPageLinks(pageNumber(r), total)
	query.Offset = pages.From
	listed, err := p.store.ListOrganizations(ctx, c.Connection, query)
	if err != nil {
		return organizationsView{}, err
	}
	view := newOrganizationsView(c, listed, pages)
	view.Query, view.Only, view.Any = query.Text, query.Only, total > 0 || query.Text+query.Only != ""
	filter := url.Values{}
	if query.Text != "" {
		filter.Set("q", query.Text)
	}
	if query.Only != "" {
		filter.Set("only", query.Only)
	}
	if len(filter) > 0 {
		view.Pages.Query = template.URL(filter.Encode() + "&") //nolint:gosec // Encode escapes what the user typed
	}
	view.At = organizationsAddress(r.URL.Query())
	view.ProposedAt, view.Proposals, err = p.store.ProposedAt(ctx, c.Connection)
	return view, err
}

// organizationsAddress returns the part of an address that says which organizations are shown, with a question mark; empty for all.
func organizationsAddress(query url.Values) string {
	kept := url.Values{}
	for _, name := range []string{"q", "only", "page"} {
		if value := query.Get(name); value != "" && storableText(value) {
			kept.Set(name, value)
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return "?" + kept.Encode()
}

func newOrganizationsView(c status.Connection, listed []store.ListedOrganization, pages pageLinks) organizationsView {
	view := organizationsView{Name: c.Connection, Labels: c.Labels, Pages: pages, Any: len(listed) > 0}
	for _, organization := range listed {
		row := organizationRow{
			ListedOrganization: organization,
			Record:             recordPath(c.Connection, store.Organizations, organization.NinjaID),
			NinjaOne:           ninjaOneLink(c.NinjaoneURL, store.Organizations, organization.NinjaID),
			ContactLink:        acceloLink(c.AcceloURL, store.Contacts, organization.ContactID),
			GoesTo:             organization.CompanyID, GoesToName: organization.Company,
			How: status.HowMatched(organization, c.Labels),
		}
		switch {
		case organization.Linked():
		case organization.ChosenID != 0:
			row.GoesTo = organization.ChosenID
		case organization.ProposedID != 0:
			row.GoesTo, row.GoesToName = organization.ProposedID, organization.Proposed
		}
		row.Accelo = acceloLink(c.AcceloURL, store.Organizations, row.GoesTo)
		view.Rows = append(view.Rows, row)
	}
	return view
}
