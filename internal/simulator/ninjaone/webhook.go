package ninjaone

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ninjaone-accelo/internal/simulator/lab"
)

// putWebhook creates or replaces the registration (ninjaone.md 7.1).
func (s *Simulator) putWebhook(w http.ResponseWriter, r *http.Request) {
	if s.webhookForbidden(w, r) {
		return
	}
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		lab.RecordViolation(r.Context(), "a JSON body needs Content-Type application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		validationError(w, r, "malformed_json", map[string]string{"detail": err.Error()})
		return
	}
	hook, err := parseWebhook(body)
	if err != nil {
		validationError(w, r, "invalid_webhook_configuration", map[string]string{"detail": err.Error()})
		return
	}
	recordWebhookViolations(r, hook)
	if err := s.SetWebhook(&hook); err != nil {
		validationError(w, r, "invalid_webhook_configuration", map[string]string{"detail": err.Error()})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// deleteWebhook removes the registration, if there is one.
func (s *Simulator) deleteWebhook(w http.ResponseWriter, r *http.Request) {
	if s.webhookForbidden(w, r) {
		return
	}
	_ = s.SetWebhook(nil) // never fails for nil
	w.WriteHeader(http.StatusNoContent)
}

// webhookForbidden replies with 403 if the caller may not register webhooks, and reports whether it did. Users have to be
// system administrators (ninjaone.md 7.1).
func (s *Simulator) webhookForbidden(w http.ResponseWriter, r *http.Request) bool {
	_, hit := s.Lab.PickFault(r, faultWebhookForbidden)
	if hit || s.Switches().ForbidWebhook || s.isTechnician(r) {
		applicationError(w, r, http.StatusForbidden, "ACCESS_DENIED", "Only system administrators can configure webhooks")
		return true
	}
	return false
}

// SetWebhook replaces the registration, or removes it if hook is nil, as another tool or a user would. It fails if the
// vendor would reject the registration.
func (s *Simulator) SetWebhook(hook *Webhook) error {
	if hook != nil {
		if err := hook.check(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.webhook, s.world.webhookDisabled, s.failures = hook.clone(), false, 0
	return nil
}

// parseWebhook decodes and checks a registration.
func parseWebhook(body []byte) (Webhook, error) {
	var hook Webhook
	if err := json.Unmarshal(body, &hook); err != nil {
		return Webhook{}, fmt.Errorf("malformed payload: %w", err)
	}
	return hook, hook.check()
}

// check returns an error if the vendor would reject the registration.
func (w *Webhook) check() error {
	target, err := url.Parse(w.URL)
	if err != nil || target.Scheme != "https" && target.Scheme != "http" || target.Host == "" {
		return errors.New("url must be an absolute http(s) URL")
	}
	for activityType := range w.Activities {
		if !slices.Contains(activityTypes, activityType) {
			return fmt.Errorf("unknown activity type %q", activityType)
		}
	}
	for _, header := range w.Headers {
		if header.Name == "" || strings.ContainsAny(header.Name+header.Value, "\r\n") {
			return errors.New("headers must be objects with name and value")
		}
	}
	sorted := slices.Sorted(slices.Values(w.OrganizationIDs))
	if len(slices.Compact(sorted)) != len(w.OrganizationIDs) {
		return errors.New("organizationIds must be unique")
	}
	return nil
}

// recordWebhookViolations records what the vendor accepts although it won't do what the client intends.
func recordWebhookViolations(r *http.Request, hook Webhook) {
	if target, err := url.Parse(hook.URL); err == nil && target.Scheme == "http" && !loopback(target.Hostname()) {
		lab.RecordViolation(r.Context(), "the webhook's url must be https")
	}
	if hook.Activities == nil {
		lab.RecordViolation(r.Context(), "activities are missing: the effect is unconfirmed, send an explicit map")
	}
	for activityType, codes := range hook.Activities {
		for _, code := range codes {
			if code != "*" && !isStatusCode(code) {
				lab.RecordViolation(r.Context(), "unknown statusCode "+strconv.Quote(code)+" for "+activityType+": nothing will be delivered")
			}
		}
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
