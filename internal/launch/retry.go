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

// Retry restarts the syncs of failed records: an alert's own sync, or the import of the record's organization. It leaves running
// syncs alone, and a failure stays until a sync succeeds. It returns the failures that it restarted, each with the id of the
// workflow that retries it.
func (l *Launcher) Retry(
	ctx context.Context, database *store.Store, connection string, selection Selection, settings flow.AlertRules,
) ([]store.Failure, error) {
	if _, err := database.Connection(ctx, connection); errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("there is no connection %q", connection)
	} else if err != nil {
		return nil, err
	}
	failures, err := database.Failures(ctx, connection)
	if err != nil {
		return nil, err
	}
	retried, organizations := []store.Failure{}, map[int]bool{}
	for _, failure := range failures {
		byImport := failure.Kind != store.Alerts // one import per organization retries all its records
		if !selection.includes(failure) || byImport && organizations[failure.OrganizationID] {
			continue
		}
		if byImport {
			organizations[failure.OrganizationID] = true
		}
		if failure.WorkflowID, err = l.restart(ctx, connection, failure, settings); err != nil {
			return retried, err
		}
		retried = append(retried, failure)
	}
	return retried, nil
}

// restart starts the sync of one failure and returns its workflow id.
func (l *Launcher) restart(ctx context.Context, connection string, failure store.Failure, settings flow.AlertRules) (string, error) {
	switch {
	case failure.EventType == store.ResetEvent:
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
