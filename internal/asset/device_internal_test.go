package asset

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/rules"
)

// A policy of the device takes precedence over that of its role, and the report of users over the device's own value.
func TestLookupsRecord(t *testing.T) {
	t.Parallel()
	lookups := Lookups{
		baseURL: "https://app.ninjarmm.com", policies: map[int]string{1: "Servers", 2: "Role"}, users: map[int]string{7: `PLANEX\fry`},
	}
	device := ninjaone.Device{
		ID: 7, OrganizationID: 3, NodeClass: "WINDOWS_SERVER", SystemName: "SHIP", LastLoggedInUser: "leela", PolicyID: 1, RolePolicyID: 2,
		System: &ninjaone.System{SerialNumber: "None", BIOSSerialNumber: "SN-12AB"}, ServiceTag: "7XK2R03",
	}
	require.Equal(t, rules.Device{
		ID: 7, OrganizationID: 3, NodeClass: "WINDOWS_SERVER", SystemName: "SHIP", LastUser: `PLANEX\fry`, Policy: "Servers", Serial: "SN-12AB",
		PageURL: ninjaone.DevicePageURL("https://app.ninjarmm.com", 7),
	}, lookups.Record(device))

	device.System = nil
	require.Equal(t, "7XK2R03", lookups.Record(device).Serial, "an ESXi host has a service tag")

	device.PolicyID = 0
	require.Equal(t, "Role", lookups.Record(device).Policy)
	require.Equal(t, "leela", Lookups{}.Record(device).LastUser)
}

func TestApproved(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]bool{"": true, "APPROVED": true, "PENDING": false, "DECOMMISSIONED": false} {
		require.Equal(t, want, Approved(ninjaone.Device{ApprovalStatus: status}), status)
	}
}

func TestScalarText(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{`" 12 3 "`: "12 3", `123456789`: "123456789", `null`: "", `[1]`: "", `{"a":1}`: "", `true`: "", ``: ""} {
		require.Equal(t, want, scalarText(json.RawMessage(raw)), raw)
	}
}
