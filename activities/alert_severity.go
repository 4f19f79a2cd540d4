package activities

import (
	"context"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// NinjaFindSeverityInput names an alert that came without a severity.
type NinjaFindSeverityInput struct {
	Connection  string    `json:"connection"`
	UID         string    `json:"uid"`
	TriggeredAt time.Time `json:"triggered_at,omitzero"`
}

// NinjaFindSeverityResult is what the activity log says. Both are empty if nobody knows.
type NinjaFindSeverityResult struct {
	Severity string        `json:"severity,omitempty"`
	Priority string        `json:"priority,omitempty"`
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// NinjaFindSeverity looks up the severity of an alert in NinjaOne's activity log. It is a local activity.
func (a *Activities) NinjaFindSeverity(ctx context.Context, in NinjaFindSeverityInput) (NinjaFindSeverityResult, error) {
	c, err := a.tenants.Ready(ctx, in.Connection)
	if err != nil {
		return NinjaFindSeverityResult{}, err
	}
	alert := rules.Alert{UID: in.UID, TriggeredAt: in.TriggeredAt}
	pending, err := a.severities.Find(ctx, c, []*rules.Alert{&alert}, 1)
	if err == nil && len(pending.UIDs) > 0 {
		err = pending.Cause // nil if the log doesn't have the alert yet: then nobody knows
	}
	return NinjaFindSeverityResult{Severity: alert.Severity, Priority: alert.Priority, APICalls: apiCalls(ctx)}, err
}
