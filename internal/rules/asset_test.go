package rules_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

const day = 24 * time.Hour

// noon is the time of the decisions in these tests.
func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func server() rules.Device {
	return rules.Device{
		ID: 7, OrganizationID: 1, NodeClass: "WINDOWS_SERVER", SystemName: "SRV-1", DisplayName: "Server", LastUser: `D\ann`,
		LastContact: noon().Add(-time.Hour), LastUpdate: noon().Add(-2 * time.Hour),
	}
}

// baselineOf returns a device's baseline after its asset was created with all fields.
func baselineOf(device rules.Device) rules.Baseline {
	baseline := rules.AssetBaseline(device, nil, rules.Asset{ID: 31, Title: device.Title()}, rules.AssetDecision{Action: rules.Create})
	for name, value := range rules.Values(device) {
		baseline.WroteField(name, value, value, 0)
	}
	return baseline
}

func TestDecideAssetUnlinked(t *testing.T) {
	t.Parallel()
	device := server()
	decision := rules.DecideAsset(device, nil, nil, time.Time{}, noon(), day)
	require.Equal(t, rules.AssetDecision{Action: rules.Create, Fields: rules.Values(device)}, decision)

	found := rules.Asset{ID: 31, Title: "srv-1"}
	decision = rules.DecideAsset(device, nil, &found, time.Time{}, noon(), day)
	require.Equal(t, rules.AssetDecision{Action: rules.Match, Asset: found, Fields: rules.Values(device)}, decision)
}

func TestDecideAssetLinked(t *testing.T) {
	t.Parallel()
	with := func(change func(*rules.Device)) rules.Device {
		changed := server()
		change(&changed)
		return changed
	}
	renamed := with(func(d *rules.Device) { d.SystemName = "SRV-2" })
	for _, test := range []struct {
		name    string
		device  rules.Device
		asset   string
		action  rules.Action
		title   *string
		fields  map[string]string
		changes []rules.ManualChange
	}{
		{"nothing changed", server(), "SRV-1", rules.NoChange, nil, map[string]string{}, nil},
		{"NinjaOne renamed it", renamed, "SRV-1", rules.Update, text("SRV-2"), map[string]string{}, nil},
		{
			"a user renamed it", server(), "Mail server", rules.NoChange, nil,
			map[string]string{},
			[]rules.ManualChange{{Field: "title", Accelo: "Mail server", Ninja: "SRV-1"}},
		},
		{
			"both renamed it", renamed, "Mail server", rules.NoChange, nil,
			map[string]string{},
			[]rules.ManualChange{{Field: "title", Accelo: "Mail server", Ninja: "SRV-2"}},
		},
		{"both gave it the same name", renamed, "SRV-2", rules.NoChange, nil, map[string]string{}, nil},
		{
			"a field changed", with(func(d *rules.Device) { d.LastUser = `D\bob` }), "SRV-1", rules.Update, nil,
			map[string]string{"last_logged_in_user": `D\bob`},
			nil,
		},
		{
			"a field was cleared", with(func(d *rules.Device) { d.DisplayName = "" }), "SRV-1", rules.Update, nil,
			map[string]string{"display_name": ""},
			nil,
		},
		{
			"a field is new", with(func(d *rules.Device) { d.RemoteControl = "https://rc" }), "SRV-1", rules.Update, nil,
			map[string]string{"Ninja Device Remote Control": "https://rc"},
			nil,
		},
		{
			"the class changed", with(func(d *rules.Device) { d.NodeClass = "HYPERV_VMM_HOST" }), "SRV-1", rules.Update, nil,
			map[string]string{"type": "VM_HOST", "sub_type": "HYPERV_VMM_HOST"},
			nil,
		},
		{
			"a user renamed it, but NinjaOne owns the fields", with(func(d *rules.Device) { d.Policy = "Servers" }), "Mail server",
			rules.Update, nil,
			map[string]string{"role": "Servers"},
			[]rules.ManualChange{{Field: "title", Accelo: "Mail server", Ninja: "SRV-1"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			asset := rules.Asset{ID: 31, Title: test.asset}
			decision := rules.DecideAsset(test.device, baselineOf(server()), &asset, noon().Add(-time.Minute), noon(), day)
			if test.device.Title() == asset.Title && asset.Title != "SRV-1" {
				require.Equal(t, rules.Baseline{"title": {Ninja: asset.Title, Accelo: asset.Title}}, decision.Learned)
				decision.Learned = nil
			}
			require.Equal(t, rules.AssetDecision{
				Action: test.action, Asset: asset, Title: test.title, Fields: test.fields, ManualChanges: test.changes,
			}, decision)
		})
	}
}

// last_online and last_update are written only if the last write is older than the interval, because each field costs a call.
func TestDecideAssetVolatile(t *testing.T) {
	t.Parallel()
	seen := server()
	seen.LastContact, seen.LastUpdate = noon(), noon()
	both := map[string]string{"last_online": "1772366400", "last_update": "1772366400"}
	named := seen
	named.LastUser = `D\bob`
	for _, test := range []struct {
		name   string
		device rules.Device
		age    time.Duration
		want   map[string]string
	}{
		{"written just now", seen, 0, map[string]string{}},
		{"written within the interval", seen, day - time.Second, map[string]string{}},
		{"written exactly the interval ago", seen, day, map[string]string{}},
		{"older than the interval", seen, day + time.Second, both},
		{"old but nothing changed", server(), 30 * day, map[string]string{}},
		{"written in the future, because clocks differ", seen, -time.Hour, map[string]string{}},
		{
			"old, with another change", named, day + time.Second,
			map[string]string{"last_online": "1772366400", "last_update": "1772366400", "last_logged_in_user": `D\bob`},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			asset := rules.Asset{ID: 31, Title: "SRV-1"}
			decision := rules.DecideAsset(test.device, baselineOf(server()), &asset, noon().Add(-test.age), noon(), day)
			require.Equal(t, test.want, decision.Fields)
			require.Equal(t, len(test.want) > 0, decision.Action == rules.Update)
		})
	}
	decision := rules.DecideAsset(seen, baselineOf(server()), nil, time.Time{}, noon(), day)
	require.Equal(t, both, decision.Fields, "without a known write, the fields are due")
}

