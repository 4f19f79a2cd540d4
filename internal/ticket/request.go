package ticket

import (
	"context"
	"fmt"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// newRequest is an alert with everything that its request needs. The device is nil if it was never synced.
type newRequest struct {
	connection   tenant.Connection
	alert        rules.Alert
	organization store.Link
	device       *store.Link
}

// lead opens the incident's request, or reopens it if the fault came back soon.
func (s *Service) lead(ctx context.Context, r newRequest, incident store.Incident, triggered store.TriggerResult, opened Opened) (Opened, error) {
	opened.Outcome = flow.Opened
	if incident.RequestID != 0 && incident.State == store.IncidentOpening {
		var err error
		if incident, err = s.reopen(ctx, r, incident); err != nil {
			return opened, err
		}
		if incident.RequestID != 0 {
			opened.Outcome = flow.Reopened
		}
	}
	opened.IncidentID, opened.RequestID = incident.ID, incident.RequestID
	var active bool
	var err error
	if incident.RequestID == 0 {
		triggered.Incident = incident
		opened.RequestID, active, err = s.store.OpenRequest(ctx, triggered, s.creation(r, incident.CreatedAt, &opened.Found))
	} else {
		opened.Found = incident.State != store.IncidentOpening
		active, err = s.store.MarkIncidentOpen(ctx, incident.ID, opened.RequestID)
	}
	opened.ResetMeanwhile = !active && (incident.State == store.IncidentOpening || incident.State == store.IncidentOpen)
	opened.Text = fmt.Sprintf("%s %d %s", r.connection.Labels().Request.SingularTitle, opened.RequestID, opened.Outcome)
	return opened, err
}

// creation returns the creation of an alert's request, of which no earlier attempt was made before since. It sets found if an earlier
// attempt created it.
func (s *Service) creation(r newRequest, since time.Time, found *bool) store.Creation {
	linkTo := func(id accelo.ID) *store.Link {
		now := time.Now()
		return &store.Link{
			OrganizationID: r.alert.OrganizationID, AcceloID: int64(id), CompanyID: r.organization.AcceloID,
			AffiliationID: r.organization.Contact(), WrittenAt: &now, Outcome: rules.Created,
		}
	}
	return store.Creation{
		Key:            store.Key{Connection: r.connection.Name, Kind: store.Alerts, NinjaID: r.alert.UID},
		OrganizationID: r.alert.OrganizationID, Classify: tenant.CreateOutcome,
		Find: func(ctx context.Context, doubt *store.Doubtful) (*store.Link, error) {
			if doubt == nil {
				return nil, nil
			}
			id, err := search(ctx, r, since)
			if err != nil || id == 0 {
				return nil, err
			}
			*found = true
			return linkTo(id), nil
		},
		Create: func(ctx context.Context, deadline time.Time) (*store.Link, error) {
			if err := s.store.RequireSync(ctx, r.connection.Name, r.organization.OrganizationID); err != nil {
				return nil, err
			}
			id, err := s.create(accelo.WithDeadlineGuard(ctx, deadline), &r)
			if err != nil {
				return nil, err
			}
			return linkTo(id), nil
		},
	}
}

// create creates the request. It updates the organization's link if the company was merged or its contact replaced.
func (s *Service) create(ctx context.Context, r *newRequest) (accelo.ID, error) {
	c, alert := r.connection, r.alert
	request, err := company.CreateIn(ctx, s.companies, c, &r.organization, func(company store.Link) (accelo.Request, error) {
		return c.Accelo.CreateRequest(ctx, accelo.NewRequest{
			Title:  alert.RequestTitle(),
			Body:   alert.RequestBody(ninjaone.DevicePageURL(c.NinjaoneURL, alert.DeviceID), s.remoteControl(*r)),
			TypeID: accelo.ID(c.Settings.RequestType.ID), AffiliationID: accelo.ID(company.Contact()),
			PriorityID: accelo.ID(c.Settings.Priorities[alert.PriorityFactor()]),
		})
	})
	if err != nil {
		return 0, fmt.Errorf("open the %s of alert %s: %w", c.Labels().Request.Singular(), alert.UID, err)
	}
	return request.ID, nil
}

// search looks for the request of an earlier create whose reply was lost, by the alert's mark in its body. Nothing else narrows it down
// but the time of creation: technicians change a request's type, contact, title and standing within seconds. Accelo's own search covers
// titles only (accelo.md 13).
func search(ctx context.Context, r newRequest, since time.Time) (accelo.ID, error) {
	query := accelo.RequestQuery{CreatedAfter: since.Add(-tenant.MaxClockSkew)}
	for page, err := range r.connection.Accelo.Requests(ctx, query) {
		if err != nil {
			return 0, fmt.Errorf("search for the %s of alert %s: %w", r.connection.Labels().Request.Singular(), r.alert.UID, err)
		}
		for _, request := range page {
			if rules.HasAlertMark(request.Body, r.alert.UID) {
				return request.ID, nil
			}
		}
	}
	return 0, nil
}

// remoteControl returns the remote control link as far as it is known without a call: the one last written to the asset, or the
// device's page if TeamViewer is enabled for its organization and class.
func (s *Service) remoteControl(r newRequest) string {
	if r.device != nil {
		if link := r.device.Baseline[rules.RemoteControlField].Ninja; link != "" {
			return link
		}
	}
	if r.connection.Options.RemoteControl.Dashboard() && r.organization.Facts.TeamViewer.Covers(r.alert.NodeClass) {
		return ninjaone.DevicePageURL(r.connection.NinjaoneURL, r.alert.DeviceID)
	}
	return ""
}
