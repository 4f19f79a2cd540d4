package web

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// alertsView is a page of a connection's alerts.
type alertsView struct {
	Open   int
	Labels store.Labels
	Rows   []alertRow
	Pages  pageLinks
}

// alertRow is an alert as the page shows it.
type alertRow struct {
	Subject, Device, Organization string
	// Record, NinjaOne and Accelo are links; empty if there is none.
	Record, NinjaOne, Accelo string
	RequestID                int64
	State                    string
	// Decision says in words what was done about the alert, and why.
	Decision   string
	WorkflowID string
	// At is when the alert fired.
	At time.Time
}

// alerts shows the open alerts and those that changed last.
func (p *Pages) alerts(w http.ResponseWriter, r *http.Request, c status.Connection) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	total, err := p.store.CountAlerts(ctx, c.Connection)
	if err != nil {
		p.logReadError(r, err)
		p.renderUnavailable(w, r)
		return
	}
	pages := newPageLinks(pageNumber(r), total)
	listed, err := p.store.ListAlerts(ctx, c.Connection, pages.From, maxRows)
	if err != nil {
		p.logReadError(r, err)
		p.renderUnavailable(w, r)
		return
	}
	p.renderTab(w, r, c, alertsTab, "alerts", newAlertsView(c, listed, pages))
}

func newAlertsView(c status.Connection, listed []store.ListedAlert, pages pageLinks) alertsView {
	view := alertsView{Open: c.OpenAlerts, Labels: c.Labels, Pages: pages}
	for _, alert := range listed {
		view.Rows = append(view.Rows, newAlertRow(c, alert))
	}
	return view
}

func newAlertRow(c status.Connection, listed store.ListedAlert) alertRow {
	var alert rules.Alert
	if json.Unmarshal(listed.Event, &alert) != nil {
		alert = rules.Alert{} // another version stored it; the row still says what became of the alert
	}
	row := alertRow{
		Subject: cmp.Or(rules.CleanName(alert.Message), alert.Subject, "(no text)"), Device: alert.DeviceName, Organization: alert.OrganizationName,
		Record: recordPath(c.Connection, store.Alerts, listed.UID), NinjaOne: ninjaOneLink(c.NinjaoneURL, store.Devices, strconv.Itoa(alert.DeviceID)),
		Accelo: acceloLink(c.AcceloURL, store.Alerts, listed.RequestID), RequestID: listed.RequestID, State: alertState(listed),
		Decision: status.Decision(listed, c.Labels), WorkflowID: flow.AlertTriggeredID(c.Connection, listed.UID), At: listed.CreatedAt,
	}
	if row.Device == "" && alert.DeviceID != 0 {
		row.Device = fmt.Sprintf("device %d", alert.DeviceID)
	}
	if row.Organization == "" && alert.OrganizationID != 0 {
		row.Organization = fmt.Sprintf("organization %d", alert.OrganizationID)
	}
	if !alert.TriggeredAt.IsZero() {
		row.At = alert.TriggeredAt
	}
	return row
}

func alertState(listed store.ListedAlert) string {
	switch {
	case listed.Problem != "":
		return "Failed"
	case listed.Active:
		return "Active"
	}
	return "Reset"
}
