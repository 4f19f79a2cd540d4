package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/note"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// freshRead is how long after a request was read its standing may be changed because of what was read: a worker that was frozen in
// between would overwrite what a person has done since.
const freshRead = 10 * time.Second

// echoWindow is how long after our own close of a request its webhook is taken for the echo of that close.
const echoWindow = 2 * time.Minute

// AcceloCloseRequestInput tells that an alert was reset.
type AcceloCloseRequestInput struct {
	Connection string `json:"connection"`
	UID        string `json:"uid"`
	ActivityID int64  `json:"activity_id,omitempty"`
	// Message is what NinjaOne said at the reset; it goes into a note where the request is not closed.
	Message string `json:"message,omitempty"`
}

// AcceloCloseRequestResult is what was done, in one word and in words.
type AcceloCloseRequestResult struct {
	Outcome   flow.Outcome `json:"outcome"`
	Text      string       `json:"text"`
	RequestID int64        `json:"request_id,omitempty"`
}

// AcceloCloseRequest records that an alert was reset and, when it was the last one of its request, closes that or notes it, as
// ON_RESET says. A reset that comes before its trigger is remembered, and then no request is opened.
func (a *Activities) AcceloCloseRequest(ctx context.Context, in AcceloCloseRequestInput) (AcceloCloseRequestResult, error) {
	result, err := a.closeRequest(ctx, in)
	switch {
	case err != nil && tenant.IsRecordError(err) && ctx.Err() == nil:
		return result, a.parkReset(ctx, in, err)
	case err == nil && result.RequestID != 0 && result.Outcome != "opening": // followed to its end, so nothing of it is parked
		err = a.store.ClearFailures(ctx, in.Connection, store.Alerts, in.UID)
	}
	return result, err
}

// parkReset records a reset that Accelo refuses to have followed, so that `status` shows it and `retry` starts it again.
func (a *Activities) parkReset(ctx context.Context, in AcceloCloseRequestInput, cause error) error {
	event, err := json.Marshal(flow.AlertResetInput{Connection: in.Connection, UID: in.UID, ActivityID: in.ActivityID, Message: in.Message})
	if err == nil {
		err = a.store.RecordFailure(ctx, store.Failure{
			Connection: in.Connection, Kind: store.Alerts, NinjaID: in.UID, Name: flow.ResetSummary(in.UID),
			WorkflowID: flow.AlertResetID(in.Connection, in.UID), Error: cause.Error(),
			EventType: store.ResetEvent, Event: event,
		})
	}
	if err != nil {
		return fmt.Errorf("reset of alert %s: %w", in.UID, err)
	}
	return cause
}

func (a *Activities) closeRequest(ctx context.Context, in AcceloCloseRequestInput) (AcceloCloseRequestResult, error) {
	incident, last, err := a.store.ResetAlert(ctx, in.Connection, in.UID, in.ActivityID)
	if err != nil {
		return AcceloCloseRequestResult{}, err
	}
	word := a.tenants.Labels(ctx, in.Connection).Request.Singular()
	if incident == nil {
		return AcceloCloseRequestResult{
			Outcome: flow.Tombstone, Text: fmt.Sprintf("the alert has no %s; should its trigger still come, none is opened", word),
		}, nil
	}
	result := AcceloCloseRequestResult{RequestID: incident.RequestID}
	switch {
	case !last:
		result.Outcome, result.Text = flow.OthersActive, fmt.Sprintf("other alerts of the same %s are still active: it stays open", word)
		return result, nil
	case incident.State == store.IncidentOpening:
		result.Outcome, result.Text = flow.Opening, fmt.Sprintf("the %s is being opened just now, and will be closed at once", word)
		return result, nil
	case incident.State == store.IncidentClosed && incident.ClosedAt != nil: // else an earlier attempt was cut off while closing it
		result.Outcome, result.Text = flow.AlreadyClosed, fmt.Sprintf("%s %d is closed already", word, incident.RequestID)
		return result, nil
	}
	ours, err := a.store.IsOwnReset(ctx, in.Connection, in.UID)
	if err != nil {
		return result, err
	}
	if ours && incident.State == store.IncidentConverted {
		result.Outcome, result.Text = flow.Echo, fmt.Sprintf("we reset the alert ourselves, because its %s was converted", word)
		return result, nil
	}
	c, err := a.tenants.Ready(ctx, in.Connection)
	if err != nil {
		return result, err
	}
	if incident.State == store.IncidentConverted {
		return a.noteOnConversion(ctx, c, *incident, in, result)
	}
	return a.endRequest(ctx, c, *incident, in, result)
}

