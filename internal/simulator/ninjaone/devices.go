package ninjaone

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// linkLifetime is the lifetime of a dashboard link (ninjaone.md 4.8).
const linkLifetime = 5 * time.Minute

// getDevices lists basic nodes (ninjaone.md 4).
func (s *Simulator) getDevices(w http.ResponseWriter, r *http.Request) {
	listDevices(s, w, r, func(d *Device) nodeJSON[seconds] { return node(&s.world, d, restTime) })
}

// getDevicesDetailed lists detailed nodes (ninjaone.md 4.2).
func (s *Simulator) getDevicesDetailed(w http.ResponseWriter, r *http.Request) {
	listDevices(s, w, r, func(d *Device) detailedJSON { return detailed(&s.world, d) })
}

func listDevices[R any](s *Simulator, w http.ResponseWriter, r *http.Request, render func(*Device) R) {
	asked, ok := s.window(w, r)
	if !ok {
		return
	}
	wanted, ok := s.filter(w, r)
	if !ok {
		return
	}
	s.mu.RLock()
	rows := page(s.world.devices, asked, deviceID, wanted.matches, render)
	s.mu.RUnlock()
	reply(w, r, tampered(s, r, rows))
}

// withDevice replies with a rendering of the device in the path, which may be pending, or with 404.
func withDevice[R any](s *Simulator, w http.ResponseWriter, r *http.Request, render func(*Device) R) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	s.mu.RLock()
	device := s.world.device(id)
	if device == nil {
		s.mu.RUnlock()
		notFound(w, r, "Device")
		return
	}
	rendered := render(device)
	s.mu.RUnlock()
	reply(w, r, rendered)
}

func (s *Simulator) getDevice(w http.ResponseWriter, r *http.Request) {
	withDevice(s, w, r, func(d *Device) any { return s.omitting(detailed(&s.world, d)) })
}

// omitting returns a single record without the members that the switch names. The caller holds the lock.
func (s *Simulator) omitting(record any) any {
	if s.switches.SingleRecordsOmit == "" {
		return record
	}
	encoded, err := json.Marshal(record)
	members := map[string]json.RawMessage{}
	if err != nil || json.Unmarshal(encoded, &members) != nil {
		return record
	}
	for name := range strings.SplitSeq(s.switches.SingleRecordsOmit, ",") {
		delete(members, strings.TrimSpace(name))
	}
	return members
}

// lastUserJSON is the last user who logged on; it is empty if there is none.
type lastUserJSON struct {
	UserName  string  `json:"userName,omitempty"`
	LogonTime seconds `json:"logonTime,omitzero"`
}

func (s *Simulator) getLastUser(w http.ResponseWriter, r *http.Request) {
	withDevice(s, w, r, func(d *Device) lastUserJSON {
		return lastUserJSON{UserName: d.LastUser, LogonTime: seconds{d.LastLogon}}
	})
}

// getDashboardURL returns an expiring link to the device's page, or redirects to it.
func (s *Simulator) getDashboardURL(w http.ResponseWriter, r *http.Request) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	s.mu.RLock()
	known := s.world.device(id) != nil
	s.mu.RUnlock()
	if !known {
		notFound(w, r, "Device")
		return
	}
	link := fmt.Sprintf("http://%s/#/deviceDashboard/%d/overview", r.Host, id)
	if r.URL.Query().Get("redirect") == "true" {
		http.Redirect(w, r, link, http.StatusFound)
		return
	}
	reply(w, r, map[string]any{"url": link, "expires": seconds{s.now().Add(linkLifetime)}})
}

func (s *Simulator) getCustomFields(w http.ResponseWriter, r *http.Request) {
	withDevice(s, w, r, func(d *Device) map[string]any {
		if fields := d.clone().CustomFields; fields != nil {
			return fields
		}
		return map[string]any{}
	})
}

// searchDevices finds approved devices by part of a name.
func (s *Simulator) searchDevices(w http.ResponseWriter, r *http.Request) {
	type match struct {
		nodeJSON[seconds]
		Score          int    `json:"score"`
		MatchAttr      string `json:"matchAttr"`
		MatchAttrValue string `json:"matchAttrValue"`
	}
	query := r.URL.Query().Get("q")
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit <= 0 {
		limit = 50
	}
	matches := []match{}
	s.mu.RLock()
	for _, d := range s.world.devices {
		for attribute, value := range map[string]string{"systemName": d.SystemName, "displayName": d.DisplayName, "dnsName": d.DNSName} {
			if d.ApprovalStatus == approved && len(matches) < limit && query != "" && strings.Contains(strings.ToLower(value), strings.ToLower(query)) {
				matches = append(matches, match{node(&s.world, d, restTime), 1, attribute, value})
				break
			}
		}
	}
	s.mu.RUnlock()
	reply(w, r, map[string]any{"query": query, "devices": matches})
}

// patchDevice changes the members that ninjaone.md 4 lists.
func (s *Simulator) patchDevice(w http.ResponseWriter, r *http.Request) {
	var change struct {
		DisplayName    *string        `json:"displayName"`
		UserData       map[string]any `json:"userData"`
		NodeRoleID     *int           `json:"nodeRoleId"`
		PolicyID       *int           `json:"policyId"`
		OrganizationID *int           `json:"organizationId"`
		LocationID     *int           `json:"locationId"`
	}
	id, ok := pathID(w, r)
	if !ok || !readJSON(w, r, &change) {
		return
	}
	if change.OrganizationID != nil {
		if err := s.MoveDevice(id, *change.OrganizationID); err != nil {
			notFound(w, r, "Device or organization")
			return
		}
	}
	assign := func(target *int, value *int) {
		if value != nil {
			*target = *value
		}
	}
	err := s.UpdateDevice(id, func(d *Device) {
		assign(&d.RoleID, change.NodeRoleID)
		assign(&d.PolicyID, change.PolicyID)
		assign(&d.LocationID, change.LocationID)
		if change.DisplayName != nil {
			d.DisplayName = *change.DisplayName
		}
		if change.UserData != nil {
			d.UserData = change.UserData
		}
	})
	if err != nil {
		notFound(w, r, "Device")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Simulator) patchCustomFields(w http.ResponseWriter, r *http.Request) {
	var fields map[string]any
	id, ok := pathID(w, r)
	if !ok || !readJSON(w, r, &fields) {
		return
	}
	err := s.UpdateDevice(id, func(d *Device) {
		for name, value := range fields {
			d.setCustomField(name, value)
		}
	})
	if err != nil {
		notFound(w, r, "Device")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// postApproval approves or rejects pending devices. A rejected device is deleted.
func (s *Simulator) postApproval(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Devices []int `json:"devices"`
	}
	mode := r.PathValue("mode")
	if !slices.Contains([]string{"APPROVE", "REJECT"}, mode) {
		badParameter(w, r, "mode", "must be APPROVE or REJECT")
		return
	}
	if !readJSON(w, r, &body) {
		return
	}
	for _, id := range body.Devices {
		decide := s.ApproveDevice
		if mode == "REJECT" {
			decide = s.DeleteDevice
		}
		if err := decide(id); err != nil {
			notFound(w, r, "Device")
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}
