package ninjaone

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
)

// uuid is the form of alert UIDs, the only text that becomes part of a path.
var uuid = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// Alert is an active alert: a condition that has triggered and was not reset (ninjaone.md 5.2). Its UID is the SeriesUID of
// its activities and changes with each occurrence.
type Alert struct {
	UID             string    `json:"uid"`
	DeviceID        int       `json:"deviceId"`
	Message         string    `json:"message"`
	CreateTime      Timestamp `json:"createTime"`
	SourceConfigUID string    `json:"sourceConfigUid"` // the condition, the same for every device and occurrence
	Subject         string    `json:"subject"`
	Severity        string    `json:"severity"` // newer servers only
	Priority        string    `json:"priority"` // newer servers only
}

// AlertList is a list of active alerts.
type AlertList struct {
	Alerts []Alert
	// Unreadable counts those that lack a readable UID: that the list doesn't name an alert proves nothing then.
	Unreadable int
}

// Alerts returns all active alerts. The list is not paged (ninjaone.md 5.1).
func (c *Client) Alerts(ctx context.Context) (AlertList, error) {
	return c.alerts(ctx, apiCall{operation: "alerts", path: "/v2/alerts"})
}

// DeviceAlerts returns the active alerts of one device. If IsNotFound is true, NinjaOne doesn't know the device, or not the call
// (ninjaone.md 8.2): ask for the device.
func (c *Client) DeviceAlerts(ctx context.Context, deviceID int) (AlertList, error) {
	call := apiCall{operation: "device_alerts", path: "/v2/device/" + strconv.Itoa(deviceID) + "/alerts", oneRecord: true}
	if err := checkID(call.operation, deviceID); err != nil {
		return AlertList{}, err
	}
	return c.alerts(ctx, call)
}

func (c *Client) alerts(ctx context.Context, call apiCall) (AlertList, error) {
	rows, err := readList[Alert](ctx, c, call, nil)
	if err != nil {
		return AlertList{}, err
	}
	alerts := skip(ctx, c, call, rows, func(alert Alert) bool { return alert.UID == "" })
	return AlertList{Alerts: alerts, Unreadable: len(rows) - len(alerts)}, nil
}

// ResetAlert resets an alert, after which NinjaOne evaluates its condition again. How NinjaOne answers for an unknown or
// already reset alert is undocumented: if IsRejected is true and Alerts no longer lists the alert, it is gone
// (ninjaone.md 5.1).
func (c *Client) ResetAlert(ctx context.Context, uid string) error {
	call := apiCall{operation: "reset_alert", method: http.MethodDelete, path: "/v2/alert/" + uid, oneRecord: true}
	if !uuid.MatchString(uid) {
		return fmt.Errorf("ninjaone: %s: %w alert UID %q: use the UID of an alert or the series UID of an activity",
			call.operation, ErrInvalid, oneLine(uid, maxCode))
	}
	return c.do(ctx, call, nil)
}
