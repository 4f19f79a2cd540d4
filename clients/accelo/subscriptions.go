package accelo

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"

	"ninjaone-accelo/clients/lenient"
)

// EventRequestStatus is the event of a request whose standing changed (accelo.md 10.3).
const EventRequestStatus = "update_request_status"

// Subscription is a webhook of the service application's user (accelo.md 10). Accelo never returns its secret.
type Subscription struct {
	ID      string `json:"subscription_id"`
	EventID string `json:"event_id"`
	URL     string `json:"trigger_url"`
}

// UnmarshalJSON accepts members of any form, because the only sample has an ID in a string (accelo.md 12).
func (s *Subscription) UnmarshalJSON(data []byte) error {
	type plain Subscription
	return lenient.Unmarshal(data, (*plain)(s))
}

// NewSubscription describes a webhook to register. The secret signs the deliveries and may be empty.
type NewSubscription struct{ URL, EventID, Secret string }

// Subscriptions returns the webhooks of the service application's user.
func (c *Client) Subscriptions(ctx context.Context) ([]Subscription, error) {
	return readWrappedList[Subscription](ctx, c, "Subscriptions", "/webhooks/subscriptions", "subscriptions", query{})
}

// Subscribe registers a webhook with deliveries in JSON (accelo.md 10.2).
func (c *Client) Subscribe(ctx context.Context, subscription NewSubscription) (Subscription, error) {
	const operation = "Subscribe"
	if target, err := url.Parse(subscription.URL); err != nil || target.Host == "" || !enumerated.MatchString(subscription.EventID) {
		return Subscription{}, invalid(operation, "subscription: it needs an absolute URL and an event")
	}
	call := apiCall{
		operation: operation, method: http.MethodPost, path: "/webhooks/subscriptions", secret: subscription.Secret,
		form: form{"trigger_url": subscription.URL, "event_id": subscription.EventID, "content_type": "application/json"},
	}
	if subscription.Secret != "" {
		call.form["secret"] = subscription.Secret
	}
	result, err := c.do(ctx, call)
	if err != nil {
		return Subscription{}, err
	}
	// Only a sample shows the wrapper (accelo.md 10.2). Without it, the response is the subscription.
	inner, err := unwrap(result.data, "subscription")
	if err != nil {
		inner = result.data
	}
	created, err := decodeObject[Subscription](inner)
	if err == nil && created.ID == "" {
		err = errors.New("the response holds no subscription_id")
	}
	return created, call.unreadable(result, err)
}

// subscriptionID accepts every ID that is safe in a path. The only sample has 24 hexadecimal digits.
var subscriptionID = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

// Unsubscribe removes a webhook. If it does not exist, IsInvalidRequest is true.
func (c *Client) Unsubscribe(ctx context.Context, id string) error {
	const operation = "Unsubscribe"
	if !subscriptionID.MatchString(id) {
		return invalid(operation, "subscription ID %q", oneLine(id, 64))
	}
	_, err := c.do(ctx, apiCall{operation: operation, method: http.MethodDelete, path: "/webhooks/subscriptions/" + id})
	return err
}
