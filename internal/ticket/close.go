package ticket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/note"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Closed is the outcome of Close.
type Closed struct {
	Outcome   flow.Outcome
	Text      string
	RequestID int64
}

// Close records that an alert was reset. If it was the last active alert of its request, it closes the request or adds a note, as
// ON_RESET says. A reset that arrives before its trigger is remembered, so that no request is opened. A reset that Accelo rejects is
// recorded as failed.
func (s *Service) Close(ctx context.Context, reset flow.AlertResetInput) (Closed, error) {
	closed, err := s.close(ctx, reset)
	switch {
	case err != nil && tenant.IsRecordError(err) && ctx.Err() == nil:
		return closed.Closed, s.recordResetFailure(ctx, reset, err)
	case err == nil && closed.RequestID != 0 && closed.Outcome != flow.Opening: // nothing is left to do
		err = s.store.ClearFailures(ctx, reset.Connection, store.Alerts, reset.UID)
	}
	if err == nil && closed.settled() {
		err = s.store.SettleClose(ctx, closed.incidentID)
	}
	return closed.Closed, err
}

// ending is a close with the incident that it concerns.
type ending struct {
	Closed
	incidentID int64
}

// settled reports whether a reset is done with, other than by the close that recorded so.
func (e ending) settled() bool {
	return e.incidentID != 0 && (e.Outcome == flow.Noted || e.Outcome == flow.Echo)
}

func (s *Service) recordResetFailure(ctx context.Context, reset flow.AlertResetInput, cause error) error {
	event, err := json.Marshal(reset)
	if err == nil {
		err = s.store.RecordFailure(ctx, store.Failure{
			Connection: reset.Connection, Kind: store.Alerts, NinjaID: reset.UID, Name: flow.ResetSummary(reset.UID),
			WorkflowID: flow.AlertResetID(reset.Connection, reset.UID), Error: cause.Error(),
			EventType: store.ResetEvent, Event: event,
		})
	}
	if err != nil {
		return fmt.Errorf("record that the reset of alert %s failed: %w", reset.UID, err)
	}
	return cause
}

func (s *Service) close(ctx context.Context, reset flow.AlertResetInput) (ending, error) {
	event, err := json.Marshal(reset)
	if err != nil {
		return ending{}, fmt.Errorf("encode the reset of alert %s: %w", reset.UID, err)
	}
	incident, last, err := s.store.ResetAlert(ctx, reset.Connection, reset.UID, reset.ActivityID, event)
	if err != nil {
		return ending{}, err
	}
	labels := s.tenants.Labels(ctx, reset.Connection).Request
	if incident == nil {
		return ending{Closed: Closed{
			Outcome: flow.Tombstone, Text: fmt.Sprintf("Reset arrived before the alert; no %s will be opened", labels.Singular()),
		}}, nil
	}
	closed := ending{Closed: Closed{RequestID: incident.RequestID}, incidentID: incident.ID}
	switch {
	case !last:
		closed.Outcome, closed.Text = flow.OthersActive, fmt.Sprintf("%s stays open: other alerts on it are still active", labels.SingularTitle)
		return closed, nil
	case incident.State == store.IncidentOpening:
		closed.Outcome = flow.Opening
		closed.Text = fmt.Sprintf("The %s is still being opened; it closes right after that", labels.Singular())
		return closed, nil
	case incident.State == store.IncidentClosed && incident.ClosedAt != nil: // otherwise an earlier attempt stopped while closing it
		closed.Outcome, closed.Text = flow.AlreadyClosed, fmt.Sprintf("%s %d was already closed", labels.SingularTitle, incident.RequestID)
		return closed, nil
	}
	ours, err := s.store.IsOwnReset(ctx, reset.Connection, reset.UID)
	if err != nil {
		return closed, err
	}
	if ours && incident.State == store.IncidentConverted {
		closed.Outcome, closed.Text = flow.Echo, fmt.Sprintf("We reset the alert ourselves because its %s was converted", labels.Singular())
		return closed, nil
	}
	c, err := s.tenants.Ready(ctx, reset.Connection)
	if err != nil {
		return closed, err
	}
	if incident.State == store.IncidentConverted {
		return s.noteOnConversion(ctx, c, *incident, reset, closed)
	}
	return s.end(ctx, c, *incident, reset, closed)
}

