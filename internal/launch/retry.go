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

// FailureStore is the part of the store that Retry reads.
type FailureStore interface {
	Connection(ctx context.Context, name string) (store.Connection, error)
	Failures(ctx context.Context, connection string) ([]store.Failure, error)
}

// Selection selects the failures to retry. The zero value selects all.
type Selection struct {
	Organization, Device int
	Alert                string
}

func (s Selection) includes(failure store.Failure) bool {
	switch {
	case failure.NinjaID == store.Unreadable: // the next import reads the lists again
		return false
	case s == Selection{}:
		return true
	case s.Alert != "" && failure.Kind == store.Alerts:
		return failure.NinjaID == s.Alert
	case s.Device != 0 && failure.Kind == store.Devices:
		return failure.NinjaID == strconv.Itoa(s.Device)
	}
	return s.Organization != 0 && failure.OrganizationID == s.Organization
}

// Retry starts the syncs of failed records again. An alert has its own workflow; any other record is synced by its organization's
// import, which is started once. A workflow that is already running is left alone. A failure stays recorded until a sync succeeds.
// Retry returns the failures it retried, each with the id of the workflow that does.
func (l *Launcher) Retry(
	ctx context.Context, failureStore FailureStore, connection string, selection Selection,
) ([]store.Failure, error) {
	if _, err := failureStore.Connection(ctx, connection); errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("there is no connection %q", connection)
	} else if err != nil {
		return nil, err
	}
	failures, err := failureStore.Failures(ctx, connection)
	if err != nil {
		return nil, err
	}
	retried, organizations := []store.Failure{}, map[int]bool{}
	for _, failure := range failures {
		if !selection.includes(failure) {
			continue
		}
		if failure.Kind != store.Alerts {
			if organizations[failure.OrganizationID] {
				continue
			}
			organizations[failure.OrganizationID] = true
		}
		if failure.WorkflowID, err = l.retry(ctx, connection, failure); err != nil {
			return retried, err
		}
		retried = append(retried, failure)
	}
	return retried, nil
}

// retry starts the sync of one failure again and returns the workflow's id. The severity and hold-down of a failed alert were decided
// before, so it starts without rules.
func (l *Launcher) retry(ctx context.Context, connection string, failure store.Failure) (string, error) {
	switch {
	case failure.EventType == store.ResetEvent:
		var in flow.AlertResetInput
		if err := json.Unmarshal(failure.Event, &in); err != nil {
			return "", fmt.Errorf("stored reset of alert %s: %w", failure.NinjaID, err)
		}
		return in.Execution().ID, l.RetryAlertReset(ctx, in)
	case failure.Kind == store.Alerts:
		var alert rules.Alert
		if err := json.Unmarshal(failure.Event, &alert); err != nil {
			return "", fmt.Errorf("stored event of alert %s: %w", failure.NinjaID, err)
		}
		in := flow.AlertTriggeredInput{Connection: connection, Alert: alert}
		return in.Execution().ID, l.AlertTriggered(ctx, in)
	}
	in := flow.ImportOrganizationInput{Connection: connection, OrganizationID: failure.OrganizationID}
	if failure.Kind == store.Organizations {
		in.Name = failure.Name
	}
	_, err := l.ImportOrganization(ctx, in)
	return in.Execution().ID, ignoreRunning(err)
}
