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

// retryWait is the time between two attempts of a delivery.
const retryWait = time.Second

// wants reports whether an activity is to be delivered.
func (w *Webhook) wants(a Activity) bool {
	if w.Activities != nil {
		codes := w.Activities[a.Type]
		if !slices.Contains(codes, "*") && !slices.Contains(codes, a.StatusCode) {
			return false
		}
	}
	return len(w.OrganizationIDs) == 0 || slices.Contains(w.OrganizationIDs, a.OrganizationID)
}

// notify sends an activity to the webhook if it is subscribed. The caller holds the lock.
func (s *Simulator) notify(activity Activity) {
	hook := s.world.webhook
	if hook == nil || s.world.webhookDisabled || !hook.wants(activity) {
		return
	}
	payload := renderActivity(&activity, webhookTime)
	if s.switches.WebhookWithoutSeverity {
		payload.Severity, payload.Priority = "", ""
	}
	if device := s.world.device(activity.DeviceID); device != nil && !s.switches.WebhookWithoutDevice {
		basic := node(&s.world, device, webhookTime)
		basic.References = s.references(device, hook.Expand)
		payload.Device = &basic
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(payload); err != nil {
		return // can't happen: data posted with a reset has been checked to be JSON
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

// references returns the references that expand asks for. Unknown names are ignored (ninjaone.md 4.4, 7.1).
func (s *Simulator) references(device *Device, expand []string) *referencesJSON {
	out, found := &referencesJSON{}, false
	owner := s.world.organization(device.OrganizationID)
	for _, name := range expand {
		switch name {
		case "organization":
			if owner != nil {
				plain := plainOrganization(owner)
				out.Organization, found = &plain, true
			}
		case "location":
			out.Location = s.location(owner, device.LocationID)
			found = found || out.Location != nil
		case "policy":
			out.Policy = s.policyReference(device.PolicyID)
			found = found || out.Policy != nil
		case "rolePolicy":
			if owner != nil {
				out.RolePolicy = s.policyReference(owner.RolePolicies[device.RoleID])
				found = found || out.RolePolicy != nil
			}
		case "role":
			if role, exists := s.world.role(device.RoleID); exists {
				rendered := renderRole(role)
				out.Role, found = &rendered, true
			}
		}
	}
	if !found {
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

// retryWebhook retries a failed delivery as often as the switch allows.
func (s *Simulator) retryWebhook(result lab.DeliveryResult) (time.Duration, bool) {
	return retryWait, result.Attempt < s.Switches().WebhookAttempts
}

// webhookResult counts consecutive failures and disables the webhook at the limit.
func (s *Simulator) webhookResult(result lab.DeliveryResult) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if result.OK() {
		s.failures = 0
		return
	}
	s.failures++
	if limit := s.switches.WebhookDisableAfter; limit > 0 && s.failures >= limit {
		s.world.webhookDisabled = true
	}
}
