package asset

import (
	"encoding/json"
	"testing"
	"time"

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
		PageURL: ninjaone.DevicePageURL("https://app.ninjarmm.com", 7), Unknown: []string{"last_online", "last_update"},
	}, lookups.Record(device))

	device.System = nil
	require.Equal(t, "7XK2R03", lookups.Record(device).Serial, "an ESXi host has a service tag")

	device.PolicyID = 0
	require.Equal(t, "Role", lookups.Record(device).Policy)
	require.Equal(t, "leela", Lookups{}.Record(device).LastUser)
}

// A reading says nothing about what it does not contain. A device that was read alone never empties a field: what it lacks may be in the
// listing or in a report. In a listing, only what every device has is missed.
func TestLookupsKnowWhatIsUnknown(t *testing.T) {
	t.Parallel()
	listing := Lookups{policies: map[int]string{1: "Servers"}, users: map[int]string{}}
	now := ninjaone.Timestamp(time.Now())
	whole := ninjaone.Device{
		ID: 7, NodeClass: "MAC", SystemName: "SHIP", DisplayName: "Bessie", DNSName: "ship", PolicyID: 1, LastLoggedInUser: "fry",
		LastContact: now, LastUpdate: now,
	}
	for _, test := range []struct {
		name            string
		lack            func(*ninjaone.Device)
		listing, single []string
	}{
		{"everything", func(*ninjaone.Device) {}, nil, nil},
		{"without a user", func(d *ninjaone.Device) { d.LastLoggedInUser = "" }, nil, []string{"last_logged_in_user"}},
		{"without a display name", func(d *ninjaone.Device) { d.DisplayName = "" }, nil, []string{"display_name"}},
		{"without a DNS name", func(d *ninjaone.Device) { d.DNSName = "" }, nil, []string{"dns_name"}},
		{"without a system name", func(d *ninjaone.Device) { d.SystemName = "" }, nil, []string{"title"}},
		{
			"without names",
			func(d *ninjaone.Device) { d.SystemName, d.DisplayName, d.DNSName = "", "", "" },
			[]string{"title"},
			[]string{"display_name", "dns_name", "title"},
		},
		{"without a policy", func(d *ninjaone.Device) { d.PolicyID = 0 }, nil, []string{"role"}},
		{"an unknown policy", func(d *ninjaone.Device) { d.PolicyID, d.RolePolicyID = 2, 1 }, []string{"role"}, []string{"role"}},
		{"without a class", func(d *ninjaone.Device) { d.NodeClass = "" }, []string{"sub_type"}, []string{"sub_type"}},
		{
			"without times",
			func(d *ninjaone.Device) { d.LastContact, d.LastUpdate = ninjaone.Timestamp{}, ninjaone.Timestamp{} },
			[]string{"last_online", "last_update"},
			[]string{"last_online", "last_update"},
		},
	} {
		device := whole
		test.lack(&device)
		require.Equal(t, test.listing, listing.Record(device).Unknown, test.name)
		single := Lookups{policies: listing.policies, single: true}
		require.Equal(t, test.single, single.Record(device).Unknown, test.name)
	}
	require.Equal(t, []string{"last_logged_in_user", "role"}, Lookups{}.Record(ninjaone.Device{
		NodeClass: "MAC", SystemName: "SHIP", PolicyID: 1, LastContact: now, LastUpdate: now,
	}).Unknown, "neither report nor policies were read")
}

func TestApproved(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]bool{"": true, "APPROVED": true, "PENDING": false, "DECOMMISSIONED": false} {
		require.Equal(t, want, Approved(ninjaone.Device{ApprovalStatus: status}), status)
	}
}

func TestScalarText(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{`" 12 3 "`: "12 3", `123456789`: "123456789", `null`: "", ``: ""} {
		text, known := scalarText(json.RawMessage(raw))
		require.Equal(t, want, text, raw)
		require.True(t, known, raw)
	}
	for _, raw := range []string{`[1]`, `{"a":1}`, `true`} {
		text, known := scalarText(json.RawMessage(raw))
		require.Empty(t, text)
		require.False(t, known, raw)
	}
}