// The title of an asset that was not read is left alone, because someone may have changed it.
func TestDecideAssetNotRead(t *testing.T) {
	t.Parallel()
	device := server()
	require.Equal(t, rules.NoChange, rules.DecideAsset(device, baselineOf(device), nil, noon(), noon(), day).Action)
	device.SystemName = "SRV-2"
	decision := rules.DecideAsset(device, baselineOf(server()), nil, noon(), noon(), day)
	require.Equal(t, rules.NoChange, decision.Action)
	require.Nil(t, decision.Title)
}

func TestAssetBaseline(t *testing.T) {
	t.Parallel()
	device := server()
	adopted := rules.Asset{ID: 31, Title: "srv-1 (hall)", CompanyID: 5, Affiliation: 9}
	matched := rules.AssetBaseline(device, nil, adopted, rules.AssetDecision{Action: rules.Match, Asset: adopted})
	require.Equal(t, rules.Baseline{
		"title": {Ninja: "SRV-1", Accelo: "srv-1 (hall)"}, "company": {Ninja: "5", Accelo: "5"}, "affiliation": {Ninja: "9", Accelo: "9"},
	}, matched)

	noPlace := rules.AssetBaseline(device, nil, rules.Asset{ID: 31, Title: "SRV-1"}, rules.AssetDecision{Action: rules.Create})
	require.Equal(t, rules.Baseline{"title": {Ninja: "SRV-1", Accelo: "SRV-1"}}, noPlace)

	device.SystemName = "SRV-2"
	unchanged := rules.AssetBaseline(device, matched, rules.Asset{ID: 31, Title: "Mail server"}, rules.AssetDecision{Action: rules.NoChange})
	require.Equal(t, matched, unchanged, "a manual change keeps the baseline")
}
