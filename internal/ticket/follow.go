package ticket

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Change says that the status of a request may have changed.
type Change struct {
	RequestID int64
	// Count is how many changes were reported since the last read.
	Count int
	// Compared means that a comparison saw a change that isn't the echo of our own.
	Compared bool
}

// Followed is what a technician did with a request, and what follows from it.
type Followed struct {
	// Outcome is not-ours, echo, closed, converted, reopened or unchanged.
	Outcome flow.Outcome
	Text    string
	// Reset are the alerts to reset now, because of what the request was at ReadAt: at most maxResets. More means that there are others.
	Reset  []string
	More   bool
	ReadAt time.Time
	// AlertUID, DeviceID and OrganizationID say what a request of ours was opened for.
	AlertUID       string
	DeviceID       int
	OrganizationID int
}

// maxResets bounds what one read of a request hands to a workflow.
const maxResets = 500

// Follow reads a request of ours and tells closed, converted and reopened apart. A request that isn't ours, and the echo of our own
// close, cost no call.
func (s *Service) Follow(ctx context.Context, connection string, change Change) (Followed, error) {
	incident, err := s.store.IncidentByRequest(ctx, connection, change.RequestID)
	if errors.Is(err, store.ErrNotFound) {
		word := s.tenants.Labels(ctx, connection).Request.Singular()
		return Followed{Outcome: flow.NotOurs, Text: fmt.Sprintf("This %s wasn't opened for an alert", word)}, nil
	}
	if err != nil {
		return Followed{}, err
	}
	followed, err := s.followIncident(ctx, connection, change, incident)
	if err == nil && incident.FollowOwedSince != nil {
		err = s.store.SettleFollow(ctx, incident.ID)
	}
	followed.AlertUID, followed.DeviceID, followed.OrganizationID = incident.LeaderUID, incident.DeviceID, incident.OrganizationID
	return followed, err
}

func (s *Service) followIncident(ctx context.Context, connection string, change Change, incident store.Incident) (Followed, error) {
	echo, err := s.store.ConsumeEcho(ctx, incident.ID)
	if err != nil {
		return Followed{}, err
	}
	if echo && change.Count < 2 && !change.Compared { // of several changes, at most one is the echo
		word := s.tenants.Labels(ctx, connection).Request.Singular()
		return Followed{Outcome: flow.Echo, Text: fmt.Sprintf("We closed the %s ourselves because its alert was reset", word)}, nil
	}
	c, err := s.tenants.Ready(ctx, connection)
	if err != nil {
		return Followed{}, err
	}
	readAt := time.Now()
	request, exists, err := s.read(ctx, c, incident)
	if err != nil {
		return Followed{}, err
	}
	followed, err := s.followStanding(ctx, c, change, incident, request, exists)
	followed.ReadAt = readAt
	if len(followed.Reset) > maxResets {
		followed.Reset, followed.More = followed.Reset[:maxResets], true
	}
	if err == nil && incident.AssetOwed && incident.State == store.IncidentClosed {
		err = s.attachLate(ctx, c, incident, exists)
	}
	return followed, err
}

func (s *Service) followStanding(
	ctx context.Context, c tenant.Connection, change Change, incident store.Incident, request accelo.Request, exists bool,
) (Followed, error) {
	labels := c.Labels().Request
	if !exists && incident.State == store.IncidentClosed && incident.Cause == store.ByUser { // closed first, and deleted later
		return s.closedByUser(ctx, c, incident)
	}
	if !exists { // hidden from our API user, or deleted: neither is a reason to reset its alerts
		return Followed{
			Outcome: flow.Unchanged, Text: fmt.Sprintf("%s %d can't be found in Accelo; its alerts stay as they are", labels.SingularTitle, change.RequestID),
		}, nil
	}
	switch request.Standing {
	case accelo.StandingClosed:
		return s.closedByUser(ctx, c, incident)
	case accelo.StandingConverted:
		return s.converted(ctx, c, incident, request)
	}
	if incident.State == store.IncidentConverted || incident.State == store.IncidentClosed && incident.ClosedAt != nil { // not just being closed by us
		return Followed{
			Outcome: flow.Reopened, Text: fmt.Sprintf("%s %d was reopened; its alert stays reset", labels.SingularTitle, incident.RequestID),
		}, s.store.ReopenIncident(ctx, incident.ID)
	}
	return Followed{
		Outcome: flow.Unchanged, Text: fmt.Sprintf("%s %d is still %s", labels.SingularTitle, incident.RequestID, request.Standing),
	}, nil
}

func (s *Service) closedByUser(ctx context.Context, c tenant.Connection, incident store.Incident) (Followed, error) {
	title := c.Labels().Request.SingularTitle
	if incident.State != store.IncidentClosed { // first, so that no further alert joins it
		if err := s.store.CloseIncident(ctx, incident.ID, store.ByUser); err != nil {
			return Followed{}, err
		}
	}
	alerts, err := s.store.ActiveAlertUIDs(ctx, incident.ID)
	if err != nil {
		return Followed{}, err
	}
	if incident.State == store.IncidentClosed && len(alerts) == 0 {
		return Followed{Outcome: flow.Unchanged, Text: fmt.Sprintf("%s %d is still closed", title, incident.RequestID)}, nil
	}
	return Followed{
		Outcome: flow.Closed, Reset: alerts,
		Text: fmt.Sprintf("%s %d was closed in Accelo; resetting %s", title, incident.RequestID, rules.Count(len(alerts), "alert")),
	}, nil
}

// converted links the asset to the ticket, project or sale that the request became.
func (s *Service) converted(ctx context.Context, c tenant.Connection, incident store.Incident, request accelo.Request) (Followed, error) {
	became, id := request.ConversionType, int64(request.ConversionID)
	followed := Followed{
		Outcome: flow.Converted,
		Text:    fmt.Sprintf("%s %d was converted to %s %d", c.Labels().Request.SingularTitle, incident.RequestID, c.Labels().Object(became), id),
	}
	if incident.State != store.IncidentConverted || incident.ConversionID != id {
		var err error
		if incident, err = s.store.ConvertIncident(ctx, incident.ID, became, id); err != nil {
			return followed, err
		}
	}
	linked, err := s.attachToConversion(ctx, c, incident)
	if err != nil {
		return followed, err
	}
	followed.Text += linked
	if c.Options.OnConvert == rules.OnConvertKeep {
		followed.Text += "; the alert stays active because ON_CONVERT is keep"
		return followed, nil
	}
	followed.Reset, err = s.store.ActiveAlertUIDs(ctx, incident.ID)
	return followed, err
}
