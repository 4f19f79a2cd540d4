package ninjaone

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The limit for list calls to the legacy API: ten in ten minutes (ninjaone.md 2.3.1).
const (
	legacyLists  = 10
	legacyWindow = 10 * time.Minute
)

// legacyRoutes adds the API v1, which only accepts the key pair (ninjaone.md 2.3).
func (s *Simulator) legacyRoutes(mux *http.ServeMux) {
	entity := func(pattern string, serve http.HandlerFunc) { mux.HandleFunc(pattern, s.authorized("", serve)) }
	list := func(pattern string, serve http.HandlerFunc) {
		entity(pattern, func(w http.ResponseWriter, r *http.Request) {
			if s.legacyLimited() {
				errRateLimit.reply(w, r)
				return
			}
			serve(w, r)
		})
	}
	entity("GET /v1/ping", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	list("GET /v1/customers", s.legacyCustomers)
	entity("GET /v1/customers/{id}", s.legacyCustomer)
	list("GET /v1/devices", s.legacyDevices)
	entity("GET /v1/devices/{id}", s.legacyDevice)
	list("GET /v1/alerts", s.legacyAlerts)
	list("GET /v1/alerts/since/{id}", s.legacyAlerts)
	entity("GET /v1/alerts/{id}", s.legacyAlert)
	entity("DELETE /v1/alerts/{id}", s.legacyReset)
}

// legacyLimited counts a list call and reports whether it exceeds the limit.
func (s *Simulator) legacyLimited() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.legacyLists = slices.DeleteFunc(s.legacyLists, func(at time.Time) bool { return now.Sub(at) >= legacyWindow })
	if s.switches.NoLegacyLimit {
		return false
	}
	if len(s.legacyLists) >= legacyLists {
		return true
	}
	s.legacyLists = append(s.legacyLists, now)
	return false
}

