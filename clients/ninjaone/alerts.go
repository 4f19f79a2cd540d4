package ninjaone

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
)

// uuidForm is the form of alert ids: the only text that enters a path.
var uuidForm = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// Alert is an active alert: a triggered condition (contract ninjaone 5.2). Its UID is the SeriesUID of its activities
// and changes with each occurrence.
type Alert struct {
	UID                   string          `json:"uid"`
	DeviceID              int             `json:"deviceId"`
	Message               string          `json:"message,omitempty"`
	CreateTime            Timestamp       `json:"createTime,omitzero"`
	UpdateTime            Timestamp       `json:"updateTime,omitzero"`
	SourceType            string          `json:"sourceType,omitempty"`
	SourceConfigUID       string          `json:"sourceConfigUid,omitempty"` // the condition, shared by devices and occurrences
	SourceName            string          `json:"sourceName,omitempty"`
	Subject               string          `json:"subject,omitempty"`
	UserID                int             `json:"userId,omitempty"`
	PSATicketID           json.RawMessage `json:"psaTicketId,omitempty"` // a number or an object
	Data                  json.RawMessage `json:"data,omitempty"`
	Device                *Device         `json:"device,omitempty"`   // in the schema, not in practice: join by DeviceID
	Severity              string          `json:"severity,omitempty"` // newer servers only
	Priority              string          `json:"priority,omitempty"` // newer servers only
	ConditionName         string          `json:"conditionName,omitempty"`
	ConditionHealthStatus string          `json:"conditionHealthStatus,omitempty"`
}

// AlertFilter selects alerts; the zero value selects all.
type AlertFilter struct {
	// SourceType is a value of contract ninjaone A.3, or empty for all.
	SourceType string
	// Devices selects by device.
	Devices DeviceFilter
}

// Alerts fetches the active alerts; the list is not paged (contract ninjaone 5.1).
func (c *Client) Alerts(ctx context.Context, filter AlertFilter) ([]Alert, error) {
	query, err := filter.Devices.query()
	if err != nil {
		return nil, err
	}
	if filter.SourceType != "" {
		if query == nil {
			query = url.Values{}
		}
		query.Set("sourceType", filter.SourceType)
	}
	return c.alerts(ctx, request{operation: "alerts", path: "/v2/alerts"}, query)
}

// DeviceAlerts fetches the active alerts of one device. An unknown id answers to IsNotFound.
func (c *Client) DeviceAlerts(ctx context.Context, deviceID int) ([]Alert, error) {
	r := request{operation: "device_alerts", single: true}
	if err := checkID(r.operation, deviceID); err != nil {
		return nil, err
	}
	r.path = "/v2/device/" + strconv.Itoa(deviceID) + "/alerts"
	return c.alerts(ctx, r, nil)
}

func (c *Client) alerts(ctx context.Context, r request, query url.Values) ([]Alert, error) {
	alerts, err := list[Alert](ctx, c, r, query)
	if err != nil {
		return nil, err
	}
	for _, alert := range alerts {
		if alert.UID == "" {
			return nil, r.unusable(errors.New("an alert has no uid"))
		}
	}
	return alerts, nil
}

// ResetAlert acknowledges the alert as solved; NinjaOne evaluates its condition again. What an unknown or already reset
// uid answers is undocumented: IsTurnedDown then means "gone" once Alerts no longer lists it (contract ninjaone 5.1).
func (c *Client) ResetAlert(ctx context.Context, uid string) error {
	r := request{operation: "reset_alert", method: http.MethodDelete, path: "/v2/alert/" + uid, single: true}
	if !uuidForm.MatchString(uid) {
		return fmt.Errorf("ninjaone %s: %w alert uid %q: use an alert's uid or an activity's seriesUid",
			r.operation, ErrInvalid, line(uid, maxCode))
	}
	return c.do(ctx, r, nil)
}
