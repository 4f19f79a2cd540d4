package ninjaone

import (
	"fmt"
	"strings"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// The kinds of device, which differ in the details they have (ninjaone.md 4.2).
const (
	agentKind     = "agent"
	vmHostKind    = "vm-host"
	vmGuestKind   = "vm-guest"
	networkKind   = "network"
	monitorKind   = "cloud-monitor"
	mobileKind    = "mobile"
	unmanagedKind = "unmanaged"
)

// kindOf returns the kind of a node class.
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

// hostPrefix returns the prefix of host names of a node class.
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

// domainOf returns the Windows domain of an organization.
func domainOf(o *Organization) string { return fmt.Sprintf("ORG%d", o.ID) }

// newDevice adds an approved device with generated names and serial number.
func (s *Simulator) newDevice(owner *Organization, class string, created time.Time) *Device {
	w := &s.world
	w.devicesCreated++
	w.lastDeviceID += 1 + w.devicesCreated%3
	device := &Device{
		ID: w.lastDeviceID, UID: s.options.NewUID(), OrganizationID: owner.ID, NodeClass: class, RoleID: 1, ApprovalStatus: approved,
		Created: created, LastContact: created, LastUpdate: created,
	}
	if len(owner.Locations) > 0 {
		device.LocationID = owner.Locations[w.devicesCreated%len(owner.Locations)].ID
	}
	for _, role := range w.roles {
		if role.NodeClass == class && !role.Custom {
			device.RoleID = role.ID
		}
	}
	if kind := kindOf(class); kind != monitorKind && kind != unmanagedKind {
		device.SerialNumber = fmt.Sprintf("SN%08X", uint32(w.lastDeviceID)*2654435761)
	}
	setNames(device, owner, lab.HostName(s.options.Seed, hostPrefix(class), w.devicesCreated))
	w.devices = append(w.devices, device)
	return device
}

// setNames sets the names that a kind of device has. Agents have all of them, some network devices only an address, cloud
// monitors an internet host name, and some unmanaged devices none.
func setNames(device *Device, owner *Organization, host string) {
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

// address returns a device's private IP address.
func address(id int) string { return fmt.Sprintf("10.%d.%d.%d", id>>16&255, id>>8&255, id&255) }
