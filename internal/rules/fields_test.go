package rules_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

// The names, types and order of the ten fields are fixed (interface.md 5).
func TestFields(t *testing.T) {
	t.Parallel()
	type field struct {
		name     string
		kind     rules.FieldType
		volatile bool
	}
	var got []field
	for _, f := range rules.Fields() {
		got = append(got, field{f.Name, f.Type, f.Volatile})
	}
	require.Equal(t, []field{
		{"display_name", "text", false},
		{"dns_name", "text", false},
		{"last_logged_in_user", "text", false},
		{"last_online", "date_time", true},
		{"last_update", "date_time", true},
		{"ninja_url", "hyperlink", false},
		{"role", "text", false},
		{"type", "text", false},
		{"sub_type", "text", false},
		{"Ninja Device Remote Control", "hyperlink", false},
	}, got)
}

func TestValues(t *testing.T) {
	t.Parallel()
	require.Equal(t, map[string]string{
		"display_name":                "Front desk",
		"dns_name":                    "srv-1.example.local",
		"last_logged_in_user":         `EXAMPLE\jdoe`,
		"last_online":                 "1700000000",
		"last_update":                 "1700000060",
		"ninja_url":                   "https://app.ninjarmm.com/#/deviceDashboard/7/overview",
		"role":                        "Servers",
		"type":                        "AGENT",
		"sub_type":                    "WINDOWS_SERVER",
		"Ninja Device Remote Control": "https://example.com/rc",
	}, rules.Values(rules.Device{
		ID: 7, NodeClass: "WINDOWS_SERVER", SystemName: "SRV-1", DisplayName: " Front\n desk ", DNSName: "srv-1.example.local",
		LastUser: `EXAMPLE\jdoe`, Policy: "Servers", PageURL: "https://app.ninjarmm.com/#/deviceDashboard/7/overview",
		RemoteControl: "https://example.com/rc", LastContact: time.Unix(1_700_000_000, 999_999_999), LastUpdate: time.Unix(1_700_000_060, 0),
	}))
}

// Unknown values are left out, including times of 1970 and before.
func TestValuesOmitsUnknown(t *testing.T) {
	t.Parallel()
	require.Empty(t, rules.Values(rules.Device{ID: 7, LastContact: time.Unix(0, 0), LastUpdate: time.Unix(-5, 0), DisplayName: " \x00"}))
}

// All node classes of ninjaone.md 4.3, and unknown ones.
func TestDeviceType(t *testing.T) {
	t.Parallel()
	byType := map[string][]string{
		"AGENT": {
			"WINDOWS_SERVER", "WINDOWS_WORKSTATION", "LINUX_WORKSTATION", "MAC", "LINUX_SERVER", "MAC_SERVER", "MANAGED_DEVICE",
		},
		"MONITOR_SERVER": {"CLOUD_MONITOR_TARGET"},
		"NMS_SERVER":     {"NMS_SERVER", "NMS_NETWORK_MANAGEMENT_AGENT"},
		"NMS_TARGET": {
			"NMS_SWITCH", "NMS_ROUTER", "NMS_FIREWALL", "NMS_PRIVATE_NETWORK_GATEWAY", "NMS_PRINTER", "NMS_SCANNER",
			"NMS_DIAL_MANAGER", "NMS_WAP", "NMS_IPSLA", "NMS_COMPUTER", "NMS_VM_HOST", "NMS_APPLIANCE", "NMS_OTHER", "NMS_PHONE",
			"NMS_VIRTUAL_MACHINE",
		},
		"VM_HOST":   {"VMWARE_VM_HOST", "HYPERV_VMM_HOST"},
		"VM_GUEST":  {"VMWARE_VM_GUEST", "HYPERV_VMM_GUEST"},
		"MOBILE":    {"ANDROID", "APPLE_IOS", "APPLE_IPADOS"},
		"UNMANAGED": {"UNMANAGED_DEVICE"},
	}
	require.Len(t, byType, 8, "the types of interface.md 5")
	seen := map[string]bool{}
	for kind, classes := range byType {
		for _, class := range classes {
			require.False(t, seen[class], class)
			seen[class] = true
			require.Equal(t, kind, rules.DeviceType(class), class)
		}
	}
	require.Len(t, seen, 33, "the classes of ninjaone.md 4.3")
	require.Empty(t, rules.DeviceType(""))
	require.Equal(t, "NMS_TARGET", rules.DeviceType("NMS_TOASTER"))
	require.Equal(t, "AGENT", rules.DeviceType("CHROME_OS"))
}
