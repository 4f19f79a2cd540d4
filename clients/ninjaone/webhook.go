package ninjaone

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
)

const webhookPath = "/v2/webhook"

// Webhook is the one registration that an API application may have (contract ninjaone 7.1).
type Webhook struct {
	// URL receives the deliveries.
	URL string `json:"url"`
	// Activities maps an activity type to its status codes; "*" stands for every code. It may not be empty.
	Activities map[string][]string `json:"activities"`
	// Expand names the records to send along, such as "device" and "organization".
	Expand []string `json:"expand,omitempty"`
	// Headers are sent with every delivery; they are its only authentication.
	Headers []Header `json:"headers,omitempty"`
}

// Header is a header of a delivery. Its value is a secret.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// LogValue leaves the value out.
func (h Header) LogValue() slog.Value { return slog.StringValue(h.String()) }

// String leaves the value out.
func (h Header) String() string { return h.Name + ": [secret]" }

// GoString leaves the value out.
func (h Header) GoString() string { return h.String() }

// PutWebhook creates or replaces the application's webhook. There is no call to read it back, and other tools may
// replace it: put it again at start and periodically. IsForbidden means that the application may not register one.
func (c *Client) PutWebhook(ctx context.Context, hook Webhook) error {
	r := request{operation: "put_webhook", method: http.MethodPut, path: webhookPath}
	if err := hook.check(); err != nil {
		return fmt.Errorf("ninjaone %s: %w", r.operation, err)
	}
	body, err := json.Marshal(hook)
	if err != nil {
		return fmt.Errorf("ninjaone %s: %w", r.operation, err)
	}
	r.body = body
	return c.do(ctx, r, nil)
}

// DeleteWebhook removes the application's webhook.
func (c *Client) DeleteWebhook(ctx context.Context) error {
	return c.do(ctx, request{operation: "delete_webhook", method: http.MethodDelete, path: webhookPath}, nil)
}

// check never repeats the URL, as it may hold a secret.
func (h Webhook) check() error {
	u, err := url.Parse(h.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		return fmt.Errorf("%w webhook URL: use an absolute https address that NinjaOne can reach", ErrInvalid)
	}
	if len(h.Activities) == 0 {
		return fmt.Errorf("%w webhook: name the activities to deliver", ErrInvalid)
	}
	for _, header := range h.Headers {
		if header.Name == "" {
			return fmt.Errorf("%w webhook: a header has no name", ErrInvalid)
		}
	}
	return nil
}
