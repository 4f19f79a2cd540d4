package ninjaone

import (
	"encoding/json"
	"slices"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// TriggeredAlert identifies a new alert.
type TriggeredAlert struct {
	UID        string `json:"uid"`
	ActivityID int64  `json:"activity_id"`
	DeviceID   int    `json:"device_id"`
}

// TriggerAlert triggers an alert on a device. Each call is a new occurrence with a new UID.
func (s *Simulator) TriggerAlert(deviceID int, spec AlertSpec) (TriggeredAlert, error) {
	if err := spec.check(); err != nil {
		return TriggeredAlert{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	device := s.world.device(deviceID)
	if device == nil {
		return TriggeredAlert{}, lab.NotFound("device", deviceID)
	}
	return s.trigger(device, spec, s.options.NewUID(), s.now()), nil
}

// TriggerStorm triggers count alerts, spread over the devices of the given organizations. If none are given, it uses the
// first n organizations that have devices; n = 0 means all.
func (s *Simulator) TriggerStorm(organizations []int, n, count int, spec AlertSpec) ([]TriggeredAlert, error) {
	if err := spec.check(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	devices := s.stormDevices(organizations, n)
	if len(devices) == 0 {
		return nil, lab.NotFound("approved devices in organizations", organizations)
	}
	triggered := make([]TriggeredAlert, 0, count)
	for i := range count {
		triggered = append(triggered, s.trigger(devices[i%len(devices)], spec, s.options.NewUID(), s.now()))
	}
	return triggered, nil
}

// stormDevices returns the approved devices of the organizations, taking one from each in turn.
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

// trigger creates an alert and its TRIGGERED activity. The caller holds the lock.
func (s *Simulator) trigger(device *Device, spec AlertSpec, uid string, at time.Time) TriggeredAlert {
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
	return TriggeredAlert{UID: uid, ActivityID: activity.ID, DeviceID: device.ID}
}

// ResetAlert resets an alert because its condition has cleared. It fails if the alert isn't active.
func (s *Simulator) ResetAlert(uid string) (activityID int64, err error) { return s.reset(uid, 0, nil) }

// ResetAlertBy resets an alert as a technician does in the web console.
func (s *Simulator) ResetAlertBy(uid string, user int) (activityID int64, err error) {
	return s.reset(uid, user, nil)
}

// reset removes an alert and writes its RESET activity, with the posted object as its data.
func (s *Simulator) reset(uid string, user int, posted json.RawMessage) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, alert := s.world.alert(uid)
	if alert == nil {
		return 0, lab.NotFound("alert", uid)
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

// VanishAlert ends an alert without any activity.
func (s *Simulator) VanishAlert(uid string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, alert := s.world.alert(uid)
	if alert == nil {
		return lab.NotFound("alert", uid)
	}
	s.world.alerts = slices.Delete(s.world.alerts, at, at+1)
	return nil
}

// AgeAlerts makes all active alerts look older, as if they had triggered earlier. Their activities stay as they are.
func (s *Simulator) AgeAlerts(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, alert := range s.world.alerts {
		alert.Created, alert.Updated = alert.Created.Add(-by), alert.Updated.Add(-by)
	}
}

// messageData returns the machine-readable form of a message (ninjaone.md 5.2).
func messageData(code string, params map[string]any) json.RawMessage {
	// Encoding strings and numbers never fails.
	encoded, _ := json.Marshal(map[string]any{"message": map[string]any{"code": code, "params": params}})
	return encoded
}
