package activities_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// failRead runs an attempt that fails, and returns the heartbeat it leaves for the next one.
func (f *fixture) failRead(activityFunction any, in activities.ReadInput) json.RawMessage {
	f.t.Helper()
	var heartbeat json.RawMessage
	env := f.env()
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) { _ = details.Get(&heartbeat) })
	_, err := runIn[activities.ReadResult](env, activityFunction, in)
	require.Equal(f.t, activities.Unavailable, applicationError(f.t, err).Type())
	require.NotEmpty(f.t, heartbeat)
	return heartbeat
}

// staged returns the IDs of an import's records of a kind.
func (f *fixture) staged(id string, kind store.RecordKind) []string {
	f.t.Helper()
	records, err := f.database.RecordsAfter(f.t.Context(), id, kind, 0, 10_000)
	require.NoError(f.t, err)
	ids := []string{}
	for _, record := range records {
		ids = append(ids, record.ID)
	}
	return ids
}

// stagedDevice returns a device as an import read it.
func (f *fixture) stagedDevice(importID string, device int) rules.Device {
	f.t.Helper()
	records, err := f.database.RecordsByID(f.t.Context(), importID, store.DeviceRecord, fmt.Sprint(device))
	require.NoError(f.t, err)
	require.Len(f.t, records, 1)
	var read rules.Device
	require.NoError(f.t, json.Unmarshal(records[0].Data, &read))
	return read
}

// NinjaOne is read page by page. A retry continues from the heartbeat and reads no page twice.
func TestNinjaReadResumes(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{pageCap: 10})
	var organization int
	for range 27 {
		organization = f.ninja.AddOrganization("Planet Express", "")
	}
	for _, name := range names(28) {
		f.device(organization, name)
	}
	id := f.beginImport(false)
	in := activities.ReadInput{Connection: "default", ImportID: id}
	const organizations, devices = "GET /v2/organizations-detailed", "GET /v2/devices-detailed"
	asked := func() (int, int) {
		counters := f.ninja.Lab.Counters()
		f.ninja.Lab.ResetCounters()
		return counters.ByEndpoint[organizations], counters.ByEndpoint[devices]
	}

	f.failCall(3, organizations)
	heartbeat := f.failRead(f.steps.NinjaRead, in)
	require.Len(t, f.staged(id, store.OrganizationRecord), 20)
	asked()

	f.failCall(2, devices)
	env := f.env()
	env.SetHeartbeatDetails(heartbeat)
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) { _ = details.Get(&heartbeat) })
	_, err := runIn[activities.ReadResult](env, f.steps.NinjaRead, in)
	require.Equal(t, activities.Unavailable, applicationError(t, err).Type())
	pages, devicePages := asked()
	require.Equal(t, 1, pages, "the first two pages are not read again")
	require.Equal(t, 1, devicePages)

	env = f.env()
	env.SetHeartbeatDetails(heartbeat)
	result, err := runIn[activities.ReadResult](env, f.steps.NinjaRead, in)
	require.NoError(t, err)
	pages, devicePages = asked()
	require.Zero(t, pages, "the organizations are complete")
	require.Equal(t, 2, devicePages, "the first page of devices is not read again")
	require.Equal(t, activities.ReadResult{Organizations: 27, Devices: 28}, result)
	require.Len(t, f.staged(id, store.OrganizationRecord), 27)
	require.Len(t, f.staged(id, store.DeviceRecord), 28)
}

// A heartbeat of another version is ignored, and everything is read again.
func TestNinjaReadIgnoresUnknownHeartbeat(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	f.ninja.AddOrganization("Planet Express", "")
	id := f.beginImport(false)
	env := f.env()
	env.SetHeartbeatDetails("page 7")
	result, err := runIn[activities.ReadResult](env, f.steps.NinjaRead, activities.ReadInput{Connection: "default", ImportID: id})
	require.NoError(t, err)
	require.Equal(t, 1, result.Organizations)
}

