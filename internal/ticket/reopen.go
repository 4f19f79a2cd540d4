package ticket

import (
	"context"
	"fmt"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// mayBeStale reports whether an incident's request was closed so recently that Accelo may still show it open.
func mayBeStale(incident store.Incident) bool {
	return incident.ClosedAt != nil && time.Since(*incident.ClosedAt) < tenant.ReadLag
}

// reopen opens the request of an incident again whose fault came back. It reads the request first, because it must not undo what
// someone did with it: one that was converted or deleted is left alone, and reopen returns the new incident that replaces its own and
// has no request yet.
func (s *Service) reopen(ctx context.Context, r newRequest, incident store.Incident) (store.Incident, error) {
	c, word := r.connection, r.connection.Labels().Request.Singular()
	deadline := time.Now().Add(maxReadAge)
	request, exists, err := s.read(ctx, c, incident)
	switch {
	case err != nil:
		return incident, err
	case !exists:
		return s.store.ReplaceIncident(ctx, incident.ID, r.alert.UID, "", 0)
	case request.Standing == accelo.StandingConverted:
		return s.store.ReplaceIncident(ctx, incident.ID, r.alert.UID, request.ConversionType, int64(request.ConversionID))
	case request.Standing != accelo.StandingClosed && mayBeStale(incident): // our own close may not show yet (accelo.md 10.4)
		if err := tenant.WaitUntil(ctx, incident.ClosedAt.Add(tenant.ReadLag)); err != nil {
			return incident, err
		}
		incident.ClosedAt = nil
		return s.reopen(ctx, r, incident)
	case request.Standing != accelo.StandingClosed: // someone was faster, or an earlier attempt succeeded
		return incident, nil
	}
	if err := s.store.ExpectEcho(ctx, incident.ID, time.Now().Add(echoWindow)); err != nil {
		return incident, err
	}
	change := accelo.RequestChange{Standing: accelo.StandingOpen}
	if _, err := c.Accelo.UpdateRequest(accelo.WithDeadlineGuard(ctx, deadline), request.ID, change); err != nil {
		return incident, fmt.Errorf("reopen %s %d: %w", word, incident.RequestID, err)
	}
	return incident, nil
}
