package ticket

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

// maxSearchAge is how far back we search for a request if its alert doesn't say when it fired.
const maxSearchAge = 30 * 24 * time.Hour

// newRequest is an alert with everything that its request needs. The device is nil if it was never synced.
type newRequest struct {
	connection   tenant.Connection
	alert        rules.Alert
	organization store.Link
	device       *store.Link
}

// join counts a repeat alert and, once in a while, notes it on the request.
func (s *Service) join(ctx context.Context, r newRequest, triggered store.TriggerResult, opened Opened) (Opened, error) {
	opened.Outcome = flow.Joined
	word, count := r.connection.Labels().Request.Singular(), triggered.Incident.Joined+1
	if opened.RequestID == 0 {
		opened.Text = fmt.Sprintf("Repeat alert: the %s is still being opened", word)
		return opened, nil
	}
	opened.Text = fmt.Sprintf("Repeat alert: added to %s %d (%s)", word, opened.RequestID, rules.Count(count, "occurrence"))
	if !triggered.Note {
		return opened, nil
	}
	return opened, note.Once(ctx, s.store, r.connection, "recurrence "+r.alert.UID, accelo.Note{
		AgainstType: note.Request, AgainstID: accelo.ID(opened.RequestID),
		Subject: fmt.Sprintf("Repeat alert (%s)", rules.Count(count, "occurrence")),
		Body:    r.alert.RequestBody("", ""),
	})
}

// lead opens the incident's request, or reopens it if the fault came back soon.
func (s *Service) lead(ctx context.Context, r newRequest, triggered store.TriggerResult, opened Opened) (Opened, error) {
	opened.Outcome = flow.Opened
	incident := triggered.Incident
	var active bool
	var err error
	if incident.RequestID == 0 {
		opened.RequestID, active, err = s.store.OpenRequest(ctx, triggered, s.creation(r, &opened.Found))
	} else {
		opened.Found = incident.State != store.IncidentOpening
		if incident.State == store.IncidentOpening {
			opened.Outcome = flow.Reopened
			if err := s.reopen(ctx, r.connection, incident); err != nil {
				return opened, err
			}
		}
		active, err = s.store.MarkIncidentOpen(ctx, incident.ID, opened.RequestID)
	}
	opened.ResetMeanwhile = !active && (incident.State == store.IncidentOpening || incident.State == store.IncidentOpen)
	opened.Text = fmt.Sprintf("%s %d %s", r.connection.Labels().Request.SingularTitle, opened.RequestID, opened.Outcome)
	return opened, err
}

func (s *Service) reopen(ctx context.Context, c tenant.Connection, incident store.Incident) error {
	if err := s.store.ExpectEcho(ctx, incident.ID, time.Now().Add(echoWindow)); err != nil {
		return err
	}
	change := accelo.RequestChange{Standing: accelo.StandingOpen}
	guarded := accelo.WithDeadlineGuard(ctx, time.Now().Add(maxReadAge))
	if _, err := c.Accelo.UpdateRequest(guarded, accelo.ID(incident.RequestID), change); err != nil {
		return fmt.Errorf("reopen %s %d: %w", c.Labels().Request.Singular(), incident.RequestID, err)
	}
	return nil
}

// creation returns the creation of an alert's request. It sets found if an earlier attempt created it.
func (s *Service) creation(r newRequest, found *bool) store.Creation {
	linkTo := func(id accelo.ID) *store.Link {
		now := time.Now()
		return &store.Link{
			OrganizationID: r.alert.OrganizationID, AcceloID: int64(id), CompanyID: r.organization.AcceloID,
			AffiliationID: r.organization.AffiliationID, WrittenAt: &now, Outcome: rules.Created,
		}
	}
	return store.Creation{
		Key:            store.Key{Connection: r.connection.Name, Kind: store.Alerts, NinjaID: r.alert.UID},
		OrganizationID: r.alert.OrganizationID, Classify: tenant.CreateOutcome,
		Find: func(ctx context.Context, doubt bool) (*store.Link, error) {
			if !doubt {
				return nil, nil
			}
			id, err := search(ctx, r)
			if err != nil || id == 0 {
				return nil, err
			}
			*found = true
			return linkTo(id), nil
		},
		Create: func(ctx context.Context, deadline time.Time) (*store.Link, error) {
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
			TypeID: accelo.ID(c.Settings.RequestType.ID), AffiliationID: accelo.ID(company.AffiliationID),
			PriorityID: accelo.ID(c.Settings.Priorities[alert.PriorityFactor()]),
		})
	})
	if err != nil {
		return 0, fmt.Errorf("open the %s of alert %s: %w", c.Labels().Request.Singular(), alert.UID, err)
	}
	return request.ID, nil
}

// search looks for the request of an earlier create whose reply was lost, by the alert's mark in its body. Accelo's own search covers
// titles only (accelo.md 13).
func search(ctx context.Context, r newRequest) (accelo.ID, error) {
	since := r.alert.TriggeredAt
	if since.IsZero() {
		since = time.Now().Add(-maxSearchAge)
	}
	query := accelo.RequestQuery{
		TypeID:         accelo.ID(r.connection.Settings.RequestType.ID),
		AffiliationIDs: []accelo.ID{accelo.ID(r.organization.AffiliationID)},
		ModifiedAfter:  since.Add(-time.Hour), // clocks differ
	}
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
	if s.options.RemoteControl.Dashboard() && r.organization.Facts.TeamViewer.Covers(r.alert.NodeClass) {
		return ninjaone.DevicePageURL(r.connection.NinjaoneURL, r.alert.DeviceID)
	}
	return ""
}
