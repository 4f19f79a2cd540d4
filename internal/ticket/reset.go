package ticket

import (
	"context"
	"fmt"
	"strings"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/tenant"
)

// ResetAlerts resets alerts in NinjaOne because their request was closed or converted. It returns how many it reset, and how many
// were reset already. An alert that NinjaOne refuses to reset counts as reset if the list of active alerts lacks it
// (ninjaone.md 5.1).
func (s *Service) ResetAlerts(ctx context.Context, connection string, uids []string) (reset, alreadyReset int, err error) {
	c, err := s.tenants.Ready(ctx, connection)
	if err != nil {
		return 0, 0, err
	}
	for _, uid := range uids {
		if err := s.store.ExpectReset(ctx, connection, uid); err != nil {
			return reset, alreadyReset, err
		}
		err := c.NinjaOne.ResetAlert(ctx, uid)
		switch {
		case err == nil:
			reset++
		case ninjaone.IsRejected(err):
			if err := requireInactive(ctx, c, uid, err); err != nil {
				return reset, alreadyReset, err
			}
			alreadyReset++
		default:
			return reset, alreadyReset, fmt.Errorf("reset alert %s: %w", uid, err)
		}
		if _, _, err := s.store.ResetAlert(ctx, connection, uid, 0); err != nil {
			return reset, alreadyReset, err
		}
	}
	return reset, alreadyReset, nil
}

// requireInactive returns an error if NinjaOne lists an alert as active that it refused to reset.
func requireInactive(ctx context.Context, c tenant.Connection, uid string, refused error) error {
	alerts, err := c.NinjaOne.Alerts(ctx)
	if err != nil {
		return fmt.Errorf("check whether alert %s is still active: %w", uid, err)
	}
	for _, alert := range alerts {
		if strings.EqualFold(alert.UID, uid) { // not wrapped: a listed alert can be reset, so a retry may succeed
			return fmt.Errorf("NinjaOne lists alert %s as active but refuses to reset it: %v", uid, refused) //nolint:errorlint // see above
		}
	}
	return nil
}
