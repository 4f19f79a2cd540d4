package web

import (
	"context"
	"net/http"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/status"
)

// card is a connection on the Integrations page.
type card struct {
	Name  string
	State status.State
	// From and To are the hosts of the two accounts.
	From, To      string
	Organizations int
	Devices       int
	OpenAlerts    int
	Failures      int
	LastReconcile *reconcileView
	Approval      bool
}

// integrationsView is the content of the Integrations page.
type integrationsView struct {
	Cards   []card
	Pending []pendingView
}

// integrations shows one card per connection.
func (p *Pages) integrations(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	report, err := status.Read(ctx, p.store, "")
	if err != nil {
		p.logReadError(r, err)
		p.renderUnavailable(w, r)
		return
	}
	pending, err := p.operations.PendingConnections(ctx, actorOf(r))
	if err != nil {
		p.logReadError(r, err)
		p.renderUnavailable(w, r)
		return
	}
	p.renderCards(w, r, report, pending)
}

func (p *Pages) renderCards(w http.ResponseWriter, r *http.Request, report status.Report, pending []operate.Pending) {
	cards := make([]card, 0, len(report.Connections))
	for _, c := range report.Connections {
		cards = append(cards, card{
			Name: c.Connection, State: c.State(), From: host(c.NinjaoneURL), To: host(c.AcceloURL),
			Organizations: c.Links.Organizations, Devices: c.Links.Devices, OpenAlerts: c.OpenAlerts, Failures: len(c.Failures),
			LastReconcile: newReconcileView(c.LastReconcile, c.Labels), Approval: c.PendingApproval != nil,
		})
	}
	view := integrationsView{Cards: cards}
	for _, waiting := range pending {
		view.Pending = append(view.Pending, p.pendingView(waiting))
	}
	p.render(w, r, http.StatusOK, "integrations", page{
		Title: "Integrations", LoggedIn: true, Refresh: refreshSeconds(r), Message: p.takeMessage(w, r), Content: view,
	})
}
