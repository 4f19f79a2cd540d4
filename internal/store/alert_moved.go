package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// Elsewhere is what to do with an alert whose fault has the request of another organization: its device has moved, or what told of the
// alert didn't know yet that it has.
type Elsewhere int

// By default, nothing is done until the caller has found out where the device is.
const (
	AskElsewhere Elsewhere = iota
	// JoinElsewhere uses that request.
	JoinElsewhere
	// LeaveElsewhere begins a new one; from then on repeats don't join the other.
	LeaveElsewhere
)

// moved reports whether an incident is another organization's.
func (t AlertTrigger) moved(incident Incident) bool {
	return incident.OrganizationID != t.OrganizationID && incident.OrganizationID != 0 && t.OrganizationID != 0
}

// continued joins or reopens the incident of an alert's fault. It returns no role if the alert needs a new one.
func (s *Store) continued(ctx context.Context, tx pgx.Tx, trigger AlertTrigger) (TriggerResult, error) {
	if trigger.RecurrenceKey == "" {
		return TriggerResult{}, nil
	}
	open, err := oneIncident(ctx, tx, `WHERE connection = $1 AND recurrence_key = $2 AND recurrence_key <> ''
		AND state IN ('opening', 'open') FOR UPDATE`, trigger.Connection, trigger.RecurrenceKey)
	switch {
	case err == nil && trigger.moved(open) && trigger.Elsewhere == LeaveElsewhere:
		_, err := tx.Exec(ctx, `UPDATE incidents SET recurrence_key = '' WHERE id = $1`, open.ID)
		return TriggerResult{}, err
	case err == nil && trigger.moved(open) && trigger.Elsewhere == AskElsewhere:
		return TriggerResult{Role: Moved}, nil
	case err == nil:
		return join(ctx, tx, open, trigger)
	case !errors.Is(err, ErrNotFound), trigger.ReopenWindow <= 0:
		return TriggerResult{}, ignoreNotFound(err)
	}
	again, err := oneIncident(ctx, tx, `WHERE id = (SELECT id FROM incidents WHERE connection = $1 AND recurrence_key = $2
		AND recurrence_key <> '' AND `+reopenable+` AND closed_at > $3 ORDER BY closed_at DESC LIMIT 1) FOR UPDATE`,
		trigger.Connection, trigger.RecurrenceKey, trigger.reopenAfter())
	switch {
	case err != nil, trigger.moved(again) && trigger.Elsewhere == LeaveElsewhere:
		return TriggerResult{}, ignoreNotFound(err)
	case trigger.moved(again) && trigger.Elsewhere == AskElsewhere:
		return TriggerResult{Role: Moved}, nil
	}
	return reopen(ctx, tx, again, trigger)
}

func ignoreNotFound(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