type legacyCustomerJSON struct {
	ID          int    `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

func legacyCustomerOf(o *Organization) legacyCustomerJSON {
	return legacyCustomerJSON{ID: o.ID, Name: o.Name, Description: o.Description}
}

func (s *Simulator) legacyCustomers(w http.ResponseWriter, r *http.Request) {
	rows := []legacyCustomerJSON{}
	s.mu.RLock()
	for _, organization := range s.world.organizations {
		rows = append(rows, legacyCustomerOf(organization))
	}
	s.mu.RUnlock()
	reply(w, r, rows)
}

func (s *Simulator) legacyCustomer(w http.ResponseWriter, r *http.Request) {
	withOrganization(s, w, r, legacyCustomerOf)
}

// legacyDeviceJSON is a v1 device: missing values are omitted, and dates are RFC 2616 strings (ninjaone.md 2.3.3).
type legacyDeviceJSON struct {
	ID               int            `json:"id"`
	Type             string         `json:"type"`
	SubType          string         `json:"sub_type"`
	Role             string         `json:"role"`
	CustomerID       int            `json:"customer_id"`
	SystemName       string         `json:"system_name,omitempty"`
	DNSName          string         `json:"dns_name,omitempty"`
	DisplayName      string         `json:"display_name,omitempty"`
	LastOnline       string         `json:"last_online,omitempty"`
	LastUpdate       string         `json:"last_update,omitempty"`
	LastLoggedInUser string         `json:"last_logged_in_user,omitempty"`
	NinjaURL         string         `json:"ninja_url,omitempty"`
	RemoteControlURL string         `json:"remote_control_url,omitempty"`
	OS               map[string]any `json:"os,omitempty"`
	System           map[string]any `json:"system,omitempty"`
}

// legacyDeviceOf renders a device. It has a remote control URL only while TeamViewer is on for the device. The caller
// holds the lock.
func (s *Simulator) legacyDeviceOf(d *Device, host string) legacyDeviceJSON {
	out := legacyDeviceJSON{
		ID: d.ID, Type: "AGENT", Role: d.NodeClass, CustomerID: d.OrganizationID, SystemName: d.SystemName, DNSName: d.DNSName,
		DisplayName: d.DisplayName, LastOnline: legacyTime(d.LastContact), LastUpdate: legacyTime(d.LastUpdate), LastLoggedInUser: d.LastUser,
		NinjaURL: fmt.Sprintf("https://%s/#/deviceDashboard/%d/overview", host, d.ID),
	}
	switch {
	case d.NodeClass == "CLOUD_MONITOR_TARGET":
		out.Type = "MONITOR_SERVER"
	case d.NodeClass == "NMS_NETWORK_MANAGEMENT_AGENT":
		out.Type = "NMS_SERVER"
	case strings.HasPrefix(d.NodeClass, "NMS_"):
		out.Type = "NMS_TARGET"
	}
	out.SubType = out.Type + "_GENERAL"
	owner := s.world.organization(d.OrganizationID)
	if owner != nil && owner.TeamViewer && slices.Contains(owner.TeamViewerTargets, d.NodeClass) {
		out.RemoteControlURL = fmt.Sprintf("https://%s/remote/teamviewer?token=%s", host, d.UID)
	}
	if details := detailed(&s.world, d); details.OS != nil {
		out.OS = map[string]any{
			"name": details.OS.Name, "buildNumber": details.OS.BuildNumber, "releaseId": details.OS.ReleaseID,
			"last_boot_time": legacyTime(details.OS.LastBootTime.Time),
		}
		out.System = map[string]any{
			"manufacturer": details.System.Manufacturer, "name": details.System.Name, "model": details.System.Model,
			"bios_serial_number": details.System.BIOSSerialNumber, "serial_number": d.SerialNumber, "domain": details.System.Domain,
		}
	}
	return out
}

func legacyTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(http.TimeFormat)
}

func (s *Simulator) legacyDevices(w http.ResponseWriter, r *http.Request) {
	rows := []legacyDeviceJSON{}
	s.mu.RLock()
	for _, device := range s.world.devices {
		if device.ApprovalStatus == approved {
			rows = append(rows, s.legacyDeviceOf(device, r.Host))
		}
	}
	s.mu.RUnlock()
	reply(w, r, rows)
}

func (s *Simulator) legacyDevice(w http.ResponseWriter, r *http.Request) {
	withDevice(s, w, r, func(d *Device) legacyDeviceJSON { return s.legacyDeviceOf(d, r.Host) })
}

// legacyAlertJSON is a v1 alert (ninjaone.md 2.3.4).
type legacyAlertJSON struct {
	ID       int64               `json:"id"`
	Message  string              `json:"message"`
	CanReset bool                `json:"can_reset"`
	Device   map[string]any      `json:"device,omitempty"`
	Customer *legacyCustomerJSON `json:"customer,omitempty"`
}

// legacyAlertOf renders an alert. The caller holds the lock.
func (s *Simulator) legacyAlertOf(a *Alert) legacyAlertJSON {
	out := legacyAlertJSON{ID: a.ActivityID, Message: a.Message, CanReset: true}
	if d := s.world.device(a.DeviceID); d != nil {
		out.Device = map[string]any{"id": d.ID, "system_name": d.SystemName, "role": d.NodeClass}
		if owner := s.world.organization(d.OrganizationID); owner != nil {
			customer := legacyCustomerOf(owner)
			out.Customer = &customer
		}
	}
	return out
}

// legacyAlerts lists the active alerts, or those above an ID.
func (s *Simulator) legacyAlerts(w http.ResponseWriter, r *http.Request) {
	since := int64(0)
	if text := r.PathValue("id"); text != "" {
		parsed, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			badParameter(w, r, "id", "must be an alert id")
			return
		}
		since = parsed
	}
	rows := []legacyAlertJSON{}
	s.mu.RLock()
	for _, alert := range s.world.alerts {
		if alert.ActivityID > since {
			rows = append(rows, s.legacyAlertOf(alert))
		}
	}
	s.mu.RUnlock()
	reply(w, r, rows)
}

// legacyPathAlert returns the alert in the path, or replies with 404.
func (s *Simulator) legacyPathAlert(w http.ResponseWriter, r *http.Request) (uid string, out legacyAlertJSON, ok bool) {
	s.mu.RLock()
	for _, alert := range s.world.alerts {
		if strconv.FormatInt(alert.ActivityID, 10) == r.PathValue("id") {
			uid, out, ok = alert.UID, s.legacyAlertOf(alert), true
		}
	}
	s.mu.RUnlock()
	if !ok {
		gatewayError{http.StatusNotFound, "invalid_id", "Unknown alert id", 6}.reply(w, r)
	}
	return uid, out, ok
}

func (s *Simulator) legacyAlert(w http.ResponseWriter, r *http.Request) {
	if _, out, ok := s.legacyPathAlert(w, r); ok {
		reply(w, r, out)
	}
}

func (s *Simulator) legacyReset(w http.ResponseWriter, r *http.Request) {
	uid, _, ok := s.legacyPathAlert(w, r)
	if !ok {
		return
	}
	// It fails only if another call has just reset the alert, which is the desired result.
	_, _ = s.ResetAlert(uid)
	w.WriteHeader(http.StatusNoContent)
}