// endRequest reads the request first: what a person did with it counts.
func (a *Activities) endRequest(
	ctx context.Context, c tenant.Connection, incident store.Incident, in AcceloCloseRequestInput, result AcceloCloseRequestResult,
) (AcceloCloseRequestResult, error) {
	word := c.Labels().Request.Singular()
	fresh := time.Now().Add(freshRead)
	request, there, err := readRequest(ctx, c, incident.RequestID)
	switch {
	case err != nil:
		return result, err
	case !there:
		result.Outcome, result.Text = flow.Deleted, fmt.Sprintf("%s %d is no longer in Accelo: there is nothing to close", word, incident.RequestID)
		return result, a.store.CloseIncident(ctx, incident.ID, store.ByReset)
	case request.Standing == accelo.StandingConverted:
		if incident, err = a.store.ConvertIncident(ctx, incident.ID, request.ConversionType, int64(request.ConversionID)); err != nil {
			return result, err
		}
		return a.noteOnConversion(ctx, c, incident, in, result)
	case request.Standing == accelo.StandingClosed:
		result.Outcome, result.Text = flow.AlreadyClosed, fmt.Sprintf("%s %d is closed already", word, incident.RequestID)
		return result, a.store.CloseIncident(ctx, incident.ID, store.ByReset)
	case a.options.OnReset == rules.OnResetNote, a.options.OnReset == rules.OnResetCloseUnclaimed && request.ClaimerID != 0:
		return a.noteReset(ctx, c, incident, in, result)
	}
	// Before the call, since the webhook of our own close may be faster than its reply, and so may the fault's return.
	begun, err := a.store.BeginClose(ctx, incident.ID, time.Now().Add(echoWindow))
	if err != nil {
		return result, err
	}
	if !begun {
		result.Outcome, result.Text = flow.OthersActive, fmt.Sprintf("another alert has joined the same %s meanwhile: it stays open", word)
		return result, nil
	}
	change := accelo.RequestChange{Standing: accelo.StandingClosed}
	if _, err := c.Accelo.UpdateRequest(accelo.WithDeadlineGuard(ctx, fresh), request.ID, change); err != nil {
		return result, fmt.Errorf("close %s %d: %w", word, incident.RequestID, err)
	}
	result.Outcome, result.Text = flow.Closed, fmt.Sprintf("%s %d closed: the alert was reset in NinjaOne", word, incident.RequestID)
	return result, a.store.CloseIncident(ctx, incident.ID, store.ByReset)
}

// readRequest reads a request of ours, and tells whether it is still there for us to see.
func readRequest(ctx context.Context, c tenant.Connection, id int64) (request accelo.Request, there bool, err error) {
	request, err = c.Accelo.Request(ctx, accelo.ID(id))
	if err == nil {
		return request, true, nil
	}
	if accelo.IsInvalidRequest(err) {
		if exists, listErr := requestExists(ctx, c, id); listErr != nil || !exists {
			return request, false, listErr
		}
	}
	return request, false, fmt.Errorf("read %s %d: %w", c.Labels().Request.Singular(), id, err)
}

// noteOnConversion says on what the request became that the alert is over, and links the asset where nobody has come to that: the
// webhook of the conversion may have been lost, or an earlier attempt cut off.
func (a *Activities) noteOnConversion(
	ctx context.Context, c tenant.Connection, incident store.Incident, in AcceloCloseRequestInput, result AcceloCloseRequestResult,
) (AcceloCloseRequestResult, error) {
	if _, err := a.attachToConversion(ctx, c, incident); err != nil {
		return result, err
	}
	return a.noteReset(ctx, c, incident, in, result)
}

