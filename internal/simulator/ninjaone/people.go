package ninjaone

import (
	"fmt"
	"maps"
	"slices"

	"ninjaone-accelo/internal/simulator/lab"
)

// This file is what people do in NinjaOne's web console.

// AddOrganization makes an organization with one location and returns its id.
func (s *Simulator) AddOrganization(name, description string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &s.world
	w.lastOrganizationID++
	w.lastLocationID++
	w.organizations = append(w.organizations, &Organization{
		ID: w.lastOrganizationID, Name: name, Description: description, NodeApprovalMode: "AUTOMATIC", RolePolicies: w.rolePolicies(),
		Locations: []Location{{ID: w.lastLocationID, Name: "Main Office"}},
	})
	s.append(Activity{OrganizationID: w.lastOrganizationID, Type: "SYSTEM", StatusCode: "CLIENT_CREATED", Message: "Organization created"})
	return w.lastOrganizationID
}

// UpdateOrganization changes an organization; its id cannot be changed. It fails where there is none.
func (s *Simulator) UpdateOrganization(id int, change func(*Organization)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	organization := s.world.organization(id)
	if organization == nil {
		return missing("organization", id)
	}
	change(organization)
	organization.ID = id
	s.append(Activity{OrganizationID: id, Type: "SYSTEM", StatusCode: "CLIENT_UPDATED", Message: "Organization updated"})
	return nil
}

// RenameOrganization gives an organization another name.
func (s *Simulator) RenameOrganization(id int, name string) error {
	return s.UpdateOrganization(id, func(o *Organization) { o.Name = name })
}

// ToggleTeamViewer switches an organization's TeamViewer integration for these node classes; no targets mean the usual.
func (s *Simulator) ToggleTeamViewer(id int, enabled bool, targets ...string) error {
	return s.UpdateOrganization(id, func(o *Organization) {
		o.TeamViewer, o.TeamViewerTargets = enabled, slices.Clone(targets)
		if enabled && len(targets) == 0 {
			o.TeamViewerTargets = teamViewerTargets()
		}
	})
}

// DeleteOrganization deletes an organization with its devices and their alerts.
func (s *Simulator) DeleteOrganization(id int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world.organization(id) == nil {
		return missing("organization", id)
	}
	for _, device := range slices.Clone(s.world.devices) {
		if device.OrganizationID == id {
			s.deleteDevice(device)
		}
	}
	s.world.organizations = slices.DeleteFunc(s.world.organizations, func(o *Organization) bool { return o.ID == id })
	s.append(Activity{OrganizationID: id, Type: "SYSTEM", StatusCode: "CLIENT_DELETED", Message: "Organization deleted"})
	return nil
}

// DeviceSpec is a device to add. Empty members are made up.
type DeviceSpec struct {
	OrganizationID int
	NodeClass      string
	SystemName     string
	DisplayName    string
	SerialNumber   string
	// Pending leaves the device waiting for approval, hidden from lists.
	Pending bool
}

// AddDevice makes a device and returns its id. It fails without the organization or with an unknown node class.
func (s *Simulator) AddDevice(spec DeviceSpec) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	owner := s.world.organization(spec.OrganizationID)
	if owner == nil {
		return 0, missing("organization", spec.OrganizationID)
	}
	if spec.NodeClass == "" {
		spec.NodeClass = "WINDOWS_WORKSTATION"
	}
	if !slices.Contains(nodeClasses, spec.NodeClass) {
		return 0, fmt.Errorf("unknown node class %q", spec.NodeClass)
	}
	device := s.newDevice(owner, spec.NodeClass, s.now())
	if spec.SystemName != "" {
		s.name(device, owner, spec.SystemName)
		device.SystemName = spec.SystemName
	}
	if spec.SerialNumber != "" {
		device.SerialNumber = spec.SerialNumber
	}
	device.DisplayName = spec.DisplayName
	if spec.Pending {
		device.ApprovalStatus = pending
	}
	s.appendForDevice(device, Activity{Type: "SYSTEM", StatusCode: "NODE_CREATED", Message: "Device created"})
	return device.ID, nil
}

// UpdateDevice changes a device; its id cannot be changed. It fails where there is none.
func (s *Simulator) UpdateDevice(id int, change func(*Device)) error {
	return s.changeDevice(id, "NODE_UPDATED", "Device updated", change)
}

// MoveDevice moves a device to another organization, to that one's first location.
func (s *Simulator) MoveDevice(id, organization int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	device, owner := s.world.device(id), s.world.organization(organization)
	if device == nil {
		return missing("device", id)
	}
	if owner == nil {
		return missing("organization", organization)
	}
	device.OrganizationID, device.LocationID = organization, 0
	if len(owner.Locations) > 0 {
		device.LocationID = owner.Locations[0].ID
	}
	s.appendForDevice(device, Activity{Type: "SYSTEM", StatusCode: "NODE_UPDATED", Message: "Device moved"})
	return nil
}

