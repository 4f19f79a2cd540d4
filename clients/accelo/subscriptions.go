package accelo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
)

// Events that this product subscribes to (contract accelo 10.3).
const (
	EventRequestStatus = "update_request_status"
)

// Subscription is a webhook of the token's user (contract accelo 10). Its secret is never told.
type Subscription struct {
	ID          string `json:"subscription_id"`
	EventID     string `json:"event_id"`
	URL         string `json:"trigger_url"`
	ContentType string `json:"content_type"`
}

// UnmarshalJSON reads a subscription; ids come as strings in the only sample, and as numbers elsewhere (contract accelo 12).
func (s *Subscription) UnmarshalJSON(data []byte) error {
	type plain Subscription
	read := struct {
		*plain
		ID text `json:"subscription_id"`
	}{plain: (*plain)(s)}
	err := json.Unmarshal(data, &read)
	s.ID = string(read.ID)
	return err
}

// SubscriptionType is an event that can be subscribed to.
type SubscriptionType struct {
	EventID string `json:"event_id"`
	Title   string `json:"event_title"`
	Table   string `json:"trigger_table"`
	Type    string `json:"trigger_type"`
}

// NewSubscription is what a webhook is made of. The secret, which signs deliveries, may be empty.
type NewSubscription struct{ URL, EventID, Secret string }

// Subscriptions lists the webhooks of the token's user.
func (c *Client) Subscriptions(ctx context.Context) ([]Subscription, error) {
	return readWrapped[Subscription](ctx, c, "Subscriptions", "/webhooks/subscriptions", "subscriptions", query{})
}

// SubscriptionTypes lists the events that can be subscribed to.
func (c *Client) SubscriptionTypes(ctx context.Context) ([]SubscriptionType, error) {
	return readWrapped[SubscriptionType](ctx, c, "SubscriptionTypes", "/webhooks/subscriptions/types", "types", query{})
}

// Subscribe registers a webhook whose deliveries are JSON (contract accelo 10.2).
func (c *Client) Subscribe(ctx context.Context, subscription NewSubscription) (Subscription, error) {
	const operation, path = "Subscribe", "/webhooks/subscriptions"
	if target, err := url.Parse(subscription.URL); err != nil || target.Host == "" || !enumerated.MatchString(subscription.EventID) {
		return Subscription{}, fmt.Errorf("accelo: %s: an absolute URL and an event are required: %w", operation, ErrInvalid)
	}
	made := call{operation: operation, method: http.MethodPost, path: path, secret: subscription.Secret, form: form{
		"trigger_url": subscription.URL, "event_id": subscription.EventID, "content_type": "application/json",
	}}
	if subscription.Secret != "" {
		made.form["secret"] = subscription.Secret
	}
	answer, err := c.do(ctx, made)
	if err != nil {
		return Subscription{}, err
	}
	// The wrapper has been seen in samples only (contract accelo 10.2): without it, the reply is the subscription.
	inner, err := decodeWrapped(answer.response, "subscription")
	if err != nil {
		inner = answer.response
	}
	registered, err := decodeObject[Subscription](inner)
	if err == nil && registered.ID == "" {
		err = errors.New("the reply holds no subscription_id")
	}
	return registered, c.unreadable(made, answer, err)
}

// Ids of subscriptions are 24 hexadecimal digits in the only sample; anything that is safe in a path is taken.
var subscriptionID = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

// Unsubscribe removes a webhook. One that is gone already answers IsInvalidRequest.
func (c *Client) Unsubscribe(ctx context.Context, id string) error {
	if !subscriptionID.MatchString(id) {
		return fmt.Errorf("accelo: Unsubscribe: %q is no subscription id: %w", oneLine(id, 64), ErrInvalid)
	}
	_, err := c.do(ctx, call{operation: "Unsubscribe", method: http.MethodDelete, path: "/webhooks/subscriptions/" + id})
	return err
}
