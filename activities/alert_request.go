package activities

import (
	"context"
	"fmt"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/note"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// unknownAge is how far back a request is looked for whose alert does not tell when it fired.
const unknownAge = 30 * 24 * time.Hour

// opening is an alert with everything that its request needs. The device is nil where it was never synced.
type opening struct {
	connection tenant.Connection
	alert      rules.Alert
	company    store.Link
	device     *store.Link
}

// joinRequest counts a recurrence, and notes it on the request now and then.
func (a *Activities) joinRequest(
	ctx context.Context, o opening, triggered store.TriggerResult, result AcceloOpenRequestResult,
) (AcceloOpenRequestResult, error) {
	result.Outcome = flow.Joined
	word := o.connection.Labels().Request.Singular()
	result.Text = fmt.Sprintf("the same fault has its %s already (%d): counted, %d times so far", word, result.RequestID, triggered.Incident.Joined+1)
	if result.RequestID == 0 {
		result.Text = fmt.Sprintf("the same fault is having its %s opened: counted", word)
	}
	if triggered.Note && result.RequestID != 0 {
		return result, note.Once(ctx, a.store, o.connection, "recurrence "+o.alert.UID, accelo.Note{
			AgainstType: note.Request, AgainstID: accelo.ID(result.RequestID),
			Subject: fmt.Sprintf("Alert again: %d times so far", triggered.Incident.Joined+1),
			Body:    o.alert.RequestBody("", ""),
		})
	}
	return result, nil
}

// leadRequest opens the incident's request, or sets the one of a fault that came back soon open again.
func (a *Activities) leadRequest(
	ctx context.Context, o opening, triggered store.TriggerResult, result AcceloOpenRequestResult,
) (AcceloOpenRequestResult, error) {
	result.Outcome = flow.Opened
	incident := triggered.Incident
	var active bool
	var err error
	if incident.RequestID == 0 {
		creation := a.requestCreation(o)
		find := creation.Find
		creation.Find = func(ctx context.Context, doubt bool) (*store.Link, error) {
			link, err := find(ctx, doubt)
			result.Found = link != nil
			return link, err
		}
		result.RequestID, active, err = a.store.OpenRequest(ctx, triggered, creation)
	} else {
		result.Found = incident.State != store.IncidentOpening
		if incident.State == store.IncidentOpening {
			result.Outcome = flow.Reopened
			if err := a.reopenRequest(ctx, o.connection, incident); err != nil {
				return result, err
			}
		}
		active, err = a.store.MarkIncidentOpen(ctx, incident.ID, result.RequestID)
	}
	result.ResetMeanwhile = !active && (incident.State == store.IncidentOpening || incident.State == store.IncidentOpen)
	result.Text = fmt.Sprintf("%s %d %s", o.connection.Labels().Request.Singular(), result.RequestID, result.Outcome)
	return result, err
}

func (a *Activities) reopenRequest(ctx context.Context, c tenant.Connection, incident store.Incident) error {
	if err := a.store.ExpectEcho(ctx, incident.ID, time.Now().Add(echoWindow)); err != nil {
		return err
	}
	change := accelo.RequestChange{Standing: accelo.StandingOpen}
	guarded := accelo.WithDeadlineGuard(ctx, time.Now().Add(freshRead))
	if _, err := c.Accelo.UpdateRequest(guarded, accelo.ID(incident.RequestID), change); err != nil {
		return fmt.Errorf("reopen %s %d: %w", c.Labels().Request.Singular(), incident.RequestID, err)
	}
	return nil
}

func (a *Activities) requestCreation(o opening) store.Creation {
	alert, c := o.alert, o.connection
	linkTo := func(id accelo.ID) *store.Link {
		now := time.Now()
		return &store.Link{
			OrganizationID: alert.OrganizationID, AcceloID: int64(id), CompanyID: o.company.AcceloID,
			AffiliationID: o.company.AffiliationID,
			WrittenAt:     &now, Outcome: rules.Created,
		}
	}
	return store.Creation{
		Key: store.Key{Connection: c.Name, Kind: store.Alerts, NinjaID: alert.UID}, OrganizationID: alert.OrganizationID, Classify: tenant.CreateOutcome,
		Find: func(ctx context.Context, doubt bool) (*store.Link, error) {
			if !doubt {
				return nil, nil
			}
			found, err := a.findRequest(ctx, o)
			if err != nil || found == 0 {
				return nil, err
			}
			return linkTo(found), nil
		},
		Create: func(ctx context.Context, deadline time.Time) (*store.Link, error) {
			request, err := company.CreateIn(ctx, a.companies, c, &o.company, func(company store.Link) (accelo.Request, error) {
				return c.Accelo.CreateRequest(accelo.WithDeadlineGuard(ctx, deadline), accelo.NewRequest{
					Title:  alert.RequestTitle(),
					Body:   alert.RequestBody(ninjaone.DevicePageURL(c.NinjaoneURL, alert.DeviceID), a.storedRemoteControl(o)),
					TypeID: accelo.ID(c.Settings.RequestType.ID), AffiliationID: accelo.ID(company.AffiliationID),
					PriorityID: accelo.ID(c.Settings.Priorities[alert.PriorityFactor()]),
				})
			})
			if err != nil {
				return nil, fmt.Errorf("open the %s of alert %s: %w", c.Labels().Request.Singular(), alert.UID, err)
			}
			return linkTo(request.ID), nil
		},
	}
}

// findRequest looks for the request of an earlier create whose reply nobody saw, by the alert's mark in its body
// (contract accelo 13: search covers titles only).
func (a *Activities) findRequest(ctx context.Context, o opening) (accelo.ID, error) {
	alert := o.alert
	since := alert.TriggeredAt
	if since.IsZero() {
		since = time.Now().Add(-unknownAge)
	}
	query := accelo.RequestQuery{
		TypeID: accelo.ID(o.connection.Settings.RequestType.ID), AffiliationIDs: []accelo.ID{accelo.ID(o.company.AffiliationID)},
		ModifiedAfter: since.Add(-time.Hour), // clocks differ
	}
	for page, err := range o.connection.Accelo.Requests(ctx, query) {
		if err != nil {
			return 0, fmt.Errorf("look for the %s of alert %s: %w", o.connection.Labels().Request.Singular(), alert.UID, err)
		}
		for _, request := range page {
			if rules.HasAlertMark(request.Body, alert.UID) {
				return request.ID, nil
			}
		}
	}
	return 0, nil
}

// storedRemoteControl is the remote control link as far as it is known without asking: the one last written to the asset, or
// the device's page where TeamViewer is on for its organization and class.
func (a *Activities) storedRemoteControl(o opening) string {
	if o.device != nil {
		if link := o.device.Baseline[rules.RemoteControlField].Ninja; link != "" {
			return link
		}
	}
	if a.options.RemoteControl.Dashboard() && o.company.Facts.TeamViewer.Covers(o.alert.NodeClass) {
		return ninjaone.DevicePageURL(o.connection.NinjaoneURL, o.alert.DeviceID)
	}
	return ""
}
