package activities

import (
	"context"
	"errors"
	"fmt"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// AcceloFollowRequestInput tells that the status of a request may have changed.
type AcceloFollowRequestInput struct {
	Connection string `json:"connection"`
	RequestID  int64  `json:"request_id"`
	// Changes is how many changes have been told of since the last look.
	Changes int `json:"changes,omitempty"`
	// Compared tells that a comparison has seen a change that is no echo of ours.
	Compared bool `json:"compared,omitempty"`
}

// AcceloFollowRequestResult is what a person did with the request, and what follows from it.
type AcceloFollowRequestResult struct {
	// Outcome is not-ours, echo, closed, converted, reopened or unchanged.
	Outcome flow.Outcome `json:"outcome"`
	Text    string       `json:"text"`
	// Reset are the alerts to reset now.
	Reset []string `json:"reset,omitempty"`
	// AlertUID, DeviceID and OrganizationID are what a request of ours was opened for.
	AlertUID       string `json:"alert_uid,omitempty"`
	DeviceID       int    `json:"device_id,omitempty"`
	OrganizationID int    `json:"organization_id,omitempty"`
}

// AcceloFollowRequest reads a request of ours and tells closed, converted and reopened apart. A request that is not ours, and
// the echo of our own close, cost no call.
func (a *Activities) AcceloFollowRequest(ctx context.Context, in AcceloFollowRequestInput) (AcceloFollowRequestResult, error) {
	return a.followRequest(ctx, in)
}

func (a *Activities) followRequest(ctx context.Context, in AcceloFollowRequestInput) (AcceloFollowRequestResult, error) {
	incident, err := a.store.IncidentByRequest(ctx, in.Connection, in.RequestID)
	if errors.Is(err, store.ErrNotFound) {
		word := a.tenants.Labels(ctx, in.Connection).Request.Singular()
		return AcceloFollowRequestResult{Outcome: flow.NotOurs, Text: fmt.Sprintf("the %s was not opened for an alert", word)}, nil
	}
	if err != nil {
		return AcceloFollowRequestResult{}, err
	}
	result, err := a.followIncident(ctx, in, incident)
	result.AlertUID, result.DeviceID, result.OrganizationID = incident.LeaderUID, incident.DeviceID, incident.OrganizationID
	return result, err
}

// followIncident reads the request that an incident is about, unless the change was our own.
func (a *Activities) followIncident(
	ctx context.Context, in AcceloFollowRequestInput, incident store.Incident,
) (AcceloFollowRequestResult, error) {
	echo, err := a.store.ConsumeEcho(ctx, incident.ID)
	if err != nil {
		return AcceloFollowRequestResult{}, err
	}
	if echo && in.Changes < 2 && !in.Compared { // of several changes, one at most is the echo
		word := a.tenants.Labels(ctx, in.Connection).Request.Singular()
		return AcceloFollowRequestResult{Outcome: flow.Echo, Text: fmt.Sprintf("we closed the %s ourselves, because its alert was reset", word)}, nil
	}
	c, err := a.tenants.Ready(ctx, in.Connection)
	if err != nil {
		return AcceloFollowRequestResult{}, err
	}
	request, there, err := readRequest(ctx, c, in.RequestID)
	if err != nil {
		return AcceloFollowRequestResult{}, err
	}
	if !there { // hidden from our user, or deleted: neither is a reason to touch its alerts
		return AcceloFollowRequestResult{
			Outcome: flow.Unchanged, Text: fmt.Sprintf("%s %d cannot be found in Accelo: its alerts are left alone", c.Labels().Request.Singular(), in.RequestID),
		}, nil
	}
	return a.standing(ctx, c, incident, request)
}

// standing takes over where a person has put the request.
func (a *Activities) standing(ctx context.Context, c tenant.Connection, incident store.Incident, request accelo.Request) (AcceloFollowRequestResult, error) {
	switch request.Standing {
	case accelo.StandingClosed:
		return a.closedByPerson(ctx, c, incident)
	case accelo.StandingConverted:
		return a.converted(ctx, c, incident, request)
	}
	word := c.Labels().Request.Singular()
	if incident.State == store.IncidentClosed && incident.ClosedAt != nil { // else we are just closing it
		return AcceloFollowRequestResult{
			Outcome: flow.Reopened, Text: fmt.Sprintf("%s %d is open again; its alert stays reset", word, incident.RequestID),
		}, a.store.ReopenIncident(ctx, incident.ID)
	}
	return AcceloFollowRequestResult{
		Outcome: flow.Unchanged, Text: fmt.Sprintf("%s %d is %s, as before", word, incident.RequestID, request.Standing),
	}, nil
}

func (a *Activities) closedByPerson(ctx context.Context, c tenant.Connection, incident store.Incident) (AcceloFollowRequestResult, error) {
	word := c.Labels().Request.Singular()
	if incident.State != store.IncidentClosed { // first, so that no alert joins it any more
		if err := a.store.CloseIncident(ctx, incident.ID, store.ByUser); err != nil {
			return AcceloFollowRequestResult{}, err
		}
	}
	alerts, err := a.store.ActiveAlertUIDs(ctx, incident.ID)
	if err != nil {
		return AcceloFollowRequestResult{}, err
	}
	if incident.State == store.IncidentClosed && len(alerts) == 0 {
		return AcceloFollowRequestResult{Outcome: flow.Unchanged, Text: fmt.Sprintf("%s %d is closed, as before", word, incident.RequestID)}, nil
	}
	return AcceloFollowRequestResult{
		Outcome: flow.Closed, Reset: alerts,
		Text: fmt.Sprintf("%s %d was closed in Accelo: %d alerts to reset", word, incident.RequestID, len(alerts)),
	}, nil
}

// converted follows a conversion: the asset is linked to the ticket, project or sale that the request became.
func (a *Activities) converted(
	ctx context.Context, c tenant.Connection, incident store.Incident, request accelo.Request,
) (AcceloFollowRequestResult, error) {
	became, id := request.ConversionType, int64(request.ConversionID)
	result := AcceloFollowRequestResult{
		Outcome: flow.Converted,
		Text:    fmt.Sprintf("%s %d was converted to %s %d", c.Labels().Request.Singular(), incident.RequestID, c.Labels().Object(became), id),
	}
	if incident.State != store.IncidentConverted || incident.ConversionID != id {
		var err error
		if incident, err = a.store.ConvertIncident(ctx, incident.ID, became, id); err != nil {
			return result, err
		}
	}
	linked, err := a.attachToConversion(ctx, c, incident)
	if err != nil {
		return result, err
	}
	result.Text += linked
	if a.options.OnConvert == rules.OnConvertKeep {
		result.Text += "; the alert is kept, as ON_CONVERT says"
		return result, nil
	}
	result.Reset, err = a.store.ActiveAlertUIDs(ctx, incident.ID)
	return result, err
}
