package launch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"ninjaone-accelo/internal/flow"
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
	ctx context.Context, database *store.Store, connection string, selection Selection, rules flow.AlertRules,
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
		if !selection.includes(failure) {
			continue
		}
		if failure.IsReset() {
			var in flow.AlertResetInput
			if err := json.Unmarshal(failure.Event, &in); err != nil {
				return retried, fmt.Errorf("stored reset of alert %s: %w", failure.NinjaID, err)
			}
			if err := l.AlertResetAgain(ctx, in); err != nil {
				return retried, err
			}
			retried = append(retried, Retried{failure.WorkflowID, string(failure.Kind), failure.NinjaID})
			continue
		}
		if failure.Kind == store.Alerts {
			var alert flow.Alert
			if err := json.Unmarshal(failure.Event, &alert); err != nil {
				return retried, fmt.Errorf("stored event of alert %s: %w", failure.NinjaID, err)
			}
			in := flow.AlertTriggeredInput{Connection: connection, Alert: alert, Rules: flow.AlertRules{MinSeverity: rules.MinSeverity}}
			if err := l.AlertTriggered(ctx, in); err != nil {
				return retried, err
			}
			retried = append(retried, Retried{flow.AlertTriggeredID(connection, alert.UID), string(failure.Kind), failure.NinjaID})
			continue
		}
		if organizations[failure.OrganizationID] {
			continue
		}
		organizations[failure.OrganizationID] = true
		in := flow.ImportOrganizationInput{Connection: connection, OrganizationID: failure.OrganizationID, Name: failure.Name}
		var running *RunningError
		if _, err := l.ImportOrganization(ctx, in); err != nil && !errors.As(err, &running) {
			return retried, err
		}
		retried = append(retried, Retried{flow.ImportOrganizationID(connection, failure.OrganizationID), string(failure.Kind), failure.NinjaID})
	}
	return retried, nil
}
