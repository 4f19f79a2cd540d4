package ticket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Opened is the outcome of Open.
type Opened struct {
	// Outcome is opened, reopened, joined, already-reset, switched-off, or organization-unknown: then nothing was done yet.
	Outcome        flow.Outcome
	Text           string
	RequestID      int64
	IncidentID     int64
	OrganizationID int
	// DeviceKnown means that the device was synced before.
	DeviceKnown bool
	// ResetMeanwhile means that every alert of the request was reset while it was being opened.
	ResetMeanwhile bool
	// Found means that an earlier attempt created the request: technicians may have worked on it before we knew that it is ours.
	Found bool
}

// Open opens the request of an alert, or joins the one that is open for the same fault. It needs only the alert and stored links;
// if the organization was never synced, the caller has to do that first. An alert that can't have a request is recorded as failed.
func (s *Service) Open(ctx context.Context, connection string, alert rules.Alert) (Opened, error) {
	opened, err := s.open(ctx, connection, &alert)
	if errors.Is(err, store.ErrSwitchedOff) {
		opened, err = s.hold(ctx, connection, alert)
	}
	if err == nil && (opened.Outcome == flow.Opened || opened.Outcome == flow.Reopened) {
		return opened, nil // the transaction that opened the incident cleared the failure
	}
	return opened, s.recordFailure(ctx, connection, alert, err)
}

// open is Open without the record of a failure. It completes the alert with its organization, and returns store.ErrSwitchedOff if that is
// switched off.
func (s *Service) open(ctx context.Context, connection string, of *rules.Alert) (Opened, error) {
	alert := *of
	links, err := s.store.AlertLinks(ctx, connection, alert.OrganizationID, alert.DeviceID)
	if err != nil {
		return Opened{}, err
	}
	c, err := s.tenants.ReadyAt(ctx, connection, links.Version)
	if err != nil {
		return Opened{}, err
	}
	if alert.OrganizationID != 0 && !links.Choice.Sync {
		return Opened{}, store.ErrSwitchedOff
	}
	if c.Settings.RequestType.ID == 0 {
		return Opened{}, tenant.Refusef(tenant.NotConnected,
			"Accelo has no %s type for alerts yet: create it, then run `%s`, which retries this alert", c.Labels().Request.Singular(),
			c.Command("connect"))
	}
	// A live alert that joined an imported one would wait with it: what has no budget is not begun.
	waits := c.Accelo.AdmitsBulk(ctx)
	if !known(links.Organization) || waits != nil { // what follows takes several calls, and the log may have been read past the alert by then
		if active, err := s.owe(ctx, alert, connection); err != nil || !active {
			return Opened{Outcome: flow.AlreadyReset, Text: "The alert was reset before its organization was synced; nothing is needed"}, err
		}
	}
	if waits != nil {
		return Opened{}, waits
	}
	organization, err := s.organizationOf(ctx, c, of, links)
	if err != nil {
		return Opened{}, err
	}
	alert = *of
	opened := Opened{OrganizationID: alert.OrganizationID, DeviceKnown: links.Device != nil}
	if organization == nil {
		opened.Outcome = flow.OrganizationUnknown
		return opened, nil
	}
	if alert.OrganizationName == "" {
		alert.OrganizationName = rules.CleanName(organization.Facts.Name)
	}
	triggered, movedTo, err := s.trigger(ctx, c, alert)
	if err != nil {
		return opened, err
	}
	if movedTo != 0 { // what told of the alert didn't know that yet
		alert.OrganizationID, alert.OrganizationName = movedTo, ""
		*of = alert
		return s.open(ctx, connection, of)
	}
	opened.IncidentID, opened.RequestID = triggered.Incident.ID, triggered.Incident.RequestID
	request := newRequest{connection: c, alert: alert, organization: *organization, device: links.Device}
	switch triggered.Role {
	case store.WasReset:
		opened.Outcome = flow.AlreadyReset
		opened.Text = fmt.Sprintf("The alert was reset before its %[1]s was opened; no %[1]s is needed", c.Labels().Request.Singular())
		return opened, nil
	case store.Joins:
		if len(triggered.Stalled) == 0 {
			return s.join(ctx, request, triggered, opened)
		}
		// The leader's workflow is gone. What it began must be finished as it began it: its alert is what an earlier attempt may have
		// created a request for.
		if err := json.Unmarshal(triggered.Stalled, &request.alert); err != nil {
			return opened, fmt.Errorf("stored event of alert %s: %w", triggered.Incident.LeaderUID, err)
		}
		request.alert.UID = triggered.Incident.LeaderUID
	}
	return s.lead(ctx, request, triggered.Incident, triggered, opened)
}

