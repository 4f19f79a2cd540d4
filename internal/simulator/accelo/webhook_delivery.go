package accelo

import (
	"crypto/hmac"
	"crypto/sha1" // the most likely algorithm (accelo.md 10.5)
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"

	"ninjaone-accelo/internal/simulator/lab"
)

// takeEvents turns the queued events into deliveries. The caller holds the lock.
func (s *Simulator) takeEvents() []lab.Delivery {
	var deliveries []lab.Delivery
	for _, e := range s.world.events {
		for _, row := range s.world.subscriptions {
			if row.EventID == e.name {
				deliveries = append(deliveries, s.delivery(row, e))
			}
		}
	}
	s.world.events = s.world.events[:0]
	return deliveries
}

// delivery returns the request to a subscriber, which only has id and resource_url (accelo.md 10.4). The caller holds the
// lock.
func (s *Simulator) delivery(row *Subscription, e event) lab.Delivery {
	target := fmt.Sprintf("https://%s.api.accelo.com/api/v0/%s/%d", s.options.Deployment, e.resource, e.id)
	var body []byte
	if row.ContentType == jsonType {
		var id any = number(e.id)
		if s.switches.NumericWebhookID {
			id = e.id
		}
		body = appendJSON(nil, object{{"id", id}, {"resource_url", target}})
	} else {
		body = []byte(url.Values{"id": {number(e.id)}, "resource_url": {target}}.Encode())
	}
	header := http.Header{"Content-Type": {row.ContentType}, "X-Accelo-Event": {e.name}, "User-Agent": {"Accelo-Webhook"}}
	if row.secret != "" {
		header.Set("X-Hub-Signature", s.switches.sign(row.secret, body))
	}
	return lab.Delivery{ID: number(e.id), Event: e.name, URL: row.TriggerURL, Header: header, Body: body, Owner: row.ID}
}

// sign returns the signature of the raw body: by default HMAC-SHA1 in hex, without a prefix (accelo.md 14).
func (s Switches) sign(secret string, body []byte) string {
	name, algorithm := "sha1=", sha1.New
	if s.SignatureSHA256 {
		name, algorithm = "sha256=", sha256.New
	}
	mac := hmac.New(algorithm, []byte(secret))
	_, _ = mac.Write(body) // a hash never fails
	digest := hex.EncodeToString(mac.Sum(nil))
	if s.SignaturePrefix {
		return name + digest
	}
	return digest
}

// delivered deletes a subscription after a 410 or too many consecutive timeouts.
func (s *Simulator) delivered(result lab.DeliveryResult) {
	if result.Attempt == 0 {
		return
	}
	if result.Status == http.StatusGone {
		s.dropSubscription(result.Owner)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, row := range s.world.subscriptions {
		if row.ID != result.Owner {
			continue
		}
		if !result.TimedOut {
			row.Timeouts = 0
			return
		}
		row.Timeouts++
		if row.Timeouts >= s.switches.deliveryTimeouts() {
			s.world.unsubscribe(row.ID)
		}
		return
	}
}

func (s *Simulator) dropSubscription(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.unsubscribe(id)
}