// Devices are read with the names they refer to. Devices that wait for approval or were decommissioned are not imported.
func TestNinjaReadDevices(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Planet Express", "")
	require.NoError(t, f.ninja.SetTeamViewer(organization, true, "WINDOWS_WORKSTATION"))
	ship, pending, old := f.device(organization, "SHIP"), f.device(organization, "NEW"), f.device(organization, "OLD")
	server, err := f.ninja.AddDevice(ninjasim.DeviceSpec{OrganizationID: organization, NodeClass: "LINUX_SERVER", SystemName: "SERVER"})
	require.NoError(t, err)
	require.NoError(t, f.ninja.SetDevicePending(pending))
	require.NoError(t, f.ninja.DecommissionDevice(old))
	require.NoError(t, f.ninja.LogOnUser(ship, `PLANEX\fry`))
	id := f.beginAndRead()
	require.ElementsMatch(t, []string{fmt.Sprint(ship), fmt.Sprint(server)}, f.staged(id, store.DeviceRecord))
	device := f.stagedDevice(id, ship)
	require.Equal(t, organization, device.OrganizationID)
	require.Equal(t, "SHIP", device.SystemName)
	require.Equal(t, `PLANEX\fry`, device.LastUser)
	require.Contains(t, device.Policy, "Windows Workstation")
	require.Equal(t, device.PageURL, device.RemoteControl, "TeamViewer is on")
	require.Empty(t, f.stagedDevice(id, server).RemoteControl, "TeamViewer is off for servers")
}

// Remote control links may come from a custom field. It is read only for devices that have TeamViewer.
func TestNinjaReadRemoteControlField(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{remoteControl: rules.RemoteControl{Source: rules.RemoteControlCustomField, Field: "tvId", URLTemplate: "https://tv.example.com/{value}"}})
	with, without := f.ninja.AddOrganization("Planet Express", ""), f.ninja.AddOrganization("Omicron Persei 8", "")
	require.NoError(t, f.ninja.SetTeamViewer(with, true))
	text, number, empty, other := f.device(with, "A"), f.device(with, "B"), f.device(with, "C"), f.device(without, "D")
	for device, value := range map[int]any{text: "12 3/4", number: 123456789, other: "1"} {
		require.NoError(t, f.ninja.UpdateDevice(device, func(d *ninjasim.Device) { d.CustomFields = map[string]any{"tvId": value} }))
	}
	id := f.beginAndRead()
	require.Equal(t, "https://tv.example.com/12+3%2F4", f.stagedDevice(id, text).RemoteControl)
	require.Equal(t, "https://tv.example.com/123456789", f.stagedDevice(id, number).RemoteControl)
	require.Empty(t, f.stagedDevice(id, empty).RemoteControl)
	require.Empty(t, f.stagedDevice(id, other).RemoteControl)
	require.Equal(t, 3, f.ninja.Lab.Counters().ByEndpoint["GET /v2/device/{id}/custom-fields"])
}

// A device that is deleted during the read does not fail the import.
func TestNinjaReadDeletedDevice(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{remoteControl: rules.RemoteControl{Source: rules.RemoteControlCustomField, Field: "tvId", URLTemplate: "https://tv.example.com/{value}"}})
	organization := f.ninja.AddOrganization("Planet Express", "")
	require.NoError(t, f.ninja.SetTeamViewer(organization, true))
	device := f.device(organization, "SHIP")
	require.NoError(t, f.ninja.Lab.Faults.Set(lab.Fault{Kind: lab.FaultStatus, Status: 404, Path: "/custom-fields$"}))
	require.Empty(t, f.stagedDevice(f.beginAndRead(), device).RemoteControl)
}

// Unusual names are imported, without characters that a database or a vendor rejects.
func TestNinjaReadUnusualNames(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	unusual := []string{"(a,b)", "Café", "Cafe\u0301 II", "<b>bold</b>", "🚀", "tab\tand\x00nul", "x'; DROP TABLE links; --", ""}
	for _, name := range unusual {
		organization := f.ninja.AddOrganization(name, name)
		f.device(organization, "SHIP")
		f.device(organization, name)
	}
	result := f.fullImport()
	require.Empty(t, result.Failures)
	require.Equal(t, len(unusual), result.Organizations.Created)
	require.Equal(t, 2*len(unusual), result.Devices.Created)
	again := f.fullImport()
	require.Equal(t, len(unusual), again.Organizations.Unchanged)
	require.Equal(t, 2*len(unusual), again.Devices.Unchanged)
}

