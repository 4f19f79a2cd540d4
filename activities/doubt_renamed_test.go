package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	accelosim "ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/store"
)

// doubtfulAsset begins an import of one device whose asset's create gets no reply: the asset was made, or was not.
func (f *fixture) doubtfulAsset(made bool) (importID string, organization, device int) {
	f.t.Helper()
	importID, organization, devices := f.prepareImport("SHIP")
	kind := lab.FaultDropBefore
	if made {
		kind = lab.FaultLoseReply
	}
	f.injectFaults(lab.Fault{Kind: kind, Method: "POST", Path: "/assets$", Count: 1})
	_, err := f.syncDevices(importID, organization)
	require.Error(f.t, err)
	return importID, organization, devices[0]
}

// addAsset adds an asset by hand to the company of the first organization.
func (f *fixture) addAsset(title string) accelosim.Asset {
	f.t.Helper()
	added, err := f.accelo.AddAsset(assetType, f.accelo.Snapshot().Companies[0].ID, title, nil)
	require.NoError(f.t, err)
	return added
}

// An asset whose create reply was lost is adopted whatever a person did to it since, and what the person wrote stays.
func TestDoubtfulAssetThatAPersonChanged(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(f *fixture, asset int64) error{
		"renamed": func(f *fixture, asset int64) error { return f.accelo.RenameAsset(asset, "Rack 7") },
		"renamed and moved": func(f *fixture, asset int64) error {
			other, err := f.accelo.AddCompany("Mom's Friendly Robots", "")
			require.NoError(t, err)
			require.NoError(t, f.accelo.MoveAsset(asset, other.ID))
			return f.accelo.RenameAsset(asset, "Rack 7")
		},
		"renamed, and another one was made by hand": func(f *fixture, asset int64) error {
			require.NoError(t, f.accelo.RenameAsset(asset, "Rack 7"))
			f.addAsset("SHIP")
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, settings{claims: long})
			id, organization, device := f.doubtfulAsset(true)
			made := f.accelo.Snapshot().Assets[0]
			require.NoError(t, act(f, made.ID))
			before, place := len(f.accelo.Snapshot().Assets), f.accelo.Snapshot().Assets[0].AgainstID
			require.Equal(t, flow.Counts{Created: 1}, f.devices(id, organization))
			require.Len(t, f.accelo.Snapshot().Assets, before)
			require.Equal(t, made.ID, f.link(store.Devices, device).AcceloID)
			require.NotEmpty(t, f.link(store.Devices, device).ManualChanges, "noted at once")
			f.resetCalls()
			f.fullImport()
			require.Empty(t, f.writes(), "nothing is left to note")
			require.Equal(t, "Rack 7", f.accelo.Snapshot().Assets[0].Title)
			require.Equal(t, place, f.accelo.Snapshot().Assets[0].AgainstID)
			f.requireAllFields(made.ID, device)
		})
	}
}

// An asset made by hand during the doubt is not taken for ours. One of the device's own title is adopted as it is.
func TestDoubtfulAssetThatWasNotMade(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: short})
	id, organization, device := f.doubtfulAsset(false)
	byHand := f.addAsset("Printer")
	require.Equal(t, flow.Counts{Created: 1}, f.devices(id, organization))
	require.NotEqual(t, byHand.ID, f.link(store.Devices, device).AcceloID)
	require.ElementsMatch(t, []string{"Printer", "SHIP"}, f.titles())

	f = newFixture(t, settings{claims: short})
	id, organization, device = f.doubtfulAsset(false)
	byHand = f.addAsset("SHIP")
	require.Equal(t, flow.Counts{Matched: 1}, f.devices(id, organization))
	require.Equal(t, byHand.ID, f.link(store.Devices, device).AcceloID)
}

// Where assets are created without fields, nothing tells a renamed one from one made by hand: a person has to say which it is.
func TestDoubtfulAssetWithoutFields(t *testing.T) {
	t.Parallel()
	for name, made := range map[string]bool{"made and renamed": true, "not made, another one by hand": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, settings{mode: accelosim.ModeNoExtensionKeys, claims: short})
			id, organization, device := f.doubtfulAsset(made)
			if made {
				require.NoError(t, f.accelo.RenameAsset(f.accelo.Snapshot().Assets[0].ID, "Rack 7"))
			} else {
				f.addAsset("Rack 7")
			}
			require.Equal(t, flow.Counts{Failed: 1}, f.devices(id, organization))
			require.Equal(t, []string{"Rack 7"}, f.titles(), "nothing is created twice")
			failures, err := f.database.Failures(t.Context(), "default")
			require.NoError(t, err)
			require.Contains(t, failures[0].Error, "(Rack 7)")
			require.Contains(t, failures[0].Error, "starter recreate device "+itoa(device))

			require.NoError(t, f.database.EndDoubt(t.Context(), store.KeyOf("default", store.Devices, device), "starter recreate"))
			f.fullImport()
			require.ElementsMatch(t, []string{"Rack 7", "SHIP"}, f.titles())
		})
	}
}

