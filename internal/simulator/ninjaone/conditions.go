package ninjaone

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// AlertSpec says what an alert is to look like. Empty members are made up; Severity and Priority stay absent when the
// condition drawn has none configured, which a "NONE" makes explicit.
type AlertSpec struct {
	Severity, Priority string
	// SourceConfigUID is the policy condition: the same condition on many devices shares it (contract 5.2).
	SourceConfigUID string
	Subject         string
	Message         string
	SourceType      string
}

// Triggered names a new alert.
type Triggered struct {
	UID        string `json:"uid"`
	ActivityID int64  `json:"activity_id"`
	DeviceID   int    `json:"device_id"`
}

// condition is a policy condition that can fire.
type condition struct {
	configUID, sourceType, name, sourceName, subject, message, cleared, code string
	severity, priority                                                       string
}

// conditions are what the simulated policies watch. The identifiers are fixed: recurrences share them.
func conditions() []condition {
	return []condition{
		{
			"205b85b2-8a12-4123-834f-164be08b3314", "CONDITION_VM_AGGREGATE_CPU_USAGE", "Memory", "_average_", "",
			"Memory Utilization is greater than or equal to 80% for 5 minutes", "Memory Utilization is less than 80%", "vmm_cond_memory_usage", "", "",
		},
		{
			"cae74b14-cac8-4c35-8dea-f6ed59622602", "CONDITION_WINDOWS_EVENT_LOG_TRIGGERED", "Kernel power", "", "41",
			"EventId: 41, Source: Microsoft-Windows-Kernel-Power, Message: The system has rebooted without cleanly shutting down first.",
			"Event 41 was not seen again", "agent_cond_eventlog2", "CRITICAL", "HIGH",
		},
		{
			"0d5d3f7e-6f0b-4d53-9c63-0a3f2f9b7c11", "CONDITION_AGENT_DISK_FREE_SPACE", "Disk space", "C:", "C:",
			"Disk C: has less than 5% <free> space\n(“Daten” & more)", "Disk C: has more than 5% free space", "agent_cond_disk_free", "MAJOR", "HIGH",
		},
		{
			"7b1c8a54-2f0e-4f7f-8a86-3d1f2f6a9e22", "AGENT_OFFLINE", "Device down", "", "", "Device has been offline for 10 minutes",
			"Device is online", "agent_offline", "MODERATE", "MEDIUM",
		},
		{
			"f3a9c2d1-90ab-4cde-8f01-23456789abcd", "CONDITION_WINDOWS_SERVICE_STATE_CHANGED", "Service stopped", "", "Spooler",
			"Windows service 'Spooler' is Stopped", "Windows service 'Spooler' is Running", "agent_cond_service", "MINOR", "LOW",
		},
		{
			"1e4d6f80-1111-4222-8333-444455556666", "CONDITION_PENDING_REBOOT", "Pending reboot", "", "", "A reboot is pending",
			"The reboot was done", "agent_cond_reboot", "NONE", "NONE",
		},
	}
}

// condition is what fires: the one named by the spec's identifier, or one drawn by n, with the spec's members on top.
func (spec AlertSpec) condition(n int64) condition {
	all := conditions()
	fired := all[int(n%int64(len(all)))]
	if spec.SourceConfigUID != "" {
		if at := slices.IndexFunc(all, func(c condition) bool { return c.configUID == spec.SourceConfigUID }); at >= 0 {
			fired = all[at]
		}
		fired.configUID = spec.SourceConfigUID
	}
	override := func(member *string, value string) {
		if value != "" {
			*member = value
		}
	}
	override(&fired.severity, spec.Severity)
	override(&fired.priority, spec.Priority)
	override(&fired.subject, spec.Subject)
	override(&fired.message, spec.Message)
	override(&fired.sourceType, spec.SourceType)
	return fired
}

// check refuses values that the vendor's enumerations do not have.
func (spec AlertSpec) check() error {
	if spec.Severity != "" && !slices.Contains(severities, spec.Severity) {
		return fmt.Errorf("unknown severity %q: one of %v", spec.Severity, severities)
	}
	if spec.Priority != "" && !slices.Contains(priorities, spec.Priority) {
		return fmt.Errorf("unknown priority %q: one of %v", spec.Priority, priorities)
	}
	if spec.SourceType != "" && !slices.Contains(sourceTypes, spec.SourceType) {
		return fmt.Errorf("unknown source type %q", spec.SourceType)
	}
	return nil
}