// A single organization is read without the others.
func TestReadOneOrganization(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{companies: 150})
	organization, other := f.ninja.AddOrganization("Planet Express", ""), f.ninja.AddOrganization("Omicron Persei 8", "")
	device := f.device(organization, "SHIP")
	f.device(other, "LRRR")
	f.accelo.Lab().ResetCounters()
	id := f.beginImport(false)
	f.readInto(id, organization)
	require.Equal(t, []string{fmt.Sprint(organization)}, f.staged(id, store.OrganizationRecord))
	require.Equal(t, []string{fmt.Sprint(device)}, f.staged(id, store.DeviceRecord))
	require.Empty(t, f.staged(id, store.CompanyRecord))
	require.LessOrEqual(t, f.accelo.Lab().Counters().Reads, 2, "Accelo is searched rather than listed")
	f.compare(id)
	f.company(id, organization)
	f.devices(id, organization)

	id = f.beginImport(false)
	f.readInto(id, organization)
	require.Equal(t, []string{fmt.Sprint(f.link(store.Organizations, organization).AcceloID)}, f.staged(id, store.CompanyRecord), "found by its link")
	require.Equal(t, []string{fmt.Sprint(f.link(store.Devices, device).AcceloID)}, f.staged(id, store.AssetRecord))

	_, err := runIn[activities.ReadResult](f.env(), f.steps.NinjaRead, activities.ReadInput{Connection: "default", ImportID: id, OrganizationID: 99})
	require.Equal(t, activities.Refused, applicationError(t, err).Type())
	require.ErrorContains(t, err, "organization 99 does not exist in NinjaOne")
}

// Accelo is read page by page as well. A retry continues from the heartbeat.
func TestAcceloReadResumes(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{companies: 250})
	company := f.accelo.Snapshot().Companies[0].ID
	for _, name := range names(120) {
		_, err := f.accelo.AddAsset(assetType, company, name, nil)
		require.NoError(t, err)
	}
	id := f.beginImport(false)
	in := activities.ReadInput{Connection: "default", ImportID: id}
	asked := func() (int, int) {
		counters := f.accelo.Lab().Counters()
		f.accelo.Lab().ResetCounters()
		return counters.ByEndpoint["GET /api/v0/companies"], counters.ByEndpoint["GET /api/v0/assets"]
	}
	f.failCall(2, "GET /api/v0/assets")
	heartbeat := f.failRead(f.steps.AcceloRead, in)
	asked()
	env := f.env()
	env.SetHeartbeatDetails(heartbeat)
	result, err := runIn[activities.ReadResult](env, f.steps.AcceloRead, in)
	require.NoError(t, err)
	companies, assets := asked()
	require.Zero(t, companies, "the companies are complete")
	require.Equal(t, 1, assets, "the first page of assets is not read again")
	require.Equal(t, len(f.accelo.Snapshot().Companies), result.Companies)
	require.Equal(t, 120, result.Assets)
	require.Len(t, f.staged(id, store.CompanyRecord), result.Companies)
	require.Len(t, f.staged(id, store.AssetRecord), 120, "assets of other types are not read")
}

// Without our asset type there are no assets to adopt.
func TestAcceloReadWithoutAssetType(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	f.change(func(s *store.Settings) { s.AssetType = store.ObjectType{} })
	organization := f.ninja.AddOrganization("Planet Express", "")
	f.device(organization, "SHIP")
	result := f.fullImport()
	require.Equal(t, 1, result.Organizations.Created)
	require.Equal(t, 1, result.Devices.Waiting)
	require.Zero(t, f.accelo.Lab().Counters().ByEndpoint["GET /api/v0/assets"])
}
