package ninjaone

import (
	"fmt"
	"strings"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// The kinds of device that have detail shapes of their own (contract 4.2).
const (
	agentKind     = "agent"
	vmHostKind    = "vm-host"
	vmGuestKind   = "vm-guest"
	networkKind   = "network"
	monitorKind   = "cloud-monitor"
	mobileKind    = "mobile"
	unmanagedKind = "unmanaged"
)

// kindOf is the kind of a node class.
func kindOf(class string) string {
	switch class {
	case "VMWARE_VM_HOST", "HYPERV_VMM_HOST":
		return vmHostKind
	case "VMWARE_VM_GUEST", "HYPERV_VMM_GUEST":
		return vmGuestKind
	case "CLOUD_MONITOR_TARGET":
		return monitorKind
	case "ANDROID", "APPLE_IOS", "APPLE_IPADOS":
		return mobileKind
	case "UNMANAGED_DEVICE", "MANAGED_DEVICE":
		return unmanagedKind
	}
	if strings.HasPrefix(class, "NMS_") {
		return networkKind
	}
	return agentKind
}

// hostPrefix is what host names of a class start with.
func hostPrefix(class string) string {
	switch class {
	case "WINDOWS_SERVER", "LINUX_SERVER", "MAC_SERVER":
		return "SRV"
	case "WINDOWS_WORKSTATION", "LINUX_WORKSTATION":
		return "PC"
	case "MAC":
		return "MAC"
	case "VMWARE_VM_HOST", "HYPERV_VMM_HOST":
		return "HV"
	case "VMWARE_VM_GUEST", "HYPERV_VMM_GUEST":
		return "VM"
	case "ANDROID", "APPLE_IOS", "APPLE_IPADOS":
		return "MOBILE"
	default:
		return strings.TrimPrefix(class, "NMS_")
	}
}

// domainOf is the Windows domain of an organization.
func domainOf(o *Organization) string { return fmt.Sprintf("ORG%d", o.ID) }

// newDevice adds an approved device with a host name, an address and a serial number to the world.
func (s *Simulator) newDevice(owner *Organization, class string, created time.Time) *Device {
	w := &s.world
	w.made++
	w.lastDeviceID += 1 + w.made%3
	device := &Device{
		ID: w.lastDeviceID, UID: newUID(), OrganizationID: owner.ID, NodeClass: class, RoleID: 1, ApprovalStatus: approved,
		Created: created, LastContact: created, LastUpdate: created,
	}
	if len(owner.Locations) > 0 {
		device.LocationID = owner.Locations[w.made%len(owner.Locations)].ID
	}
	for _, role := range w.roles {
		if role.NodeClass == class && !role.Custom {
			device.RoleID = role.ID
		}
	}
	if kind := kindOf(class); kind != monitorKind && kind != unmanagedKind {
		device.SerialNumber = fmt.Sprintf("SN%08X", uint32(w.lastDeviceID)*2654435761)
	}
	s.name(device, owner, lab.HostName(s.options.Seed, hostPrefix(class), w.made))
	w.devices = append(w.devices, device)
	return device
}

// name gives a device the names that its kind has: agents all of them, network devices often an address only, cloud
// monitors a host on the internet, and some unmanaged devices none.
func (s *Simulator) name(device *Device, owner *Organization, host string) {
	switch kindOf(device.NodeClass) {
	case agentKind, vmHostKind, vmGuestKind:
		device.SystemName, device.DNSName = host, fmt.Sprintf("%s.org%d.example.local", strings.ToLower(host), owner.ID)
		if strings.HasPrefix(device.NodeClass, "WINDOWS") {
			device.NetbiosName = host[:min(len(host), 15)]
		}
	case networkKind:
		device.DNSName = address(device.ID)
		if device.ID%3 != 0 {
			device.SystemName = host
		}
	case monitorKind:
		device.SystemName = fmt.Sprintf("www%d.example.com", device.ID)
		device.DNSName = device.SystemName
	case unmanagedKind:
		if device.ID%2 == 0 {
			device.SystemName = host
		}
	default:
		device.SystemName = host
	}
}

// address is a device's address inside its organization.
func address(id int) string { return fmt.Sprintf("10.%d.%d.%d", id>>16&255, id>>8&255, id&255) }
