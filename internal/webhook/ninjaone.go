package webhook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/event"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/tenant"
)

// ninjaOne handles a delivery from NinjaOne: one activity, or several in a wrapper (ninjaone.md 7.2).
func (r *Receiver) ninjaOne(ctx context.Context, d *delivery) (outcome, error) {
	secrets, err := r.secrets(ctx, d.connection)
	if err != nil {
		return unavailable, err
	}
	sent, _ := strings.CutPrefix(d.request.Header.Get(NinjaOneHeader), "Bearer ")
	if !matchesAny(sent, secrets.NinjaOne) {
		return unauthorized, errors.New("unknown connection, or wrong or missing secret in the " + NinjaOneHeader + " header")
	}
	body, result, err := d.body()
	if result != "" {
		return result, err
	}
	activities, err := ninjaone.ParseActivities(body)
	if err != nil {
		return invalid, err
	}
	slices.SortStableFunc(activities, func(a, b ninjaone.Activity) int { return cmp.Compare(a.ID, b.ID) })
	d.logAttribute("activity_id", activities[0].ID)
	d.logAttribute("activities", len(activities))

	events := slices.DeleteFunc(activities, func(a ninjaone.Activity) bool { return event.KindOf(a) == event.None })
	for _, activity := range events {
		if err := event.CheckUID(activity); err != nil {
			return invalid, err
		}
	}
	if len(events) == 0 {
		return ignored, nil
	}
	d.logAttribute("alert_uid", events[0].SeriesUID)
	ctx, cancel := context.WithTimeout(ofPair(ctx, secrets), flowsTimeout)
	defer cancel()
	for _, activity := range events {
		if err := r.startAlert(ctx, d.connection, activity, rulesOf(secrets)); err != nil {
			return unavailable, fmt.Errorf("hand activity %d to Temporal: %w", activity.ID, err)
		}
	}
	return accepted, nil
}

// rulesOf returns the options of a connection that decide which alerts open a request.
func rulesOf(secrets tenant.WebhookSecrets) flow.AlertRules {
	return flow.AlertRules{MinSeverity: string(secrets.Options.AlertMinSeverity), HoldDown: secrets.Options.AlertHoldDown}
}

func (r *Receiver) startAlert(ctx context.Context, connection string, activity ninjaone.Activity, alertRules flow.AlertRules) error {
	if rules.IsTestAlert(activity.SeriesUID) { // it passes whatever the options keep other alerts from
		alertRules = flow.AlertRules{}
	}
	if event.KindOf(activity) == event.Triggered {
		return r.flows.AlertTriggered(ctx, flow.AlertTriggeredInput{Connection: connection, Alert: event.Alert(activity), Rules: alertRules})
	}
	return r.flows.AlertReset(ctx, event.ResetOf(connection, activity))
}
