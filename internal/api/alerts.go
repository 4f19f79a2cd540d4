package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

func (a *API) registerAlerts() {
	register(a, operation(http.MethodGet, "/api/v1/connections/{name}/alerts", "List alerts with what became of them", "Alerts", 0), a.alerts)
}

// alert is an alert with the decision about it.
type alert struct {
	UID            string `json:"uid"`
	State          string `json:"state" enum:"active,reset"`
	DeviceID       int    `json:"device_id"`
	Device         string `json:"device"`
	OrganizationID int    `json:"organization_id"`
	Organization   string `json:"organization"`
	Subject        string `json:"subject"`
	Severity       string `json:"severity"`
	RequestID      int64  `json:"request_id"`
	// Request is the state of its request; empty if it has none.
	Request  string `json:"request" doc:"opening, open, closed, converted, or empty."`
	Decision string `json:"decision" doc:"What was done about it and why, in words."`
	Problem  string `json:"problem" doc:"Why its sync failed; empty if it did not."`

	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func (a *API) alerts(ctx context.Context, _ operate.Actor, in *struct {
	ConnectionPath
	Page
	State string `query:"state" enum:"active,reset" doc:"Only alerts that are active, or that were reset."`
},
) (*response[list[alert]], error) {
	ctx, err := a.bind(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	offset, err := numberIn("alerts", in.Cursor)
	if err != nil {
		return nil, err
	}
	connection, err := a.store.Connection(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	listed, err := a.store.AlertsInState(ctx, in.Name, in.State, int(offset), in.Limit+1)
	if err != nil {
		return nil, err
	}
	items := make([]alert, len(listed))
	for i, one := range listed {
		items[i] = newAlert(one, connection.Settings.Labels())
	}
	return pageOf("alerts", items, offset, in.Limit), nil
}

func newAlert(listed store.ListedAlert, labels store.Labels) alert {
	var event rules.Alert
	if json.Unmarshal(listed.Event, &event) != nil {
		event = rules.Alert{} // another version stored it
	}
	state := "reset"
	if listed.Active {
		state = "active"
	}
	return alert{
		UID: listed.UID, State: state, DeviceID: event.DeviceID, Device: event.DeviceName, OrganizationID: event.OrganizationID,
		Organization: event.OrganizationName, Subject: event.Subject, Severity: event.Severity, RequestID: listed.RequestID,
		Request: string(listed.IncidentState), Decision: status.Decision(listed, labels), Problem: listed.Problem,
		CreatedAt: listed.CreatedAt, UpdatedAt: listed.UpdatedAt,
	}
}
