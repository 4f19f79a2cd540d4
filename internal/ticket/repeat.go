package ticket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/note"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// join counts a repeat alert and, once in a while, notes it on the request. If the request was deleted in the meantime, the alert gets a
// new one.
func (s *Service) join(ctx context.Context, r newRequest, triggered store.TriggerResult, opened Opened) (Opened, error) {
	opened.Outcome = flow.Joined
	word, incident := r.connection.Labels().Request.Singular(), triggered.Incident
	if opened.RequestID == 0 {
		opened.Text = fmt.Sprintf("Repeat alert: the %s is still being opened", word)
		return opened, nil
	}
	opened.Text = fmt.Sprintf("Repeat alert: added to %s %d (%s)", word, opened.RequestID, rules.Count(incident.Joined+1, "occurrence"))
	if !triggered.Note {
		return opened, nil
	}
	err := note.Once(ctx, s.store, r.connection, repeatsKey(incident), repeatNote(incident, r.alert.RequestBody("", "")))
	if err == nil {
		return opened, s.store.SettleNote(ctx, incident.ID, incident.Joined)
	}
	if !accelo.IsInvalidRequest(err) {
		return opened, err
	}
	if exists, listErr := isListed(ctx, r.connection, incident.RequestID); listErr != nil || exists {
		return opened, errors.Join(err, listErr)
	}
	replacement, err := s.store.ReplaceIncident(ctx, incident.ID, r.alert.UID, "", 0)
	if err != nil {
		return opened, err
	}
	return s.lead(ctx, r, replacement, store.TriggerResult{}, opened)
}

// repeatsKey identifies the note of a number of repeats, whoever writes it.
func repeatsKey(incident store.Incident) string {
	return fmt.Sprintf("%d repeats of incident %d", incident.Joined, incident.ID)
}

func repeatNote(incident store.Incident, body string) accelo.Note {
	return accelo.Note{
		AgainstType: note.Request, AgainstID: accelo.ID(incident.RequestID), Body: body,
		Subject: fmt.Sprintf("Repeat alert (%s)", rules.Count(incident.Joined+1, "occurrence")),
	}
}

// NoteRepeats notes how often a fault has occurred, if the last note on its request counted fewer alerts. If the request was deleted,
// the alerts that are still active get a new one.
func (s *Service) NoteRepeats(ctx context.Context, connection string, incidentID int64) error {
	c, err := s.tenants.Ready(ctx, connection)
	if err != nil {
		return err
	}
	incident, err := s.store.Incident(ctx, incidentID)
	if err != nil {
		return err
	}
	event, err := s.store.LatestAlert(ctx, incidentID)
	if err != nil {
		return err
	}
	var latest rules.Alert
	if err := json.Unmarshal(event, &latest); err != nil {
		return fmt.Errorf("stored event of incident %d: %w", incidentID, err)
	}
	return s.noteRepeats(ctx, c, incident, latest.RequestBody("", ""))
}

func (s *Service) noteRepeats(ctx context.Context, c tenant.Connection, incident store.Incident, body string) error {
	if incident.Joined <= incident.NotedJoined || incident.RequestID == 0 {
		return nil
	}
	err := note.Once(ctx, s.store, c, repeatsKey(incident), repeatNote(incident, body))
	switch {
	case accelo.IsInvalidRequest(err):
		return s.settleUnwritable(ctx, c, incident, err)
	case err != nil:
		return err
	}
	return s.store.SettleNote(ctx, incident.ID, incident.Joined)
}

// settleUnwritable ends the obligation of a note that Accelo rejected: the request was deleted, or takes no notes.
func (s *Service) settleUnwritable(ctx context.Context, c tenant.Connection, incident store.Incident, cause error) error {
	exists, err := isListed(ctx, c, incident.RequestID)
	if err != nil {
		return err
	}
	if exists {
		tenant.LoggerFrom(ctx).Warn("note rejected", "request_id", incident.RequestID, "error", cause)
		return s.store.SettleNote(ctx, incident.ID, incident.Joined)
	}
	active, err := s.store.ActiveAlertUIDs(ctx, incident.ID)
	if err != nil {
		return err
	}
	if len(active) > 0 && incident.State == store.IncidentOpen { // the replacement's request is owed
		_, err = s.store.ReplaceIncident(ctx, incident.ID, active[len(active)-1], "", 0)
		return err
	}
	return s.store.SettleNote(ctx, incident.ID, incident.Joined)
}