// Other assets in doubt and those that are linked are never suspected: one outage leaves many creates in doubt.
func TestManyDoubtfulAssets(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{mode: accelosim.ModeNoExtensionKeys, claims: short})
	id, organization, _ := f.prepareImport("A", "B", "C", "D")
	f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/assets$", Count: 2},
		lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/assets$", Count: 2})
	for range 10 {
		if result, err := f.syncDevices(id, organization); err == nil && !result.Stopped {
			break
		}
	}
	require.Equal(t, []string{"A", "B", "C", "D"}, f.titles())
	require.Empty(t, f.failed())
}

// The asset that is being created for another device is not this one's in a shorter form, as if its title had been cut.
func TestDoubtfulAssetBesideASimilarTitle(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{mode: accelosim.ModeNoExtensionKeys, claims: short})
	id, organization, devices := f.prepareImport("PRINTER-10")
	f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/assets$", Count: 1})
	_, err := f.syncDevices(id, organization)
	require.Error(t, err)
	longer := f.device(organization, "PRINTER-101")
	alert := rules.Alert{UID: "a", DeviceID: longer, OrganizationID: organization}
	f.injectFaults(lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/assets$", Count: 1})
	_, err = runIn[any](f.env(), f.steps.AcceloSyncAlertDevice, alertDeviceInput(alert, 0))
	require.Error(t, err)
	f.syncAlertDevice(alert, 0)
	f.devices(id, organization)
	require.Equal(t, []string{"PRINTER-10", "PRINTER-101"}, f.titles())
	require.NotEqual(t, f.link(store.Devices, devices[0]).AcceloID, f.link(store.Devices, longer).AcceloID)
	require.Empty(t, f.failed())
}

// A company whose create reply was lost and that a person renamed is known by its description. Without one, a person has to say whether a
// new company is it.
func TestDoubtfulCompanyThatAPersonRenamed(t *testing.T) {
	t.Parallel()
	for name, description := range map[string]string{"with a description": "delivers", "without": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, settings{claims: short})
			organization := f.ninja.AddOrganization("Planet Express", description)
			id := f.beginAndRead()
			f.compare(id)
			f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/companies$", Count: 1})
			_, err := f.syncCompany(id, organization)
			require.Error(t, err)
			made := f.accelo.Snapshot().Companies[0].ID
			require.NoError(t, f.accelo.RenameCompany(made, "Express of Planets"))
			_, err = f.accelo.AddCompany("Wernstrom Labs", "")
			require.NoError(t, err)
			if description == "" {
				require.Equal(t, rules.Failed, f.company(id, organization).Outcome)
				require.Len(t, f.accelo.Snapshot().Companies, 2)
				failures, err := f.database.Failures(t.Context(), "default")
				require.NoError(t, err)
				require.Contains(t, failures[0].Error, "(Express of Planets)")
				return
			}
			require.Equal(t, rules.Created, f.company(id, organization).Outcome)
			require.Equal(t, made, f.link(store.Organizations, organization).AcceloID)
			f.fullImport()
			world := f.accelo.Snapshot()
			require.Len(t, world.Companies, 2)
			require.Equal(t, "Express of Planets", world.Companies[0].Name)
		})
	}
}

// However a deployment stores texts, what a lost create made is found: company, asset, request and note.
func TestLostRepliesInEveryStoredForm(t *testing.T) {
	t.Parallel()
	for name, switches := range storageForms() {
		for _, mode := range []accelosim.Mode{accelosim.ModeOpen, accelosim.ModeNoExtensionKeys} {
			t.Run(name+", "+string(mode), func(t *testing.T) {
				t.Parallel()
				f := newFixture(t, settings{mode: mode, claims: short, onReset: rules.OnResetNote})
				require.NoError(t, f.accelo.SetSwitches(switches))
				organization := f.ninja.AddOrganization(awkward("Planet Express"), "")
				device := f.device(organization, awkward("SHIP"))
				f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/companies$", Count: 1},
					lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/assets$", Count: 1},
					lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/requests$", Count: 1},
					lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/activities$", Count: 1})
				id := f.beginAndRead()
				f.compare(id)
				_, err := f.syncCompany(id, organization)
				require.Error(t, err)
				f.company(id, organization)
				_, err = f.syncDevices(id, organization)
				require.Error(t, err)
				require.Equal(t, flow.Counts{Created: 1}, f.devices(id, organization))
				alert := f.triggerAlert(device, full)
				opened := f.openWithRetries(alert)
				_, err = f.close(alert)
				require.Error(t, err)
				f.mustClose(alert, "noted")
				world := f.accelo.Snapshot()
				require.Len(t, world.Companies, 1)
				require.Len(t, world.Assets, 1)
				require.Len(t, world.Requests, 1)
				require.Len(t, f.notes("request", opened.RequestID), 1)
			})
		}
	}
}
