package ticket

import (
	"context"
	"encoding/json"
	"fmt"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// hold records an alert of an organization that users have switched off. Nothing is opened for it; once the organization is on again, an
// alert that is still active counts as missed.
func (s *Service) hold(ctx context.Context, connection string, alert rules.Alert) (Opened, error) {
	event, err := json.Marshal(alert)
	if err != nil {
		return Opened{}, fmt.Errorf("encode alert %s: %w", alert.UID, err)
	}
	active, err := s.store.HoldAlert(ctx, connection, alert.UID, alert.ActivityID, alert.OrganizationID, event)
	if err != nil {
		return Opened{}, err
	}
	opened := Opened{
		Outcome: flow.SwitchedOff, OrganizationID: alert.OrganizationID,
		Text: fmt.Sprintf("The sync of organization %d is switched off, so nothing was opened", alert.OrganizationID),
	}
	if !active {
		opened.Outcome, opened.Text = flow.AlreadyReset, "The alert was reset already, and its organization is switched off"
	}
	return opened, nil
}
