package ticket

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/tenant"
)

// Decision is the reason to reset alerts: a request was read as closed or converted. A RequestID of 0 means that the alerts are reset
// without looking at their request.
type Decision struct {
	RequestID int64
	ReadAt    time.Time
}

// Resets says what became of alerts that should be reset.
type Resets struct {
	Reset, AlreadyReset int
	// Withdrawn means that the request is open again, so that the remaining alerts stay active.
	Withdrawn bool
}

// ResetAlerts resets alerts in NinjaOne because their request was closed or converted. It may run long after that was decided, so it
// reads the request again before it acts. What it has done is in the database, so that another attempt continues there. An alert that NinjaOne
// refuses to reset counts as reset if the list of active alerts lacks it (ninjaone.md 5.1).
func (s *Service) ResetAlerts(ctx context.Context, connection string, decision Decision, uids []string) (resets Resets, err error) {
	c, err := s.tenants.Ready(ctx, connection)
	if err != nil {
		return resets, err
	}
	known, err := s.store.ResetAlerts(ctx, connection, uids)
	if err != nil {
		return resets, err
	}
	var failed error
	for _, uid := range uids {
		if ours, done := known[uid]; done { // by an earlier attempt, or in NinjaOne meanwhile
			resets.count(ours)
			continue
		}
		if resets.Withdrawn, err = s.withdrawn(ctx, c, &decision); err != nil || resets.Withdrawn {
			return resets, err
		}
		err := s.resetAlert(ctx, c, uid, &resets)
		if err != nil && (ctx.Err() != nil || ninjaone.IsTransient(err)) {
			return resets, err
		}
		failed = cmp.Or(failed, err) // the others don't wait for it
	}
	return resets, failed
}

// count adds an alert that was reset before, by us or otherwise.
func (r *Resets) count(ours bool) {
	if ours {
		r.Reset++
	} else {
		r.AlreadyReset++
	}
}

func (s *Service) resetAlert(ctx context.Context, c tenant.Connection, uid string, resets *Resets) error {
	if rules.IsTestAlert(uid) { // NinjaOne doesn't know it
		resets.AlreadyReset++
		_, _, err := s.store.ResetAlert(ctx, c.Name, uid, 0, nil)
		return err
	}
	if err := s.store.ExpectReset(ctx, c.Name, uid); err != nil {
		return err
	}
	err := c.NinjaOne.ResetAlert(ctx, uid)
	switch {
	case err == nil:
		resets.Reset++
	case ninjaone.IsRejected(err):
		if err := requireInactive(ctx, c, uid, err); err != nil {
			return err
		}
		resets.AlreadyReset++
	default:
		return fmt.Errorf("reset alert %s: %w", uid, err)
	}
	_, _, err = s.store.ResetAlert(ctx, c.Name, uid, 0, nil)
	return err
}

// withdrawn reports whether a decision no longer holds because someone opened the request again. It trusts a recent reading.
func (s *Service) withdrawn(ctx context.Context, c tenant.Connection, decision *Decision) (bool, error) {
	if decision.RequestID == 0 || time.Since(decision.ReadAt) < maxReadAge {
		return false, nil
	}
	incident, err := s.store.IncidentByRequest(ctx, c.Name, decision.RequestID)
	if err != nil {
		return false, err
	}
	request, exists, err := s.read(ctx, c, incident)
	if err != nil {
		return false, err
	}
	decision.ReadAt = time.Now()
	if !exists || callsForReset(c, request) {
		return false, nil
	}
	if request.Standing == accelo.StandingConverted { // its alerts are kept
		return true, nil
	}
	return true, s.store.ReopenIncident(ctx, incident.ID)
}

// callsForReset reports whether a request's standing means that its alerts are to be reset.
func callsForReset(c tenant.Connection, request accelo.Request) bool {
	return request.Standing == accelo.StandingClosed ||
		request.Standing == accelo.StandingConverted && c.Options.OnConvert != rules.OnConvertKeep
}

// requireInactive returns an error if NinjaOne lists an alert as active that it refused to reset.
func requireInactive(ctx context.Context, c tenant.Connection, uid string, refused error) error {
	list, err := c.NinjaOne.Alerts(ctx)
	if err != nil {
		return fmt.Errorf("check whether alert %s is still active: %w", uid, err)
	}
	if list.Unreadable > 0 { // any of them may be this one
		return fmt.Errorf("NinjaOne refuses to reset alert %s, and active alerts can't be read: %v", uid, refused) //nolint:errorlint // see below
	}
	for _, alert := range list.Alerts {
		if strings.EqualFold(alert.UID, uid) { // not wrapped: a listed alert can be reset, so a retry may succeed
			return fmt.Errorf("NinjaOne lists alert %s as active but refuses to reset it: %v", uid, refused) //nolint:errorlint // see above
		}
	}
	return nil
}
