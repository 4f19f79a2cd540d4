package activities

import (
	"context"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/ticket"
)

// AcceloOpenRequestInput asks for the request of an alert.
type AcceloOpenRequestInput struct {
	Connection string      `json:"connection"`
	Alert      rules.Alert `json:"alert"`
}

// AcceloOpenRequestResult is the outcome.
type AcceloOpenRequestResult struct {
	// Outcome is opened, reopened, joined, already-reset, switched-off, or organization-unknown: then nothing was done yet.
	Outcome        flow.Outcome `json:"outcome"`
	Text           string       `json:"text"`
	RequestID      int64        `json:"request_id,omitempty"`
	IncidentID     int64        `json:"incident_id,omitempty"`
	OrganizationID int          `json:"organization_id,omitempty"`
	// DeviceKnown means that the device was synced before.
	DeviceKnown bool `json:"device_known,omitempty"`
	// ResetMeanwhile means that every alert of the request was reset while it was being opened.
	ResetMeanwhile bool `json:"reset_meanwhile,omitempty"`
	// Found means that an earlier attempt created the request: technicians may have worked on it before we knew that it is ours.
	Found    bool          `json:"found,omitempty"`
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// AcceloOpenRequest opens the request of an alert, or joins the one that is open for the same fault. If the organization was never
// synced, the workflow has to do that first.
func (a *Activities) AcceloOpenRequest(ctx context.Context, in AcceloOpenRequestInput) (AcceloOpenRequestResult, error) {
	opened, err := a.tickets.Open(ctx, in.Connection, in.Alert)
	return AcceloOpenRequestResult{
		Outcome: opened.Outcome, Text: opened.Text, RequestID: opened.RequestID, IncidentID: opened.IncidentID,
		OrganizationID: opened.OrganizationID, DeviceKnown: opened.DeviceKnown, ResetMeanwhile: opened.ResetMeanwhile, Found: opened.Found,
		APICalls: apiCalls(ctx),
	}, err
}

// AcceloSyncAlertCompanyInput asks to sync the company of an alert's organization.
type AcceloSyncAlertCompanyInput struct {
	Connection     string      `json:"connection"`
	OrganizationID int         `json:"organization_id"`
	Alert          rules.Alert `json:"alert"`
}

// AcceloSyncAlertCompany gives an organization that was never imported its company.
func (a *Activities) AcceloSyncAlertCompany(ctx context.Context, in AcceloSyncAlertCompanyInput) error {
	return a.tickets.SyncCompany(ctx, in.Connection, in.OrganizationID, in.Alert)
}

// AcceloSyncAlertDeviceInput asks to sync an alert's device and to link its asset to the request.
type AcceloSyncAlertDeviceInput struct {
	Connection string      `json:"connection"`
	Alert      rules.Alert `json:"alert"`
	// IncidentID is the incident whose request gets the asset; 0 syncs only the device.
	IncidentID int64 `json:"incident_id,omitempty"`
}

// AcceloSyncAlertDeviceResult is the outcome.
type AcceloSyncAlertDeviceResult struct {
	AssetID  int64         `json:"asset_id,omitempty"`
	Text     string        `json:"text"`
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// AcceloSyncAlertDevice updates the asset of an alert's device and links it to the alert's request, or notes it there if the API
// refuses. The request exists by then and doesn't depend on it.
func (a *Activities) AcceloSyncAlertDevice(ctx context.Context, in AcceloSyncAlertDeviceInput) (AcceloSyncAlertDeviceResult, error) {
	assetID, text, err := a.tickets.SyncDevice(ctx, in.Connection, in.Alert, in.IncidentID)
	return AcceloSyncAlertDeviceResult{AssetID: assetID, Text: text, APICalls: apiCalls(ctx)}, err
}

// AcceloCloseRequestInput says that an alert was reset.
type AcceloCloseRequestInput struct {
	Connection string `json:"connection"`
	UID        string `json:"uid"`
	ActivityID int64  `json:"activity_id,omitempty"`
	// Message is NinjaOne's message for the reset. It goes into a note if the request isn't closed.
	Message string `json:"message,omitempty"`
}

// AcceloCloseRequestResult is the outcome.
type AcceloCloseRequestResult struct {
	Outcome   flow.Outcome `json:"outcome"`
	Text      string       `json:"text"`
	RequestID int64        `json:"request_id,omitempty"`
}

// AcceloCloseRequest records that an alert was reset and, if it was the last one of its request, closes that or adds a note.
func (a *Activities) AcceloCloseRequest(ctx context.Context, in AcceloCloseRequestInput) (AcceloCloseRequestResult, error) {
	closed, err := a.tickets.Close(ctx, flow.AlertResetInput{
		Connection: in.Connection, UID: in.UID, ActivityID: in.ActivityID, Message: in.Message,
	})
	return AcceloCloseRequestResult(closed), err
}

// AcceloFollowRequestInput says that the status of a request may have changed.
type AcceloFollowRequestInput struct {
	Connection string `json:"connection"`
	RequestID  int64  `json:"request_id"`
	// Changes is how many changes were reported since the last read.
	Changes int `json:"changes,omitempty"`
	// Compared means that a comparison saw a change that isn't the echo of our own.
	Compared bool `json:"compared,omitempty"`
}

// AcceloFollowRequestResult is what a technician did with the request, and what follows from it.
type AcceloFollowRequestResult struct {
	// Outcome is not-ours, echo, closed, converted, reopened or unchanged.
	Outcome flow.Outcome `json:"outcome"`
	Text    string       `json:"text"`
	// Reset are the alerts to reset now, because of what the request was at ReadAt. More means that another read names the others.
	Reset  []string  `json:"reset,omitempty"`
	More   bool      `json:"more,omitempty"`
	ReadAt time.Time `json:"read_at,omitzero"`
	// AlertUID, DeviceID and OrganizationID say what a request of ours was opened for.
	AlertUID       string `json:"alert_uid,omitempty"`
	DeviceID       int    `json:"device_id,omitempty"`
	OrganizationID int    `json:"organization_id,omitempty"`
}

// AcceloFollowRequest reads a request of ours and tells closed, converted and reopened apart.
func (a *Activities) AcceloFollowRequest(ctx context.Context, in AcceloFollowRequestInput) (AcceloFollowRequestResult, error) {
	followed, err := a.tickets.Follow(ctx, in.Connection, ticket.Change{RequestID: in.RequestID, Count: in.Changes, Compared: in.Compared})
	return AcceloFollowRequestResult(followed), err
}

// NinjaResetAlertsInput asks to reset alerts because their request was closed or converted.
type NinjaResetAlertsInput struct {
	Connection string   `json:"connection"`
	UIDs       []string `json:"uids"`
	// RequestID is the request whose end is the reason, as it was read at DecidedAt.
	RequestID int64     `json:"request_id,omitempty"`
	DecidedAt time.Time `json:"decided_at,omitzero"`
}

// NinjaResetAlertsResult counts them.
type NinjaResetAlertsResult struct {
	Reset       int `json:"reset"`
	AlreadyGone int `json:"already_gone"`
	// Withdrawn means that the request is open again, so that the remaining alerts stay active.
	Withdrawn bool `json:"withdrawn,omitempty"`
}

// NinjaResetAlerts resets alerts in NinjaOne.
func (a *Activities) NinjaResetAlerts(ctx context.Context, in NinjaResetAlertsInput) (NinjaResetAlertsResult, error) {
	decision := ticket.Decision{RequestID: in.RequestID, ReadAt: in.DecidedAt}
	resets, err := a.tickets.ResetAlerts(ctx, in.Connection, decision, in.UIDs)
	return NinjaResetAlertsResult{Reset: resets.Reset, AlreadyGone: resets.AlreadyReset, Withdrawn: resets.Withdrawn}, err
}
