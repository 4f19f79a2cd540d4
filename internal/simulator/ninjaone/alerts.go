package ninjaone

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"

	"ninjaone-accelo/internal/simulator/lab"
)

// uuidPattern matches an alert's UID in a path (ninjaone.md 8.1).
var uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// getAlerts lists the active alerts without paging (ninjaone.md 5.1). It omits alerts of devices that df excludes.
func (s *Simulator) getAlerts(w http.ResponseWriter, r *http.Request) {
	wanted, ok := s.filter(w, r)
	if !ok {
		return
	}
	sources := r.URL.Query().Get("sourceType")
	s.mu.RLock()
	rows := []alertJSON{}
	for _, alert := range s.world.alerts {
		device := s.world.device(alert.DeviceID)
		if device != nil && wanted.matches(device) && (sources == "" || oneOf(sources, alert.SourceType)) {
			rows = append(rows, renderAlert(alert, !s.switches.AlertsWithoutSeverity))
		}
	}
	s.mu.RUnlock()
	reply(w, r, tampered(s, r, s.frozen(r, rows)))
}

// getDeviceAlerts lists the active alerts of one device.
func (s *Simulator) getDeviceAlerts(w http.ResponseWriter, r *http.Request) {
	withDevice(s, w, r, func(d *Device) []alertJSON {
		rows := []alertJSON{}
		if _, hit := s.Lab.PickFault(r, faultDeviceAlerts); hit {
			return rows
		}
		for _, alert := range s.world.alerts {
			if alert.DeviceID == d.ID {
				rows = append(rows, renderAlert(alert, !s.switches.AlertsWithoutSeverity))
			}
		}
		return rows
	})
}

// deleteAlert resets an alert.
func (s *Simulator) deleteAlert(w http.ResponseWriter, r *http.Request) { s.resetByAPI(w, r, nil) }

// postAlertReset resets an alert and stores the posted object as the data of the RESET activity. Some clients post an
// empty body (ninjaone.md 5.1).
func (s *Simulator) postAlertReset(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	body = bytes.TrimSpace(body)
	if err != nil || len(body) > 0 && (body[0] != '{' || !json.Valid(body)) {
		validationError(w, r, "malformed_json", map[string]string{"detail": "a JSON object is expected"})
		return
	}
	if len(body) == 0 {
		body = nil
	}
	s.resetByAPI(w, r, body)
}

// resetByAPI replies with 204, or with 404 if the alert is unknown or has already been reset (ninjaone.md 10).
func (s *Simulator) resetByAPI(w http.ResponseWriter, r *http.Request, posted json.RawMessage) {
	uid := r.PathValue("uid")
	if !uuidPattern.MatchString(uid) {
		lab.RecordViolation(r.Context(), "alerts are identified by their uid (a UUID), not by an activity id")
		badParameter(w, r, "uid", "must be a UUID")
		return
	}
	if _, err := s.reset(uid, 0, posted); err != nil {
		applicationError(w, r, http.StatusNotFound, "ALERT_NOT_FOUND", "Alert not found or already reset")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// oneOf reports whether a value is in a comma-separated list.
func oneOf(list, value string) bool {
	for part := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(part) == value {
			return true
		}
	}
	return false
}
