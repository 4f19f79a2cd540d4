package ninjaone

import (
	"fmt"
	"maps"
	"slices"

	"ninjaone-accelo/internal/simulator/lab"
)

// DeviceSpec describes a device to add. Empty members get generated values.
type DeviceSpec struct {
	OrganizationID int
	NodeClass      string
	SystemName     string
	DisplayName    string
	SerialNumber   string
	// Pending leaves the device pending approval, so that lists hide it.
	Pending bool
}

// AddDevice adds a device and returns its ID. It fails if the organization does not exist or the node class is unknown.
func (s *Simulator) AddDevice(spec DeviceSpec) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	owner := s.world.organization(spec.OrganizationID)
	if owner == nil {
		return 0, lab.NotFound("organization", spec.OrganizationID)
	}
	if spec.NodeClass == "" {
		spec.NodeClass = "WINDOWS_WORKSTATION"
	}
	if !slices.Contains(nodeClasses, spec.NodeClass) {
		return 0, fmt.Errorf("unknown node class %q", spec.NodeClass)
	}
	device := s.newDevice(owner, spec.NodeClass, s.now())
	if spec.SystemName != "" {
		setNames(device, owner, spec.SystemName)
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

// UpdateDevice changes a device; its ID can't be changed. It fails if the device does not exist.
func (s *Simulator) UpdateDevice(id int, change func(*Device)) error {
	return s.changeDevice(id, "NODE_UPDATED", "Device updated", change)
}

// MoveDevice moves a device to the first location of another organization.
func (s *Simulator) MoveDevice(id, organization int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	device, owner := s.world.device(id), s.world.organization(organization)
	if device == nil {
		return lab.NotFound("device", id)
	}
	if owner == nil {
		return lab.NotFound("organization", organization)
	}
	device.OrganizationID, device.LocationID = organization, 0
	if len(owner.Locations) > 0 {
		device.LocationID = owner.Locations[0].ID
	}
	s.appendForDevice(device, Activity{Type: "SYSTEM", StatusCode: "NODE_UPDATED", Message: "Device moved"})
	return nil
}

// DeleteDevice deletes a device together with its active alerts, which get no RESET activity.
func (s *Simulator) DeleteDevice(id int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	device := s.world.device(id)
	if device == nil {
		return lab.NotFound("device", id)
	}
	s.deleteDevice(device)
	return nil
}

// ReimageDevice reinstalls a machine, which returns as a new device with the same serial number and names. The old device
// is deleted, or decommissioned if keep is set. ReimageDevice returns the new ID.
func (s *Simulator) ReimageDevice(id int, keep bool) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.world.device(id)
	if old == nil {
		return 0, lab.NotFound("device", id)
	}
	owner := s.world.organization(old.OrganizationID)
	replacement := s.newDevice(owner, old.NodeClass, s.now())
	replacement.SystemName, replacement.DNSName, replacement.NetbiosName = old.SystemName, old.DNSName, old.NetbiosName
	replacement.BIOSSerialNumber = old.BIOSSerialNumber
	replacement.SerialNumber, replacement.LocationID, replacement.RoleID = old.SerialNumber, old.LocationID, old.RoleID
	s.appendForDevice(replacement, Activity{Type: "SYSTEM", StatusCode: "NODE_CREATED", Message: "Device created"})
	if keep {
		old.ApprovalStatus, old.Offline = decommissioned, true
		s.appendForDevice(old, Activity{Type: "SYSTEM", StatusCode: "NODE_UPDATED", Message: "Device decommissioned"})
	} else {
		s.deleteDevice(old)
	}
	return replacement.ID, nil
}

// SetDevicePending makes a device pending approval again, so that lists hide it.
func (s *Simulator) SetDevicePending(id int) error {
	return s.changeDevice(id, "NODE_UPDATED", "Device is pending approval", func(d *Device) { d.ApprovalStatus = pending })
}

// ApproveDevice approves a device.
func (s *Simulator) ApproveDevice(id int) error {
	return s.changeDevice(id, "NODE_MANUALLY_APPROVED", "Device approved", func(d *Device) { d.ApprovalStatus = approved })
}

// DecommissionDevice decommissions a device, so that lists hide it.
func (s *Simulator) DecommissionDevice(id int) error {
	return s.changeDevice(id, "NODE_UPDATED", "Device decommissioned", func(d *Device) { d.ApprovalStatus, d.Offline = decommissioned, true })
}

// LogOnUser logs a user such as `DOMAIN\jdoe` on to a device.
func (s *Simulator) LogOnUser(id int, user string) error {
	return s.changeDevice(id, "USER_LOGGED_IN", "User logged in", func(d *Device) {
		d.LastUser, d.LastLogon = user, s.now()
		d.LastContact, d.LastUpdate = s.now(), s.now()
	})
}

// CheckInDevices sets the last contact and last update of every online device to now. It writes no activity.
func (s *Simulator) CheckInDevices() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, device := range s.world.devices {
		if !device.Offline {
			device.LastContact, device.LastUpdate = s.now(), s.now()
		}
	}
}

// changeDevice changes a device and writes an activity.
func (s *Simulator) changeDevice(id int, code, message string, change func(*Device)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	device := s.world.device(id)
	if device == nil {
		return lab.NotFound("device", id)
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

// deleteDevice deletes a device and its alerts. The caller holds the lock.
func (s *Simulator) deleteDevice(device *Device) {
	w := &s.world
	w.devices = slices.DeleteFunc(w.devices, func(d *Device) bool { return d.ID == device.ID })
	w.alerts = slices.DeleteFunc(w.alerts, func(a *Alert) bool { return a.DeviceID == device.ID })
	s.append(Activity{DeviceID: device.ID, OrganizationID: device.OrganizationID, Type: "SYSTEM", StatusCode: "NODE_DELETED", Message: "Device deleted"})
}

// setCustomField sets a custom field, or removes it if the value is nil.
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