// noteReset says on the request, or on what it became, that the alert is over.
func (a *Activities) noteReset(
	ctx context.Context, c tenant.Connection, incident store.Incident, in AcceloCloseRequestInput, result AcceloCloseRequestResult,
) (AcceloCloseRequestResult, error) {
	reset := accelo.Note{
		AgainstType: note.Request, AgainstID: accelo.ID(incident.RequestID),
		Subject: "Alert reset in NinjaOne", Body: rules.Truncate(in.Message, 4000) + "\n\nNinjaOne alert UID: " + in.UID + "\n",
	}
	if incident.ConversionID != 0 && rules.AcceptsNotes(incident.ConversionType) { // else the request is still there to be read
		reset.AgainstType, reset.AgainstID = incident.ConversionType, accelo.ID(incident.ConversionID)
	}
	key := "reset of alert " + in.UID
	err := note.Once(ctx, a.store, c, key, reset)
	if accelo.IsInvalidRequest(err) && reset.AgainstType != note.Request { // it may be gone again, or take no notes here
		reset.AgainstType, reset.AgainstID = note.Request, accelo.ID(incident.RequestID)
		err = note.Once(ctx, a.store, c, key, reset)
	}
	result.Outcome, result.Text = flow.Noted, fmt.Sprintf("noted on %s %d that the alert was reset", c.Labels().Object(reset.AgainstType), reset.AgainstID)
	return result, err
}

// NinjaResetAlertsInput asks to reset alerts, because their request was closed or converted.
type NinjaResetAlertsInput struct {
	Connection string   `json:"connection"`
	UIDs       []string `json:"uids"`
}

// NinjaResetAlertsResult counts them.
type NinjaResetAlertsResult struct {
	Reset       int `json:"reset"`
	AlreadyGone int `json:"already_gone"`
}

// NinjaResetAlerts resets alerts in NinjaOne. One that NinjaOne turns down counts as reset once the list of active alerts
// confirms that (contract ninjaone 5.1).
func (a *Activities) NinjaResetAlerts(ctx context.Context, in NinjaResetAlertsInput) (NinjaResetAlertsResult, error) {
	return a.resetAlerts(ctx, in)
}

func (a *Activities) resetAlerts(ctx context.Context, in NinjaResetAlertsInput) (NinjaResetAlertsResult, error) {
	var result NinjaResetAlertsResult
	c, err := a.tenants.Ready(ctx, in.Connection)
	if err != nil {
		return result, err
	}
	for _, uid := range in.UIDs {
		if err := a.store.ExpectReset(ctx, in.Connection, uid); err != nil {
			return result, err
		}
		err := c.NinjaOne.ResetAlert(ctx, uid)
		switch {
		case err == nil:
			result.Reset++
		case ninjaone.IsRejected(err):
			if err := checkGone(ctx, c, uid, err); err != nil {
				return result, err
			}
			result.AlreadyGone++
		default:
			return result, fmt.Errorf("reset alert %s: %w", uid, err)
		}
		if _, _, err := a.store.ResetAlert(ctx, in.Connection, uid, 0); err != nil {
			return result, err
		}
	}
	return result, nil
}

// checkGone is an error when NinjaOne lists an alert as active that it would not reset.
func checkGone(ctx context.Context, c tenant.Connection, uid string, refused error) error {
	alerts, err := c.NinjaOne.Alerts(ctx)
	if err != nil {
		return fmt.Errorf("check that alert %s is gone: %w", uid, err)
	}
	for _, alert := range alerts {
		if strings.EqualFold(alert.UID, uid) { // not wrapped: what is listed can be reset, so the next attempt may well succeed
			return fmt.Errorf("NinjaOne lists alert %s as active, but does not reset it: %v", uid, refused) //nolint:errorlint // see above
		}
	}
	return nil
}
