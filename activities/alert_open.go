package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// noteInterval is how far apart notes about recurrences on one request are at least.
const noteInterval = 15 * time.Minute

// AcceloOpenRequestInput asks for the request of an alert.
type AcceloOpenRequestInput struct {
	Connection string      `json:"connection"`
	Alert      rules.Alert `json:"alert"`
}

// AcceloOpenRequestResult is what came of it.
type AcceloOpenRequestResult struct {
	// Outcome is opened, reopened, joined, already-reset, or organization-unknown: then nothing was done yet.
	Outcome        flow.Outcome `json:"outcome"`
	Text           string       `json:"text"`
	RequestID      int64        `json:"request_id,omitempty"`
	IncidentID     int64        `json:"incident_id,omitempty"`
	OrganizationID int          `json:"organization_id,omitempty"`
	// DeviceKnown tells that the device has been synced before.
	DeviceKnown bool `json:"device_known,omitempty"`
	// ResetMeanwhile tells that every alert of the request was reset while it was being opened.
	ResetMeanwhile bool `json:"reset_meanwhile,omitempty"`
	// Found tells that an earlier attempt had made the request: people may have worked on it before it was known to be ours.
	Found bool `json:"found,omitempty"`
	// APICalls is what it cost.
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// AcceloOpenRequest opens the request of an alert, or joins the one that is open for the same fault. It needs nothing but
// what the webhook said and what is stored; an organization that was never synced is for the workflow to see to first. An
// alert that cannot have a request is parked, and the activity fails for good.
func (a *Activities) AcceloOpenRequest(ctx context.Context, in AcceloOpenRequestInput) (AcceloOpenRequestResult, error) {
	result, err := a.openRequest(ctx, in)
	result.APICalls = apiCalls(ctx)
	if err == nil && (result.Outcome == flow.Opened || result.Outcome == flow.Reopened) {
		return result, nil // opening the incident has cleared the record
	}
	return result, a.parkAlert(ctx, in.Connection, in.Alert, err)
}

func (a *Activities) openRequest(ctx context.Context, in AcceloOpenRequestInput) (AcceloOpenRequestResult, error) {
	place, err := a.store.AlertLinks(ctx, in.Connection, in.Alert.OrganizationID, in.Alert.DeviceID)
	if err != nil {
		return AcceloOpenRequestResult{}, err
	}
	c, err := a.tenants.ReadyAt(ctx, in.Connection, place.Version)
	if err != nil {
		return AcceloOpenRequestResult{}, err
	}
	if c.Settings.RequestType.ID == 0 {
		return AcceloOpenRequestResult{}, tenant.Refusef(tenant.NotConnected,
			"Accelo has no %s type for alerts yet: make it and run `starter connect`, which starts this alert again", c.Labels().Request.Singular())
	}
	company, err := a.companyOfAlert(ctx, c, &in.Alert, place)
	if err != nil {
		return AcceloOpenRequestResult{}, err
	}
	result := AcceloOpenRequestResult{OrganizationID: in.Alert.OrganizationID, DeviceKnown: place.Device != nil}
	if company == nil {
		result.Outcome = flow.OrganizationUnknown
		return result, nil
	}
	if in.Alert.OrganizationName == "" {
		in.Alert.OrganizationName = rules.CleanName(company.Facts.Name)
	}
	alert := in.Alert
	opening := opening{connection: c, alert: alert, company: *company, device: place.Device}
	triggered, err := a.store.TriggerAlert(ctx, store.AlertTrigger{
		Connection: c.Name, UID: alert.UID, ActivityID: alert.ActivityID, OrganizationID: alert.OrganizationID, DeviceID: alert.DeviceID,
		RecurrenceKey: alert.RecurrenceKey(), ReopenWindow: a.options.ReopenWindow, NoteInterval: noteInterval,
	})
	if err != nil {
		return result, err
	}
	result.IncidentID, result.RequestID = triggered.Incident.ID, triggered.Incident.RequestID
	switch triggered.Role {
	case store.WasReset:
		result.Outcome = flow.AlreadyReset
		result.Text = fmt.Sprintf("the alert was reset before its %[1]s was opened: no %[1]s", c.Labels().Request.Singular())
		return result, nil
	case store.Joins:
		return a.joinRequest(ctx, opening, triggered, result)
	}
	return a.leadRequest(ctx, opening, triggered, result)
}

// companyOfAlert finds the link of the alert's organization; nil where it was never synced. An alert that does not tell its
// organization belongs to that of its device.
func (a *Activities) companyOfAlert(ctx context.Context, c tenant.Connection, alert *rules.Alert, place store.AlertLinks) (company *store.Link, err error) {
	company = place.Organization
	if alert.OrganizationID == 0 {
		if err := a.findOrganization(ctx, c, alert, place.Device); err != nil {
			return nil, err
		}
		if company, err = a.linkOrNil(ctx, store.KeyOf(c.Name, store.Organizations, alert.OrganizationID)); err != nil {
			return nil, err
		}
	}
	if company != nil && (company.State != store.Linked || company.AffiliationID == 0) {
		company = nil
	}
	return company, nil
}

// findOrganization fills in what a webhook without its device did not tell.
func (a *Activities) findOrganization(ctx context.Context, c tenant.Connection, alert *rules.Alert, device *store.Link) error {
	if device != nil && device.State == store.Linked && device.OrganizationID != 0 {
		device.DescribeDevice(alert)
		return nil
	}
	read, err := c.NinjaOne.Device(ctx, alert.DeviceID)
	if ninjaone.IsNotFound(err) && device != nil && device.OrganizationID != 0 {
		alert.OrganizationID = device.OrganizationID
		return nil
	}
	if ninjaone.IsNotFound(err) {
		return tenant.Refusef(tenant.Refused, "device %d no longer exists in NinjaOne and its organization is not known: "+
			"there is no %s for its %s", alert.DeviceID, c.Labels().Company.Singular(), c.Labels().Request.Singular())
	}
	if err != nil {
		return fmt.Errorf("read device %d: %w", alert.DeviceID, err)
	}
	record := asset.Lookups{}.Record(read)
	alert.OrganizationID, alert.NodeClass, alert.DeviceName = record.OrganizationID, record.NodeClass, record.Title()
	return nil
}

func (a *Activities) linkOrNil(ctx context.Context, key store.Key) (*store.Link, error) {
	link, err := a.store.Link(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &link, nil
}

// parkAlert records an alert that cannot have a request, so that `status` shows it and `retry` starts it again, and clears the record
// of one that has. Where a right is missing the alert is tried all the same, so that it needs nobody once that is given. It is also
// the translator's last stop.
func (a *Activities) parkAlert(ctx context.Context, connection string, alert rules.Alert, cause error) error {
	switch {
	case cause == nil:
		return a.store.ClearFailures(ctx, connection, store.Alerts, alert.UID)
	case !tenant.IsRecordError(cause), ctx.Err() != nil:
		return cause
	}
	event, err := json.Marshal(alert)
	if err != nil {
		return cause
	}
	activity.GetLogger(ctx).Warn("alert parked", "alert_uid", alert.UID, "device_id", alert.DeviceID, "error", cause)
	err = a.store.RecordFailure(ctx, store.Failure{
		Connection: connection, Kind: store.Alerts, NinjaID: alert.UID, OrganizationID: alert.OrganizationID,
		Name: alert.RequestTitle(), WorkflowID: activity.GetInfo(ctx).WorkflowExecution.ID, Error: cause.Error(),
		EventType: store.TriggeredEvent, Event: event,
	})
	if err != nil { // an alert is never lost silently: the activity goes on until it is at least parked
		return fmt.Errorf("alert %s, device %s: %w", alert.UID, strconv.Itoa(alert.DeviceID), err)
	}
	return cause
}
