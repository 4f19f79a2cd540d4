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

// uuidPattern is the form of an alert's uid in a path (contract 8.1).
var uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// getAlerts lists the active alerts, not paged (contract 5.1). Alerts of devices that df hides are left out.
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
	reply(w, r, tampered(s, r, rows))
}

// getDeviceAlerts lists the active alerts of one device.
func (s *Simulator) getDeviceAlerts(w http.ResponseWriter, r *http.Request) {
	withDevice(s, w, r, func(d *Device) []alertJSON {
		rows := []alertJSON{}
		for _, alert := range s.world.alerts {
			if alert.DeviceID == d.ID {
				rows = append(rows, renderAlert(alert, !s.switches.AlertsWithoutSeverity))
			}
		}
		return rows
	})
}

// deleteAlert resets an alert.
func (s *Simulator) deleteAlert(w http.ResponseWriter, r *http.Request) { s.resetOverAPI(w, r, nil) }

// postAlertReset resets an alert and keeps the posted object as the data of the RESET activity; an empty body is in use
// too (contract 5.1).
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
	s.resetOverAPI(w, r, body)
}

// resetOverAPI answers 204, or 404 for an alert that is unknown or was reset already (contract 10).
func (s *Simulator) resetOverAPI(w http.ResponseWriter, r *http.Request, posted json.RawMessage) {
	uid := r.PathValue("uid")
	if !uuidPattern.MatchString(uid) {
		lab.Violate(r.Context(), "an alert is named by its uid, a UUID; activity ids are another id space")
		badParameter(w, r, "uid", "must be a UUID")
		return
	}
	if _, err := s.reset(uid, 0, posted); err != nil {
		applicationError(w, r, http.StatusNotFound, "ALERT_NOT_FOUND", "Alert not found or already reset")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// oneOf tells whether a value is in a list with commas.
func oneOf(list, value string) bool {
	for part := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(part) == value {
			return true
		}
	}
	return false
}
