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

// Webhook is the one webhook that an API application may register (ninjaone.md 7.1).
type Webhook struct {
	// URL receives the deliveries.
	URL string `json:"url"`
	// Activities maps activity types to status codes; "*" means every code. It must not be empty.
	Activities map[string][]string `json:"activities"`
	// Expand lists the records to include, such as "device" and "organization".
	Expand []string `json:"expand,omitempty"`
	// Headers are sent with every delivery. They are its only authentication.
	Headers []Header `json:"headers,omitempty"`
}

// Header is a header of a delivery. The value is a secret.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// LogValue omits the value.
func (h Header) LogValue() slog.Value { return slog.StringValue(h.String()) }

// String omits the value.
func (h Header) String() string { return h.Name + ": [redacted]" }

// GoString omits the value.
func (h Header) GoString() string { return h.String() }

// PutWebhook creates or replaces the application's webhook. No call reads it back and other tools may replace it, so put it
// again at startup and periodically. If the application may not register webhooks, IsForbidden is true.
func (c *Client) PutWebhook(ctx context.Context, hook Webhook) error {
	call := apiCall{operation: "put_webhook", method: http.MethodPut, path: webhookPath}
	if err := hook.check(); err != nil {
		return fmt.Errorf("ninjaone: %s: %w", call.operation, err)
	}
	body, err := json.Marshal(hook)
	if err != nil {
		return fmt.Errorf("ninjaone: %s: %w", call.operation, err)
	}
	call.body = body
	return c.do(ctx, call, nil)
}

// DeleteWebhook removes the application's webhook (ninjaone.md 7.1). If the application may not, or another PSA is configured, IsForbidden
// is true.
func (c *Client) DeleteWebhook(ctx context.Context) error {
	return c.do(ctx, apiCall{operation: "delete_webhook", method: http.MethodDelete, path: webhookPath}, nil)
}

// check omits the URL from its errors, because it may hold a secret.
func (h Webhook) check() error {
	u, err := url.Parse(h.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		return fmt.Errorf("%w webhook URL: use an absolute https address that NinjaOne can reach", ErrInvalid)
	}
	if len(h.Activities) == 0 {
		return fmt.Errorf("%w webhook: it lists no activities", ErrInvalid)
	}
	for _, header := range h.Headers {
		if header.Name == "" {
			return fmt.Errorf("%w webhook: a header has no name", ErrInvalid)
		}
	}
	return nil
}
