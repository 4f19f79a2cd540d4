package ninjaone

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// linkLifetime is how long a dashboard link lives (contract 4.8).
const linkLifetime = 5 * time.Minute

// getDevices lists basic nodes (contract 4).
func (s *Simulator) getDevices(w http.ResponseWriter, r *http.Request) {
	listDevices(s, w, r, func(d *Device) nodeJSON[seconds] { return node(&s.world, d, restTime) })
}

// getDevicesDetailed lists detailed nodes (contract 4.2).
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

// withDevice answers with something made of the device in the path, pending ones included, or 404.
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
	answer := render(device)
	s.mu.RUnlock()
	reply(w, r, answer)
}

func (s *Simulator) getDevice(w http.ResponseWriter, r *http.Request) {
	withDevice(s, w, r, func(d *Device) detailedJSON { return detailed(&s.world, d) })
}

// lastUserJSON is who logged on last; empty where nobody did.
type lastUserJSON struct {
	UserName  string  `json:"userName,omitempty"`
	LogonTime seconds `json:"logonTime,omitzero"`
}

func (s *Simulator) getLastUser(w http.ResponseWriter, r *http.Request) {
	withDevice(s, w, r, func(d *Device) lastUserJSON {
		return lastUserJSON{UserName: d.LastUser, LogonTime: seconds{d.LastLogon}}
	})
}

// getDashboardURL makes a link to the device's page that expires, or redirects there.
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

// searchDevices finds approved devices by a part of one of their names.
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

// patchDevice changes what contract 4 lets the API change.
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

// postApproval approves or rejects pending devices; a rejected one disappears.
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
		decide := s.Approve
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

func (s *Simulator) getPolicies(w http.ResponseWriter, r *http.Request) {
	rows := []policyJSON{}
	s.mu.RLock()
	for _, policy := range s.world.policies {
		rows = append(rows, renderPolicy(policy))
	}
	s.mu.RUnlock()
	reply(w, r, rows)
}

func (s *Simulator) getRoles(w http.ResponseWriter, r *http.Request) {
	rows := []roleJSON{}
	s.mu.RLock()
	for _, role := range s.world.roles {
		rows = append(rows, renderRole(role))
	}
	s.mu.RUnlock()
	reply(w, r, rows)
}

// getUsers lists technicians, with the explicit nulls of the recordings (contract 4).
func (s *Simulator) getUsers(w http.ResponseWriter, r *http.Request) {
	rows := []map[string]any{}
	s.mu.RLock()
	for _, user := range s.world.users {
		if r.URL.Query().Get("userType") == "END_USER" {
			continue
		}
		rows = append(rows, map[string]any{
			"id": user.ID, "uid": user.UID, "firstName": user.FirstName, "lastName": user.LastName, "email": user.Email, "enabled": true,
			"administrator": false, "userType": "TECHNICIAN", "invitationStatus": "REGISTERED", "organizationId": nil, "tags": nil, "fields": nil,
		})
	}
	s.mu.RUnlock()
	reply(w, r, rows)
}

// readJSON decodes a body, or answers 400.
func readJSON(w http.ResponseWriter, r *http.Request, target any) bool {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		lab.Violate(r.Context(), "a JSON body needs Content-Type application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil {
		err = json.Unmarshal(body, target)
	}
	if err != nil {
		validationError(w, r, "malformed_json", map[string]string{"detail": err.Error()})
		return false
	}
	return true
}