// TriggerAlert makes a condition fire on a device. Each call is a new occurrence with a uid of its own.
func (s *Simulator) TriggerAlert(deviceID int, spec AlertSpec) (Triggered, error) {
	if err := spec.check(); err != nil {
		return Triggered{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	device := s.world.device(deviceID)
	if device == nil {
		return Triggered{}, missing("device", deviceID)
	}
	return s.trigger(device, spec, newUID(), s.now()), nil
}

// Storm triggers count alerts, spread over the devices of the organizations named, or of the first n organizations that
// have devices where none are named; n = 0 means all.
func (s *Simulator) Storm(organizations []int, n, count int, spec AlertSpec) ([]Triggered, error) {
	if err := spec.check(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	devices := s.stormDevices(organizations, n)
	if len(devices) == 0 {
		return nil, missing("device for a storm in organizations", organizations)
	}
	triggered := make([]Triggered, 0, count)
	for i := range count {
		triggered = append(triggered, s.trigger(devices[i%len(devices)], spec, newUID(), s.now()))
	}
	return triggered, nil
}

// stormDevices interleaves the approved devices of organizations, so that each organization gets its share.
func (s *Simulator) stormDevices(organizations []int, n int) []*Device {
	byOrganization := map[int][]*Device{}
	var order []int
	for _, device := range s.world.devices {
		owner := device.OrganizationID
		if device.ApprovalStatus != approved || len(organizations) > 0 && !slices.Contains(organizations, owner) {
			continue
		}
		if len(byOrganization[owner]) == 0 {
			order = append(order, owner)
		}
		byOrganization[owner] = append(byOrganization[owner], device)
	}
	if len(organizations) == 0 && n > 0 {
		order = order[:min(n, len(order))]
	}
	var devices []*Device
	for round, found := 0, true; found; round++ {
		found = false
		for _, owner := range order {
			if round < len(byOrganization[owner]) {
				devices, found = append(devices, byOrganization[owner][round]), true
			}
		}
	}
	return devices
}

// trigger makes an alert and its TRIGGERED activity; the lock is held.
func (s *Simulator) trigger(device *Device, spec AlertSpec, uid string, at time.Time) Triggered {
	fired := spec.condition(s.world.lastActivityID)
	data := messageData(fired.code+"_triggered", map[string]any{"end_date": at.UnixMilli(), "target": fired.sourceName, "event_id": fired.subject})
	activity := s.appendForDevice(device, Activity{
		Time: at, Severity: fired.severity, Priority: fired.priority, SeriesUID: uid, Type: "CONDITION", StatusCode: "TRIGGERED",
		SourceConfigUID: fired.configUID, SourceName: fired.sourceName, Subject: fired.subject, Message: fired.message, Data: data,
	})
	s.world.alerts = append(s.world.alerts, &Alert{
		UID: uid, DeviceID: device.ID, Message: fired.message, Created: at, Updated: at, SourceType: fired.sourceType,
		SourceConfigUID: fired.configUID, SourceName: fired.sourceName, Subject: fired.subject, Severity: fired.severity,
		Priority: fired.priority, ConditionName: fired.name, Data: data, ActivityID: activity.ID,
	})
	return Triggered{UID: uid, ActivityID: activity.ID, DeviceID: device.ID}
}

// ResetAlert is the condition clearing by itself. It fails where no such alert is active.
func (s *Simulator) ResetAlert(uid string) (activityID int64, err error) { return s.reset(uid, 0, nil) }

// ResetAlertBy is a technician resetting an alert in the web console.
func (s *Simulator) ResetAlertBy(uid string, user int) (activityID int64, err error) {
	return s.reset(uid, user, nil)
}

// reset removes an alert and writes its RESET activity, with what was posted as its data.
func (s *Simulator) reset(uid string, user int, posted json.RawMessage) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, alert := s.world.alert(uid)
	if alert == nil {
		return 0, missing("alert", uid)
	}
	s.world.alerts = slices.Delete(s.world.alerts, at, at+1)
	cleared := AlertSpec{SourceConfigUID: alert.SourceConfigUID}.condition(0)
	activity := Activity{
		DeviceID: alert.DeviceID, Severity: alert.Severity, Priority: alert.Priority, SeriesUID: uid, Type: "CONDITION", StatusCode: "RESET",
		SourceConfigUID: alert.SourceConfigUID, SourceName: alert.SourceName, Subject: alert.Subject, UserID: user,
		Message: cleared.cleared, Data: posted,
	}
	if posted == nil {
		activity.Data = messageData(cleared.code+"_reset", map[string]any{})
	}
	if device := s.world.device(alert.DeviceID); device != nil {
		activity.OrganizationID = device.OrganizationID
	}
	return s.append(activity).ID, nil
}

// messageData is the machine form of a message (contract 5.2).
func messageData(code string, params map[string]any) json.RawMessage {
	// Strings and numbers always encode.
	encoded, _ := json.Marshal(map[string]any{"message": map[string]any{"code": code, "params": params}})
	return encoded
}