// end closes the request. It reads the request first, because what a technician did with it counts.
func (s *Service) end(
	ctx context.Context, c tenant.Connection, incident store.Incident, reset flow.AlertResetInput, closed ending,
) (ending, error) {
	labels := c.Labels().Request
	deadline := time.Now().Add(maxReadAge)
	request, exists, err := s.read(ctx, c, incident)
	switch {
	case err != nil:
		return closed, err
	case !exists:
		return s.endDeleted(ctx, c, incident, closed)
	case request.Standing == accelo.StandingConverted:
		if incident, err = s.store.ConvertIncident(ctx, incident.ID, request.ConversionType, int64(request.ConversionID)); err != nil {
			return closed, err
		}
		return s.noteOnConversion(ctx, c, incident, reset, closed)
	case request.Standing == accelo.StandingClosed:
		closed.Outcome, closed.Text = flow.AlreadyClosed, fmt.Sprintf("%s %d was already closed", labels.SingularTitle, incident.RequestID)
		return closed, s.store.CloseIncident(ctx, incident.ID, closer(incident))
	case !rules.IsTestAlert(reset.UID) && staysOpen(c, request):
		return s.noteReset(ctx, c, incident, reset, closed)
	}
	total := "The fault occurred " + rules.Count(incident.Joined+1, "time") + " before its last alert was reset.\n"
	if err := s.noteRepeats(ctx, c, incident, total); err != nil {
		return closed, err
	}
	// Before the call: the webhook of our own close may arrive before its reply, and so may the same fault.
	begun, err := s.store.BeginClose(ctx, incident.ID, time.Now().Add(echoWindow))
	if err != nil {
		return closed, err
	}
	if !begun {
		closed.Outcome = flow.OthersActive
		closed.Text = fmt.Sprintf("%s stays open: another alert joined it in the meantime", labels.SingularTitle)
		return closed, nil
	}
	change := accelo.RequestChange{Standing: accelo.StandingClosed}
	if _, err := c.Accelo.UpdateRequest(accelo.WithDeadlineGuard(ctx, deadline), request.ID, change); err != nil {
		return closed, fmt.Errorf("close %s %d: %w", labels.Singular(), incident.RequestID, err)
	}
	closed.Outcome, closed.Text = flow.Closed, fmt.Sprintf("%s %d closed: the alert was reset in NinjaOne", labels.SingularTitle, incident.RequestID)
	return closed, s.store.CloseIncident(ctx, incident.ID, store.ByReset)
}

// staysOpen reports whether a reset is only noted on a request, as ON_RESET says. The request of a test alert is closed in any case.
func staysOpen(c tenant.Connection, request accelo.Request) bool {
	return c.Options.OnReset == rules.OnResetNote || c.Options.OnReset == rules.OnResetCloseUnclaimed && request.ClaimerID != 0
}

// endDeleted ends an incident whose request is gone, and what it became, if anything, with it.
func (s *Service) endDeleted(ctx context.Context, c tenant.Connection, incident store.Incident, closed ending) (ending, error) {
	closed.Outcome = flow.Deleted
	closed.Text = fmt.Sprintf("%s %d was deleted in Accelo; there is nothing to close", c.Labels().Request.SingularTitle, incident.RequestID)
	return closed, errors.Join(s.store.CloseIncident(ctx, incident.ID, store.ByUser), s.store.SettleAsset(ctx, incident.ID))
}

// closer says who closed a request that we find closed: we did if an earlier attempt began to.
func closer(incident store.Incident) store.Cause {
	if incident.State == store.IncidentClosed {
		return store.ByReset
	}
	return store.ByUser
}

// noteOnConversion adds a note to what the request became, and links the asset if that was missed: the webhook of the conversion may
// have been lost, or an earlier attempt may have stopped halfway.
func (s *Service) noteOnConversion(
	ctx context.Context, c tenant.Connection, incident store.Incident, reset flow.AlertResetInput, closed ending,
) (ending, error) {
	if _, err := s.attachToConversion(ctx, c, incident); err != nil {
		return closed, err
	}
	return s.noteReset(ctx, c, incident, reset, closed)
}

// noteReset notes on the request, or on what it became, that the alert was reset.
func (s *Service) noteReset(
	ctx context.Context, c tenant.Connection, incident store.Incident, reset flow.AlertResetInput, closed ending,
) (ending, error) {
	about := accelo.Note{
		AgainstType: note.Request, AgainstID: accelo.ID(incident.RequestID),
		Subject: "Alert reset in NinjaOne", Body: rules.Truncate(reset.Message, 4000) + "\n\nNinjaOne alert UID: " + reset.UID + "\n",
	}
	if incident.ConversionID != 0 && rules.AcceptsNotes(incident.ConversionType) { // otherwise the request can still be read
		about.AgainstType, about.AgainstID = incident.ConversionType, accelo.ID(incident.ConversionID)
	}
	key := "reset of alert " + reset.UID
	err := note.Once(ctx, s.store, c, key, about)
	if accelo.IsInvalidRequest(err) && about.AgainstType != note.Request { // it was deleted, or takes no notes in this deployment
		about.AgainstType, about.AgainstID = note.Request, accelo.ID(incident.RequestID)
		err = note.Once(ctx, s.store, c, key, about)
	}
	if accelo.IsInvalidRequest(err) {
		if listed, listErr := isListed(ctx, c, incident.RequestID); listErr != nil || listed {
			return closed, errors.Join(err, listErr)
		}
		return s.endDeleted(ctx, c, incident, closed)
	}
	closed.Outcome = flow.Noted
	closed.Text = fmt.Sprintf("Added a note to %s %d: the alert was reset", c.Labels().Object(about.AgainstType), about.AgainstID)
	return closed, err
}
