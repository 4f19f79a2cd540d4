package ninjaone

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"strings"
	"time"
)

// detailedJSON is a basic node with details, which depend on the kind of device (ninjaone.md 4.2).
type detailedJSON struct {
	nodeJSON[seconds]
	IPAddresses      []string        `json:"ipAddresses,omitempty"`
	MACAddresses     []string        `json:"macAddresses,omitempty"`
	PublicIP         string          `json:"publicIP,omitempty"`
	Notes            []noteJSON      `json:"notes,omitempty"`
	OS               *osJSON         `json:"os,omitempty"`
	System           *systemJSON     `json:"system,omitempty"`
	Memory           *memoryJSON     `json:"memory,omitempty"`
	Processors       []processorJSON `json:"processors,omitempty"`
	Volumes          []volumeJSON    `json:"volumes,omitempty"`
	LastLoggedInUser string          `json:"lastLoggedInUser,omitempty"`
	*vmHostJSON
	DeviceType string `json:"deviceType,omitempty"`
}

type noteJSON struct {
	Text string `json:"text"`
}

type osJSON struct {
	Manufacturer            string  `json:"manufacturer,omitempty"`
	Name                    string  `json:"name"`
	Architecture            string  `json:"architecture"`
	LastBootTime            seconds `json:"lastBootTime"`
	BuildNumber             string  `json:"buildNumber,omitempty"`
	ReleaseID               string  `json:"releaseId,omitempty"`
	ServicePackMajorVersion int     `json:"servicePackMajorVersion"`
	ServicePackMinorVersion int     `json:"servicePackMinorVersion"`
	Locale                  string  `json:"locale,omitempty"`
	Language                string  `json:"language,omitempty"`
	NeedsReboot             bool    `json:"needsReboot"`
}

type systemJSON struct {
	Name                string `json:"name,omitempty"`
	Manufacturer        string `json:"manufacturer,omitempty"`
	Model               string `json:"model,omitempty"`
	BIOSSerialNumber    string `json:"biosSerialNumber,omitempty"`
	SerialNumber        string `json:"serialNumber,omitempty"`
	Domain              string `json:"domain,omitempty"`
	DomainRole          string `json:"domainRole,omitempty"`
	NumberOfProcessors  int    `json:"numberOfProcessors,omitempty"`
	TotalPhysicalMemory int64  `json:"totalPhysicalMemory,omitempty"`
	VirtualMachine      bool   `json:"virtualMachine"`
	ChassisType         string `json:"chassisType,omitempty"`
}

type memoryJSON struct {
	Capacity int64 `json:"capacity"`
}

type processorJSON struct {
	Architecture    string `json:"architecture"`
	MaxClockSpeed   int64  `json:"maxClockSpeed"`
	ClockSpeed      int64  `json:"clockSpeed"`
	Name            string `json:"name"`
	NumCores        int    `json:"numCores"`
	NumLogicalCores int    `json:"numLogicalCores"`
}

type volumeJSON struct {
	NodeID       int    `json:"nodeId"`
	Name         string `json:"name"`
	Label        string `json:"label"`
	DeviceType   string `json:"deviceType"`
	FileSystem   string `json:"fileSystem"`
	AutoMount    bool   `json:"autoMount"`
	Compressed   bool   `json:"compressed"`
	Capacity     int64  `json:"capacity"`
	FreeSpace    int64  `json:"freeSpace"`
	SerialNumber string `json:"serialNumber"`
}

// vmHostJSON holds the additional root members of a virtualization host.
type vmHostJSON struct {
	CPUMhz       int     `json:"cpuMhz"`
	CPUModel     string  `json:"cpuModel"`
	HTActive     bool    `json:"htActive"`
	HTAvailable  bool    `json:"htAvailable"`
	LastBootTime seconds `json:"lastBootTime"`
	MemorySize   int64   `json:"memorySize"`
	Model        string  `json:"model"`
	Name         string  `json:"name"`
	CPUPackages  int     `json:"cpuPackages"`
	CPUThreads   int     `json:"cpuThreads"`
	ServiceTag   string  `json:"serviceTag"`
	Vendor       string  `json:"vendor"`
	ReleaseName  string  `json:"releaseName"`
	Version      string  `json:"version"`
	BuildNumber  string  `json:"buildNumber"`
}