// DeleteDevice deletes a device. Its active alerts vanish with it, without a RESET.
func (s *Simulator) DeleteDevice(id int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	device := s.world.device(id)
	if device == nil {
		return missing("device", id)
	}
	s.deleteDevice(device)
	return nil
}

// ReimageDevice installs a machine anew: it comes back under a new device id with the same serial number and names; the
// old device is deleted, or stays decommissioned when keep is set. It returns the new id.
func (s *Simulator) ReimageDevice(id int, keep bool) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.world.device(id)
	if old == nil {
		return 0, missing("device", id)
	}
	owner := s.world.organization(old.OrganizationID)
	fresh := s.newDevice(owner, old.NodeClass, s.now())
	fresh.SystemName, fresh.DNSName, fresh.NetbiosName = old.SystemName, old.DNSName, old.NetbiosName
	fresh.SerialNumber, fresh.LocationID, fresh.RoleID = old.SerialNumber, old.LocationID, old.RoleID
	s.appendForDevice(fresh, Activity{Type: "SYSTEM", StatusCode: "NODE_CREATED", Message: "Device created"})
	if keep {
		old.ApprovalStatus, old.Offline = decommissioned, true
		s.appendForDevice(old, Activity{Type: "SYSTEM", StatusCode: "NODE_UPDATED", Message: "Device decommissioned"})
	} else {
		s.deleteDevice(old)
	}
	return fresh.ID, nil
}

// SetPending sends a device back to waiting for approval, which hides it from lists.
func (s *Simulator) SetPending(id int) error {
	return s.changeDevice(id, "NODE_UPDATED", "Device awaits approval", func(d *Device) { d.ApprovalStatus = pending })
}

// Approve approves a device.
func (s *Simulator) Approve(id int) error {
	return s.changeDevice(id, "NODE_MANUALLY_APPROVED", "Device approved", func(d *Device) { d.ApprovalStatus = approved })
}

// Decommission retires a device, which hides it from lists.
func (s *Simulator) Decommission(id int) error {
	return s.changeDevice(id, "NODE_UPDATED", "Device decommissioned", func(d *Device) { d.ApprovalStatus, d.Offline = decommissioned, true })
}

// LogOnUser makes a user such as `DOMAIN\jdoe` the last one who logged on to a device.
func (s *Simulator) LogOnUser(id int, user string) error {
	return s.changeDevice(id, "USER_LOGGED_IN", "User logged in", func(d *Device) {
		d.LastUser, d.LastLogon = user, s.now()
		d.LastContact, d.LastUpdate = s.now(), s.now()
	})
}

// Contact lets every device that is online report: last contact and last update move to now. It writes no activity.
func (s *Simulator) Contact() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, device := range s.world.devices {
		if !device.Offline {
			device.LastContact, device.LastUpdate = s.now(), s.now()
		}
	}
}

// changeDevice changes a device and writes an activity about it.
func (s *Simulator) changeDevice(id int, code, message string, change func(*Device)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	device := s.world.device(id)
	if device == nil {
		return missing("device", id)
	}
	change(device)
	device.ID = id
	kind := "SYSTEM"
	if code == "USER_LOGGED_IN" {
		kind = "MONITOR"
	}
	s.appendForDevice(device, Activity{Type: kind, StatusCode: code, Message: message})
	return nil
}

// deleteDevice removes a device and its alerts; the lock is held.
func (s *Simulator) deleteDevice(device *Device) {
	w := &s.world
	w.devices = slices.DeleteFunc(w.devices, func(d *Device) bool { return d.ID == device.ID })
	w.alerts = slices.DeleteFunc(w.alerts, func(a *Alert) bool { return a.DeviceID == device.ID })
	s.append(Activity{DeviceID: device.ID, OrganizationID: device.OrganizationID, Type: "SYSTEM", StatusCode: "NODE_DELETED", Message: "Device deleted"})
}

// appendForDevice writes an activity about a device; the lock is held.
func (s *Simulator) appendForDevice(device *Device, activity Activity) Activity {
	activity.DeviceID, activity.OrganizationID = device.ID, device.OrganizationID
	return s.append(activity)
}

// append writes an activity under the next id and sends it to the webhook; the lock is held (or the world is not shared
// yet). Ids grow but have gaps: other tenants' activities lie between.
func (s *Simulator) append(activity Activity) Activity {
	w := &s.world
	w.lastActivityID += 1 + w.lastActivityID%3
	activity.ID = w.lastActivityID
	if activity.Time.IsZero() {
		activity.Time = s.now()
	}
	w.activities = append(w.activities, activity)
	s.notify(activity)
	return activity
}

// missing says that something does not exist.
func missing(what string, id any) error {
	return fmt.Errorf("%s %v: %w", what, id, lab.ErrNotFound)
}

// setCustomField sets or, with nil, removes a custom field.
func (d *Device) setCustomField(name string, value any) {
	fields := maps.Clone(d.CustomFields)
	if fields == nil {
		fields = map[string]any{}
	}
	if fields[name] = value; value == nil {
		delete(fields, name)
	}
	d.CustomFields = fields
}
