package ninjaone

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// retryWait is how long a failed delivery waits for its next attempt, where there is one.
const retryWait = time.Second

// wants tells whether an activity is to be delivered.
func (w *Webhook) wants(a Activity) bool {
	if w.Activities != nil {
		codes := w.Activities[a.Type]
		if !slices.Contains(codes, "*") && !slices.Contains(codes, a.StatusCode) {
			return false
		}
	}
	return len(w.OrganizationIDs) == 0 || slices.Contains(w.OrganizationIDs, a.OrganizationID)
}

// notify sends an activity to the webhook, if it is wanted; the lock is held.
func (s *Simulator) notify(activity Activity) {
	hook := s.world.webhook
	if hook == nil || s.world.disabled || !hook.wants(activity) {
		return
	}
	payload := renderActivity(&activity, webhookTime)
	if device := s.world.device(activity.DeviceID); device != nil && !s.switches.WebhookWithoutDevice {
		basic := node(&s.world, device, webhookTime)
		basic.References = s.references(device, hook.Expand)
		payload.Device = &basic
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(payload); err != nil {
		return // Only data posted with a reset could fail, and that was valid JSON.
	}
	header := http.Header{"Content-Type": {"application/json"}}
	for _, custom := range hook.Headers {
		header[http.CanonicalHeaderKey(custom.Name)] = []string{custom.Value}
	}
	s.Lab.Webhooks.Enqueue(lab.Delivery{
		ID: strconv.FormatInt(activity.ID, 10), Event: activity.Type + "/" + activity.StatusCode, URL: hook.URL, Header: header,
		Body: bytes.TrimSpace(body.Bytes()),
	})
}

// references are what expand asks for; names that are no references do nothing (contract 4.4, 7.1).
func (s *Simulator) references(device *Device, expand []string) *referencesJSON {
	out, some := &referencesJSON{}, false
	owner := s.world.organization(device.OrganizationID)
	for _, name := range expand {
		switch name {
		case "organization":
			if owner != nil {
				plain := plainOrganization(owner)
				out.Organization, some = &plain, true
			}
		case "location":
			out.Location = s.location(owner, device.LocationID)
			some = some || out.Location != nil
		case "policy":
			out.Policy = s.policyReference(device.PolicyID)
			some = some || out.Policy != nil
		case "rolePolicy":
			if owner != nil {
				out.RolePolicy = s.policyReference(owner.RolePolicies[device.RoleID])
				some = some || out.RolePolicy != nil
			}
		case "role":
			if role, found := s.world.role(device.RoleID); found {
				rendered := renderRole(role)
				out.Role, some = &rendered, true
			}
		}
	}
	if !some {
		return nil
	}
	return out
}

func (s *Simulator) location(owner *Organization, id int) *locationJSON {
	if owner == nil {
		return nil
	}
	for _, location := range owner.Locations {
		if location.ID == id {
			plain := plainLocation(location)
			return &plain
		}
	}
	return nil
}

func (s *Simulator) policyReference(id int) *policyJSON {
	policy, found := s.world.policy(id)
	if !found {
		return nil
	}
	rendered := renderPolicy(policy)
	return &rendered
}

// retryWebhook repeats a failed delivery as often as the switch allows.
func (s *Simulator) retryWebhook(result lab.DeliveryResult) (time.Duration, bool) {
	return retryWait, result.Attempt < s.Switches().WebhookAttempts
}

// webhookResult counts failures in a row and disables the webhook at the limit.
func (s *Simulator) webhookResult(result lab.DeliveryResult) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if result.OK() {
		s.failures = 0
		return
	}
	s.failures++
	if limit := s.switches.WebhookDisableAfter; limit > 0 && s.failures >= limit {
		s.world.disabled = true
	}
}
