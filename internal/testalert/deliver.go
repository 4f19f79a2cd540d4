package testalert

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
	"ninjaone-accelo/internal/webhook"
)

// deliveryTimeout bounds one delivery.
const deliveryTimeout = 10 * time.Second

// What a test's texts say. The message is the title of the request.
const (
	triggerMessage = "TEST ALERT – no action needed. It was sent to check the connection, and is closed again automatically."
	resetMessage   = "The test alert was reset."
)

// Delivery is one webhook delivery of a test.
type Delivery struct {
	Connection, UID string
	// Reset makes it the alert's reset instead of its trigger.
	Reset                    bool
	OrganizationID, DeviceID int
}

// activity is a delivery in NinjaOne's form (ninjaone.md 7.2).
type activity struct {
	ID              int64   `json:"id"`
	ActivityTime    float64 `json:"activityTime"`
	DeviceID        int     `json:"deviceId,omitempty"`
	SeriesUID       string  `json:"seriesUid"`
	ActivityType    string  `json:"activityType"`
	StatusCode      string  `json:"statusCode"`
	Status          string  `json:"status"`
	SourceConfigUID string  `json:"sourceConfigUid"`
	Subject         string  `json:"subject"`
	Message         string  `json:"message"`
	Severity        string  `json:"severity"`
	Priority        string  `json:"priority"`
	Device          device  `json:"device"`
}

type device struct {
	ID             int    `json:"id,omitempty"`
	SystemName     string `json:"systemName,omitempty"`
	OrganizationID int    `json:"organizationId"`
}

// activity returns what is delivered. The condition is the test's own, so that its alert joins no request and reopens none; the lowest
// severity wakes nobody.
func (d Delivery) activity(deviceName string, now time.Time) activity {
	delivered := activity{
		ID: 1, ActivityTime: float64(now.UnixMilli()) / 1000, DeviceID: d.DeviceID, SeriesUID: d.UID, ActivityType: "CONDITION",
		StatusCode: "TRIGGERED", Status: "Triggered", SourceConfigUID: d.UID, Subject: "Test alert", Message: triggerMessage,
		Severity: "NONE", Priority: "NONE", Device: device{ID: d.DeviceID, SystemName: deviceName, OrganizationID: d.OrganizationID},
	}
	if d.Reset {
		delivered.ID, delivered.StatusCode, delivered.Status, delivered.Message = 2, "RESET", "Reset", resetMessage
	}
	return delivered
}

// Deliver posts a delivery to the connection's public webhook address with its secret, as NinjaOne would. It returns the address. An error
// that another attempt can't change is a tenant.Refusal; every error says what to do.
func (s *Service) Deliver(ctx context.Context, d Delivery) (address string, err error) {
	c, err := s.tenants.Ready(ctx, d.Connection)
	if err != nil {
		return "", err
	}
	address = webhook.NinjaOneURL(c.Settings.PublicURL, d.Connection)
	secrets, err := s.tenants.CurrentWebhookSecrets(ctx, d.Connection)
	if err != nil {
		return address, err
	}
	if len(secrets.NinjaOne) == 0 {
		return address, tenant.Refusef(tenant.Refused, "the connection has no webhook secret yet: connect it again")
	}
	links, err := s.store.LinksByID(ctx, d.Connection, store.Devices, []string{strconv.Itoa(d.DeviceID)})
	if err != nil {
		return address, err
	}
	name := links[strconv.Itoa(d.DeviceID)].Baseline[rules.TitleField].Ninja
	if d.DeviceID == 0 {
		name = "none (the organization has no device)"
	}
	body, err := json.Marshal(d.activity(name, time.Now()))
	if err != nil {
		return address, fmt.Errorf("encode the test alert: %w", err)
	}
	return address, s.post(ctx, address, secrets.NinjaOne[0], body)
}

func (s *Service) post(ctx context.Context, address, secret string, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return tenant.Refusef(tenant.Refused, "the webhook address %s is not one: correct PUBLIC_URL, then connect again", address)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(webhook.NinjaOneHeader, "Bearer "+secret)
	response, err := s.client.Do(request)
	if err != nil {
		return unreachable(address, err)
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<16))
	return refusal(address, response)
}

// unreachable leaves out what http.Client adds to the cause: method and address, which the text has already.
func unreachable(address string, err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
	}
	return fmt.Errorf("%s can't be reached from the worker (%w): check PUBLIC_URL, its name and certificate, the proxy before `starter serve`, "+
		"and that `starter serve` is running", address, err)
}

// refusal returns what an answer means, nil if the delivery was accepted.
func refusal(address string, response *http.Response) error {
	status := response.StatusCode
	switch {
	case status == http.StatusAccepted:
		return nil
	case status == http.StatusUnauthorized:
		return tenant.Refusef(tenant.Refused, "%s refuses our secret (401): another installation may answer there, or the proxy drops the header %s; "+
			"correct PUBLIC_URL or the proxy, then connect again", address, webhook.NinjaOneHeader)
	case status >= 300 && status < 400:
		return tenant.Refusef(tenant.Refused, "%s redirects (%d), which webhooks don't follow: set PUBLIC_URL to the final address, then connect again",
			address, status)
	case status == http.StatusServiceUnavailable, status == http.StatusBadGateway, status == http.StatusGatewayTimeout:
		return fmt.Errorf("%s answers %d: `starter serve` is not running behind it, or can't reach PostgreSQL or Temporal", address, status)
	case status == http.StatusTooManyRequests, status >= 500:
		return fmt.Errorf("%s answers %d: look at the log of `starter serve` and of the proxy before it", address, status)
	}
	return tenant.Refusef(tenant.Refused, "%s answers %d instead of 202: something other than `starter serve` answers there; correct PUBLIC_URL or the "+
		"proxy, then connect again", address, status)
}
