package ninjaone

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// summary is the console's first row of figures.
func (s *Simulator) summary() []lab.Stat {
	s.mu.RLock()
	defer s.mu.RUnlock()
	hook := "none"
	if s.world.webhook != nil {
		hook = s.world.webhook.URL
		if s.world.disabled {
			hook += " (disabled)"
		}
	}
	return []lab.Stat{
		{Label: "organizations", Value: strconv.Itoa(len(s.world.organizations))},
		{Label: "devices", Value: strconv.Itoa(len(s.world.devices))},
		{Label: "active alerts", Value: strconv.Itoa(len(s.world.alerts))},
		{Label: "activities", Value: strconv.Itoa(len(s.world.activities))},
		{Label: "webhook", Value: hook},
	}
}

// tables are the console's tables.
func (s *Simulator) tables() []lab.Table {
	return []lab.Table{
		{Name: "organizations", Title: "Organizations", Columns: []string{"Id", "Name", "Description", "Devices", "TeamViewer"}, Rows: s.organizationRows},
		{Name: "devices", Title: "Devices", Columns: []string{"Id", "Name", "Display name", "Class", "Organization", "Status", "User"}, Rows: s.deviceRows},
		{Name: "alerts", Title: "Alerts", Columns: []string{"Triggered", "Severity", "Message", "Device", "Uid"}, Rows: s.alertRows},
		{Name: "activities", Title: "Activities", Columns: []string{"Id", "Time", "Type", "Status", "Device", "Message", "Series"}, Rows: s.activityRows},
	}
}

// cut keeps the rows that contain a text and takes a page of them.
func cut(rows []lab.Row, query string, offset, limit int) ([]lab.Row, int) {
	query = strings.ToLower(query)
	rows = slices.DeleteFunc(rows, func(row lab.Row) bool {
		return !slices.ContainsFunc(row.Cells, func(c lab.Cell) bool { return strings.Contains(strings.ToLower(c.Text), query) })
	})
	start := min(offset, len(rows))
	return rows[start:min(start+limit, len(rows))], len(rows)
}

func (s *Simulator) organizationRows(query string, offset, limit int) ([]lab.Row, int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	counts := map[int]int{}
	for _, device := range s.world.devices {
		counts[device.OrganizationID]++
	}
	rows := make([]lab.Row, 0, len(s.world.organizations))
	for _, o := range s.world.organizations {
		id := strconv.Itoa(o.ID)
		toggle := lab.Button{Label: "TeamViewer on", Action: "organizations/teamviewer", Input: map[string]string{"id": id, "enabled": "true"}}
		teamViewer := "off"
		if o.TeamViewer {
			teamViewer = strings.Join(o.TeamViewerTargets, ", ")
			toggle.Label, toggle.Input["enabled"] = "TeamViewer off", "false"
		}
		rows = append(rows, lab.Row{
			Cells: lab.Cells(id, o.Name, o.Description, strconv.Itoa(counts[o.ID]), teamViewer),
			Buttons: []lab.Button{
				{Label: "Rename", Action: "organizations/rename", Input: map[string]string{"id": id}, Prompt: "name", Default: o.Name},
				toggle,
				{Label: "Delete", Action: "organizations/delete", Input: map[string]string{"id": id}, Danger: true},
			},
		})
	}
	return cut(rows, query, offset, limit)
}

func (s *Simulator) deviceRows(query string, offset, limit int) ([]lab.Row, int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	rows := make([]lab.Row, 0, len(s.world.devices))
	for _, d := range s.world.devices {
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
		approve := lab.Button{Label: "Approve", Action: "devices/approve", Input: input}
		if d.ApprovalStatus == approved {
			approve = lab.Button{Label: "Retire", Action: "devices/decommission", Input: input}
		}
		rows = append(rows, lab.Row{Cells: cells, Buttons: []lab.Button{
			{Label: "Trigger", Action: "trigger", Input: map[string]string{"device_id": id}},
			{Label: "Move", Action: "devices/move", Input: input, Prompt: "organization_id", Default: strconv.Itoa(d.OrganizationID)},
			{Label: "Log on", Action: "devices/logon", Input: input, Prompt: "user", Default: d.LastUser},
			{Label: "Reimage", Action: "devices/reimage", Input: input, Danger: true},
			approve,
			{Label: "Delete", Action: "devices/delete", Input: input, Danger: true},
		}})
	}
	return cut(rows, query, offset, limit)
}

func (s *Simulator) alertRows(query string, offset, limit int) ([]lab.Row, int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	rows := make([]lab.Row, 0, len(s.world.alerts))
	for _, a := range slices.Backward(s.world.alerts) {
		cells := lab.Cells(a.Created.Format(time.DateTime), a.Severity, a.Message, s.world.deviceLabel(a.DeviceID), a.UID)
		cells[1].Badge = map[string]string{"CRITICAL": "bad", "MAJOR": "bad", "MODERATE": "warn"}[a.Severity]
		rows = append(rows, lab.Row{Cells: cells, Buttons: []lab.Button{{Label: "Reset", Action: "reset", Input: map[string]string{"uid": a.UID}}}})
	}
	return cut(rows, query, offset, limit)
}

func (s *Simulator) activityRows(query string, offset, limit int) ([]lab.Row, int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	rows := make([]lab.Row, 0, len(s.world.activities))
	for _, a := range slices.Backward(s.world.activities) {
		rows = append(rows, lab.Row{Cells: lab.Cells(
			strconv.FormatInt(a.ID, 10), a.Time.Format(time.DateTime), a.Type, a.StatusCode, s.world.deviceLabel(a.DeviceID), a.Message, a.SeriesUID,
		)})
	}
	return cut(rows, query, offset, limit)
}

// deviceLabel names a device to people; the lock is held.
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