// detailed renders a device with its details. The hardware depends on the serial number, so a reinstalled machine keeps
// it. The caller holds the lock.
func detailed(w *world, d *Device) detailedJSON {
	out := detailedJSON{nodeJSON: node(w, d, restTime), PublicIP: fmt.Sprintf("198.51.100.%d", d.OrganizationID%256)}
	h := fnv.New32a()
	_, _ = h.Write([]byte(d.SerialNumber)) // a hash never fails
	n := h.Sum32()
	kind := kindOf(d.NodeClass)
	if kind != monitorKind {
		out.IPAddresses = []string{address(d.ID)}
		out.MACAddresses = []string{fmt.Sprintf("00:15:5D:%02X:%02X:%02X", byte(n>>16), byte(n>>8), byte(n))}
	}
	switch kind {
	case agentKind:
		out.agent(d, n)
	case vmHostKind:
		out.DeviceType = "VMHost"
		out.vmHostJSON = &vmHostJSON{
			CPUMhz: 2694, CPUModel: "Intel(R) Xeon(R) Gold", HTActive: true, HTAvailable: true, LastBootTime: boot(d), MemorySize: 274877906944,
			Model: "PowerEdge R650", Name: d.SystemName, CPUPackages: 2, CPUThreads: 64, ServiceTag: d.SerialNumber, Vendor: "Dell Inc.",
			ReleaseName: "VMware ESXi", Version: "8.0.3", BuildNumber: "24022510",
		}
	case vmGuestKind:
		out.DeviceType = "VMGuest"
	case networkKind:
		out.DeviceType = "NMSDevice"
		out.System = &systemJSON{Manufacturer: "Cisco Systems", Model: "CBS350", SerialNumber: d.SerialNumber}
	case monitorKind:
		out.DeviceType = "CloudMonitor"
	case mobileKind:
		out.DeviceType = "MobileDevice"
		out.System = &systemJSON{Manufacturer: "Example Mobile", Model: "Phone 7", SerialNumber: d.SerialNumber}
	default:
		out.DeviceType = "UnmanagedDevice"
	}
	return out
}

// agent adds the details that an agent reports.
func (out *detailedJSON) agent(d *Device, n uint32) {
	const gibibyte = int64(1) << 30
	memory := gibibyte * int64(8<<(n%4))
	virtual := strings.Contains(d.NodeClass, "SERVER") && n%2 == 0
	out.DeviceType = "AgentDevice"
	out.LastLoggedInUser = d.LastUser
	out.OS = operatingSystemOf(d, n)
	out.System = &systemJSON{
		Name: d.SystemName, Manufacturer: "Dell Inc.", Model: "OptiPlex 7090", SerialNumber: d.SerialNumber,
		BIOSSerialNumber: cmp.Or(d.BIOSSerialNumber, d.SerialNumber),
		Domain:           fmt.Sprintf("ORG%d", d.OrganizationID), DomainRole: "Member Workstation", NumberOfProcessors: 1,
		TotalPhysicalMemory: memory, VirtualMachine: virtual, ChassisType: "DESKTOP",
	}
	if strings.Contains(d.NodeClass, "SERVER") {
		out.System.DomainRole, out.System.Model = "Member Server", "PowerEdge T350"
	}
	if virtual {
		out.System.Manufacturer, out.System.Model = "Microsoft Corporation", "Virtual Machine"
	}
	out.Memory = &memoryJSON{Capacity: memory}
	out.Processors = []processorJSON{{
		Architecture: "x64", MaxClockSpeed: 2694000000, ClockSpeed: 2694000000, Name: "Intel(R) Core(TM) i7", NumCores: 8, NumLogicalCores: 16,
	}}
	out.Volumes = []volumeJSON{{
		NodeID: d.ID, Name: "C:", DeviceType: "Local Disk", FileSystem: "NTFS", Capacity: 256 * gibibyte,
		FreeSpace: gibibyte * int64(5+n%200), SerialNumber: fmt.Sprintf("%08X", n),
	}}
	if n%17 == 0 {
		out.Notes = []noteJSON{{Text: "Belongs to <the boss>; ask first."}}
	}
}

func boot(d *Device) seconds {
	if d.LastContact.IsZero() {
		return seconds{time.Unix(0, 0).UTC()}
	}
	return seconds{d.LastContact.Add(-time.Duration(d.ID%240) * time.Hour).Truncate(time.Second)}
}

// operatingSystemOf returns the operating system of a device's node class.
func operatingSystemOf(d *Device, n uint32) *osJSON {
	os := &osJSON{Architecture: "64-bit", LastBootTime: boot(d), Locale: "en-GB", Language: "English", NeedsReboot: n%11 == 0}
	switch {
	case d.NodeClass == "WINDOWS_SERVER":
		os.Manufacturer, os.Name = "Microsoft Corporation", "Windows Server 2022 Standard Edition"
		os.BuildNumber, os.ReleaseID = "20348", "21H2"
	case strings.HasPrefix(d.NodeClass, "LINUX"):
		os.Manufacturer, os.Name, os.BuildNumber = "Canonical", "Ubuntu 24.04 LTS", "6.8.0"
	case strings.HasPrefix(d.NodeClass, "MAC"):
		os.Manufacturer, os.Name, os.BuildNumber = "Apple", "macOS 15.1", "24B83"
	default:
		os.Manufacturer, os.Name = "Microsoft Corporation", "Windows 11 Professional Edition"
		os.BuildNumber, os.ReleaseID = "22631", "23H2"
	}
	return os
}
