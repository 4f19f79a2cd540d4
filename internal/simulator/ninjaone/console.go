package ninjaone

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// summary returns the figures at the top of the console.
func (s *Simulator) summary() []lab.Stat {
	s.mu.RLock()
	defer s.mu.RUnlock()
	hook := "none"
	if s.world.webhook != nil {
		hook = s.world.webhook.URL
		if s.world.webhookDisabled {
			hook += " (disabled)"
		}
	}
	return []lab.Stat{
		{Label: "Organizations", Value: strconv.Itoa(len(s.world.organizations))},
		{Label: "Devices", Value: strconv.Itoa(len(s.world.devices))},
		{Label: "Active alerts", Value: strconv.Itoa(len(s.world.alerts))},
		{Label: "Activities", Value: strconv.Itoa(len(s.world.activities))},
		{Label: "Webhook", Value: hook},
	}
}

// tables returns the console's tables.
func (s *Simulator) tables() []lab.Table {
	return []lab.Table{
		{Name: "organizations", Title: "Organizations", Columns: []string{"ID", "Name", "Description", "Devices", "TeamViewer"}, Rows: s.organizationRows},
		{Name: "devices", Title: "Devices", Columns: []string{"ID", "Name", "Display name", "Class", "Organization", "Status", "User"}, Rows: s.deviceRows},
		{Name: "alerts", Title: "Alerts", Columns: []string{"Triggered", "Severity", "Message", "Device", "UID"}, Rows: s.alertRows},
		{Name: "activities", Title: "Activities", Columns: []string{"ID", "Time", "Type", "Status", "Device", "Message", "Series"}, Rows: s.activityRows},
	}
}

func (s *Simulator) organizationRows(query string, offset, limit int) ([]lab.Row, int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	devices := map[int]int{}
	for _, device := range s.world.devices {
		devices[device.OrganizationID]++
	}
	render := func(o *Organization) lab.Row {
		id := strconv.Itoa(o.ID)
		toggle := lab.Button{Label: "Turn TeamViewer on", Action: "organizations/teamviewer", Input: map[string]string{"id": id, "enabled": "true"}}
		teamViewer := "off"
		if o.TeamViewer {
			teamViewer = strings.Join(o.TeamViewerTargets, ", ")
			toggle.Label, toggle.Input["enabled"] = "Turn TeamViewer off", "false"
		}
		return lab.Row{
			Cells: lab.Cells(id, o.Name, o.Description, strconv.Itoa(devices[o.ID]), teamViewer),
			Buttons: []lab.Button{
				{Label: "Rename", Action: "organizations/rename", Input: map[string]string{"id": id}, Prompt: "name", Default: o.Name},
				toggle,
				{Label: "Delete", Action: "organizations/delete", Input: map[string]string{"id": id}, Danger: true},
			},
		}
	}
	return lab.PageRows(slices.All(s.world.organizations), render, query, offset, limit)
}

func (s *Simulator) deviceRows(query string, offset, limit int) ([]lab.Row, int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return lab.PageRows(slices.All(s.world.devices), s.deviceRow, query, offset, limit)
}

func (s *Simulator) deviceRow(d *Device) lab.Row {
	id, owner := strconv.Itoa(d.ID), strconv.Itoa(d.OrganizationID)
	if o := s.world.organization(d.OrganizationID); o != nil {
		owner = o.Name
	}
	cells := lab.Cells(id, d.SystemName, d.DisplayName, d.NodeClass, owner, d.ApprovalStatus, d.LastUser)
	cells[5].Badge = map[string]string{approved: "good", pending: "warn"}[d.ApprovalStatus]
	if cells[5].Badge == "" {
		cells[5].Badge = "neutral"
	}
	input := map[string]string{"id": id}
	approval := lab.Button{Label: "Approve", Action: "devices/approve", Input: input}
	if d.ApprovalStatus == approved {
		approval = lab.Button{Label: "Decommission", Action: "devices/decommission", Input: input}
	}
	return lab.Row{Cells: cells, Buttons: []lab.Button{
		{Label: "Trigger alert", Action: "trigger", Input: map[string]string{"device_id": id}},
		{Label: "Move", Action: "devices/move", Input: input, Prompt: "organization_id", Default: strconv.Itoa(d.OrganizationID)},
		{Label: "Log on user", Action: "devices/logon", Input: input, Prompt: "user", Default: d.LastUser},
		{Label: "Reinstall", Action: "devices/reimage", Input: input, Danger: true},
		approval,
		{Label: "Delete", Action: "devices/delete", Input: input, Danger: true},
	}}
}

func (s *Simulator) alertRows(query string, offset, limit int) ([]lab.Row, int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	render := func(a *Alert) lab.Row {
		cells := lab.Cells(a.Created.Format(time.DateTime), a.Severity, a.Message, s.world.deviceLabel(a.DeviceID), a.UID)
		cells[1].Badge = map[string]string{"CRITICAL": "bad", "MAJOR": "bad", "MODERATE": "warn"}[a.Severity]
		return lab.Row{Cells: cells, Buttons: []lab.Button{{Label: "Reset", Action: "reset", Input: map[string]string{"uid": a.UID}}}}
	}
	return lab.PageRows(slices.Backward(s.world.alerts), render, query, offset, limit)
}

func (s *Simulator) activityRows(query string, offset, limit int) ([]lab.Row, int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	render := func(a Activity) lab.Row {
		return lab.Row{Cells: lab.Cells(
			strconv.FormatInt(a.ID, 10), a.Time.Format(time.DateTime), a.Type, a.StatusCode, s.world.deviceLabel(a.DeviceID), a.Message, a.SeriesUID,
		)}
	}
	return lab.PageRows(slices.Backward(s.world.activities), render, query, offset, limit)
}

// deviceLabel returns the ID and the name of a device. The caller holds the lock.
func (w *world) deviceLabel(id int) string {
	d := w.device(id)
	switch {
	case id == 0:
		return ""
	case d == nil:
		return strconv.Itoa(id) + " (deleted)"
	case d.DisplayName != "":
		return strconv.Itoa(id) + " " + d.DisplayName
	default:
		return strconv.Itoa(id) + " " + d.SystemName
	}
}
