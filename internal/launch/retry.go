package launch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// Selection says which failures to retry; the zero value is all of them.
type Selection struct {
	Organization, Device int
	Alert                string
}

func (s Selection) includes(failure store.Failure) bool {
	switch {
	case s == Selection{}:
		return true
	case s.Alert != "" && failure.Kind == store.Alerts:
		return failure.NinjaID == s.Alert
	case s.Device != 0 && failure.Kind == store.Devices:
		return failure.NinjaID == strconv.Itoa(s.Device)
	}
	return s.Organization != 0 && failure.OrganizationID == s.Organization
}

// Retried is an execution that was started again.
type Retried struct {
	WorkflowID string `json:"workflow_id"`
	Kind       string `json:"kind"`
	NinjaID    string `json:"ninja_id"`
}

// Retry starts the syncs of parked failures again: an alert by itself, everything else with the import of its organization. One
// that runs already is left alone. What is parked stays parked until a sync succeeds.
func (l *Launcher) Retry(
	ctx context.Context, database *store.Store, connection string, selection Selection, settings flow.AlertRules,
) ([]Retried, error) {
	if _, err := database.Connection(ctx, connection); errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("there is no connection %q", connection)
	} else if err != nil {
		return nil, err
	}
	failures, err := database.Failures(ctx, connection)
	if err != nil {
		return nil, err
	}
	retried, organizations := []Retried{}, map[int]bool{}
	for _, failure := range failures {
		whole := failure.Kind != store.Alerts // its organization is imported, once
		if !selection.includes(failure) || whole && organizations[failure.OrganizationID] {
			continue
		}
		if whole {
			organizations[failure.OrganizationID] = true
		}
		id, err := l.again(ctx, connection, failure, settings)
		if err != nil {
			return retried, err
		}
		retried = append(retried, Retried{id, string(failure.Kind), failure.NinjaID})
	}
	return retried, nil
}

// again starts the sync of one failure, and returns the workflow's id.
func (l *Launcher) again(ctx context.Context, connection string, failure store.Failure, settings flow.AlertRules) (string, error) {
	switch {
	case failure.IsReset():
		var in flow.AlertResetInput
		if err := json.Unmarshal(failure.Event, &in); err != nil {
			return "", fmt.Errorf("stored reset of alert %s: %w", failure.NinjaID, err)
		}
		return failure.WorkflowID, l.AlertResetAgain(ctx, in)
	case failure.Kind == store.Alerts:
		var alert rules.Alert
		if err := json.Unmarshal(failure.Event, &alert); err != nil {
			return "", fmt.Errorf("stored event of alert %s: %w", failure.NinjaID, err)
		}
		in := flow.AlertTriggeredInput{Connection: connection, Alert: alert, Rules: flow.AlertRules{MinSeverity: settings.MinSeverity}}
		return flow.AlertTriggeredID(connection, alert.UID), l.AlertTriggered(ctx, in)
	}
	in := flow.ImportOrganizationInput{Connection: connection, OrganizationID: failure.OrganizationID, Name: failure.Name}
	_, err := l.ImportOrganization(ctx, in)
	var running *RunningError
	if errors.As(err, &running) {
		err = nil
	}
	return flow.ImportOrganizationID(connection, failure.OrganizationID), err
}