// trigger records that an alert fired. If the request of its fault is another organization's, NinjaOne says where the device is now: one
// customer's alerts don't belong in another one's request. MovedTo is not 0 if the alert names another organization than that.
func (s *Service) trigger(
	ctx context.Context, c tenant.Connection, alert rules.Alert,
) (triggered store.TriggerResult, movedTo int, err error) {
	event, err := json.Marshal(alert)
	if err != nil {
		return triggered, 0, fmt.Errorf("encode alert %s: %w", alert.UID, err)
	}
	trigger := store.AlertTrigger{
		Connection: c.Name, UID: alert.UID, ActivityID: alert.ActivityID, OrganizationID: alert.OrganizationID, DeviceID: alert.DeviceID,
		RecurrenceKey: alert.RecurrenceKey(), ReopenWindow: c.Options.AlertReopenWindow, NoteInterval: rules.RepeatNoteInterval,
		Event: event,
	}
	triggered, err = s.store.TriggerAlert(ctx, trigger)
	if err != nil || triggered.Role != store.Moved {
		return triggered, 0, err
	}
	device, err := c.NinjaOne.Device(ctx, alert.DeviceID)
	switch {
	case ninjaone.IsNotFound(err), err == nil && device.OrganizationID == 0:
		trigger.Elsewhere = store.JoinElsewhere
	case err != nil:
		return triggered, 0, fmt.Errorf("read device %d: %w", alert.DeviceID, err)
	case device.OrganizationID != alert.OrganizationID:
		return triggered, device.OrganizationID, nil
	default:
		trigger.Elsewhere = store.LeaveElsewhere
	}
	triggered, err = s.store.TriggerAlert(ctx, trigger)
	return triggered, 0, err
}

// organizationOf returns the link of the alert's organization, nil if it was never synced. An alert that doesn't name its
// organization belongs to that of its device.
func (s *Service) organizationOf(ctx context.Context, c tenant.Connection, alert *rules.Alert, links store.AlertLinks) (*store.Link, error) {
	organization := links.Organization
	if alert.OrganizationID == 0 {
		var err error
		if err = s.describe(ctx, c, alert, links.Device); err != nil {
			return nil, err
		}
		if err = s.store.RequireSync(ctx, c.Name, alert.OrganizationID); err != nil {
			return nil, err
		}
		if organization, err = s.linked(ctx, store.KeyOf(c.Name, store.Organizations, alert.OrganizationID)); err != nil {
			return nil, err
		}
	}
	if !known(organization) {
		organization = nil
	}
	return organization, nil
}

// known reports whether an organization was synced.
func known(organization *store.Link) bool {
	return organization != nil && organization.State == store.Linked && organization.Contact() != 0
}

// owe records an alert whose organization has to be synced first, so that a reconciliation opens its request if this workflow is lost. It
// reports whether the alert is still active.
func (s *Service) owe(ctx context.Context, alert rules.Alert, connection string) (active bool, err error) {
	event, err := json.Marshal(alert)
	if err != nil {
		return false, fmt.Errorf("encode alert %s: %w", alert.UID, err)
	}
	return s.store.OweAlert(ctx, connection, alert.UID, alert.ActivityID, event)
}

// describe adds what a webhook without its device didn't say.
func (s *Service) describe(ctx context.Context, c tenant.Connection, alert *rules.Alert, device *store.Link) error {
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
		return tenant.Refusef(tenant.Refused, "device %d no longer exists in NinjaOne and its organization is unknown, so its %s has no %s",
			alert.DeviceID, c.Labels().Request.Singular(), c.Labels().Company.Singular())
	}
	if err != nil {
		return fmt.Errorf("read device %d: %w", alert.DeviceID, err)
	}
	record := asset.Lookups{}.Record(read)
	alert.OrganizationID, alert.NodeClass, alert.DeviceName = record.OrganizationID, record.NodeClass, record.Title()
	return nil
}

// recordFailure records an alert that can't have a request, so that status shows it and retry starts it again. If cause is nil, it
// clears an earlier record. If a permission is missing, the alert is also retried by Temporal, so that it needs no help once that is
// granted.
func (s *Service) recordFailure(ctx context.Context, connection string, alert rules.Alert, cause error) error {
	switch {
	case cause == nil:
		return s.store.ClearFailures(ctx, connection, store.Alerts, alert.UID)
	case !tenant.IsRecordError(cause), ctx.Err() != nil:
		return cause
	}
	event, err := json.Marshal(alert)
	if err != nil {
		return cause
	}
	tenant.LoggerFrom(ctx).Warn("alert failed", "alert_uid", alert.UID, "device_id", alert.DeviceID, "error", cause)
	err = s.store.RecordFailure(ctx, store.Failure{
		Connection: connection, Kind: store.Alerts, NinjaID: alert.UID, OrganizationID: alert.OrganizationID,
		Name: alert.RequestTitle(), WorkflowID: flow.AlertTriggeredID(connection, alert.UID), Error: cause.Error(),
		EventType: store.TriggeredEvent, Event: event,
	})
	if err != nil { // retried until it is at least recorded, so that no alert is lost silently
		return fmt.Errorf("record that alert %s of device %d failed: %w", alert.UID, alert.DeviceID, err)
	}
	return cause
}
