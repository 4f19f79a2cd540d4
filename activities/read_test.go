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

// interrupted runs an attempt of an activity that fails, and returns the heartbeat that it leaves to the next one.
func (w *world) interrupted(activityFunction any, in activities.ReadInput) json.RawMessage {
	w.t.Helper()
	var heartbeat json.RawMessage
	env := w.env()
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) { _ = details.Get(&heartbeat) })
	_, err := runIn[activities.ReadResult](env, activityFunction, in)
	require.Equal(w.t, activities.Unavailable, failure(w.t, err).Type())
	require.NotEmpty(w.t, heartbeat)
	return heartbeat
}

// staged are the ids of an import's records of a kind.
func (w *world) staged(id string, kind store.RecordKind) []string {
	w.t.Helper()
	records, err := w.database.RecordsAfter(w.t.Context(), id, kind, 0, 10_000)
	require.NoError(w.t, err)
	ids := []string{}
	for _, record := range records {
		ids = append(ids, record.ID)
	}
	return ids
}

// stagedDevice is a device as an import read it.
func (w *world) stagedDevice(importID string, device int) rules.Device {
	w.t.Helper()
	records, err := w.database.RecordsByID(w.t.Context(), importID, store.DeviceRecord, fmt.Sprint(device))
	require.NoError(w.t, err)
	require.Len(w.t, records, 1)
	var read rules.Device
	require.NoError(w.t, json.Unmarshal(records[0].Data, &read))
	return read
}

// NinjaOne is read page by page, and a retried reading goes on where its heartbeat says, without asking for a page twice.
func TestNinjaReadResumes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{pageSize: 3})
	var organization int
	for range 7 {
		organization = w.ninja.AddOrganization("Planet Express", "")
	}
	for _, name := range names(8) {
		w.device(organization, name)
	}
	id := w.begin(false)
	in := activities.ReadInput{Connection: "default", ImportID: id}
	const organizations, devices = "GET /v2/organizations-detailed", "GET /v2/devices-detailed"
	asked := func() (int, int) {
		counters := w.ninja.Lab.Counters()
		w.ninja.Lab.ResetCounters()
		return counters.ByEndpoint[organizations], counters.ByEndpoint[devices]
	}

	w.failCall(3, organizations)
	heartbeat := w.interrupted(w.steps.NinjaRead, in)
	require.Len(t, w.staged(id, store.OrganizationRecord), 6)
	asked()

	w.failCall(2, devices)
	env := w.env()
	env.SetHeartbeatDetails(heartbeat)
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) { _ = details.Get(&heartbeat) })
	_, err := runIn[activities.ReadResult](env, w.steps.NinjaRead, in)
	require.Equal(t, activities.Unavailable, failure(t, err).Type())
	pages, devicePages := asked()
	require.Equal(t, 1, pages, "the first two pages are not read again")
	require.Equal(t, 1, devicePages)

	env = w.env()
	env.SetHeartbeatDetails(heartbeat)
	result, err := runIn[activities.ReadResult](env, w.steps.NinjaRead, in)
	require.NoError(t, err)
	pages, devicePages = asked()
	require.Zero(t, pages, "the organizations are complete")
	require.Equal(t, 2, devicePages, "the first page of devices is not read again")
	require.Equal(t, activities.ReadResult{Organizations: 7, Devices: 8}, result)
	require.Len(t, w.staged(id, store.OrganizationRecord), 7)
	require.Len(t, w.staged(id, store.DeviceRecord), 8)
}

// A heartbeat of another version is no reason to fail: then everything is read again.
func TestNinjaReadIgnoresAStrangeHeartbeat(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.ninja.AddOrganization("Planet Express", "")
	id := w.begin(false)
	env := w.env()
	env.SetHeartbeatDetails("page 7")
	result, err := runIn[activities.ReadResult](env, w.steps.NinjaRead, activities.ReadInput{Connection: "default", ImportID: id})
	require.NoError(t, err)
	require.Equal(t, 1, result.Organizations)
}

// Devices are read with the names that they refer to; those that wait for approval or have left are not imported.
func TestNinjaReadDevices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	organization := w.ninja.AddOrganization("Planet Express", "")
	require.NoError(t, w.ninja.SetTeamViewer(organization, true, "WINDOWS_WORKSTATION"))
	ship, pending, gone := w.device(organization, "SHIP"), w.device(organization, "NEW"), w.device(organization, "OLD")
	server, err := w.ninja.AddDevice(ninjasim.DeviceSpec{OrganizationID: organization, NodeClass: "LINUX_SERVER", SystemName: "SERVER"})
	require.NoError(t, err)
	require.NoError(t, w.ninja.SetDevicePending(pending))
	require.NoError(t, w.ninja.DecommissionDevice(gone))
	require.NoError(t, w.ninja.LogOnUser(ship, `PLANEX\fry`))
	id := w.read()
	require.ElementsMatch(t, []string{fmt.Sprint(ship), fmt.Sprint(server)}, w.staged(id, store.DeviceRecord))
	device := w.stagedDevice(id, ship)
	require.Equal(t, organization, device.OrganizationID)
	require.Equal(t, "SHIP", device.SystemName)
	require.Equal(t, `PLANEX\fry`, device.LastUser)
	require.Contains(t, device.Policy, "Windows Workstation")
	require.Equal(t, device.PageURL, device.RemoteControl, "TeamViewer is on")
	require.Empty(t, w.stagedDevice(id, server).RemoteControl, "TeamViewer is off for servers")
}

// Remote control links may come from a custom field, which is asked of the devices that have TeamViewer, and of no other.
func TestNinjaReadRemoteControlField(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{remoteControl: rules.RemoteControl{Source: rules.RemoteControlCustomField, Field: "tvId", URLTemplate: "https://tv.example.com/{value}"}})
	with, without := w.ninja.AddOrganization("Planet Express", ""), w.ninja.AddOrganization("Omicron Persei 8", "")
	require.NoError(t, w.ninja.SetTeamViewer(with, true))
	text, number, empty, other := w.device(with, "A"), w.device(with, "B"), w.device(with, "C"), w.device(without, "D")
	for device, value := range map[int]any{text: "12 3/4", number: 123456789, other: "1"} {
		require.NoError(t, w.ninja.UpdateDevice(device, func(d *ninjasim.Device) { d.CustomFields = map[string]any{"tvId": value} }))
	}
	id := w.read()
	require.Equal(t, "https://tv.example.com/12+3%2F4", w.stagedDevice(id, text).RemoteControl)
	require.Equal(t, "https://tv.example.com/123456789", w.stagedDevice(id, number).RemoteControl)
	require.Empty(t, w.stagedDevice(id, empty).RemoteControl)
	require.Empty(t, w.stagedDevice(id, other).RemoteControl)
	require.Equal(t, 3, w.ninja.Lab.Counters().ByEndpoint["GET /v2/device/{id}/custom-fields"])
}

// A device that is deleted while it is read does not end the import.
func TestNinjaReadDeviceVanishes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{remoteControl: rules.RemoteControl{Source: rules.RemoteControlCustomField, Field: "tvId", URLTemplate: "https://tv.example.com/{value}"}})
	organization := w.ninja.AddOrganization("Planet Express", "")
	require.NoError(t, w.ninja.SetTeamViewer(organization, true))
	device := w.device(organization, "SHIP")
	require.NoError(t, w.ninja.Lab.Faults.Set(lab.Fault{Kind: lab.FaultStatus, Status: 404, Path: "/custom-fields$"}))
	require.Empty(t, w.stagedDevice(w.read(), device).RemoteControl)
}

// Names arrive as they are, without what no database and no vendor can hold.
func TestNinjaReadNastyNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	nasty := []string{"(a,b)", "Café", "Cafe\u0301 II", "<b>bold</b>", "🚀", "tab\tand\x00nul", "x'; DROP TABLE links; --", ""}
	for _, name := range nasty {
		organization := w.ninja.AddOrganization(name, name)
		w.device(organization, "SHIP")
		w.device(organization, name)
	}
	result := w.fullImport()
	require.Empty(t, result.Failures)
	require.Equal(t, len(nasty), result.Organizations.Created)
	require.Equal(t, 2*len(nasty), result.Devices.Created)
	again := w.fullImport()
	require.Equal(t, len(nasty), again.Organizations.Unchanged)
	require.Equal(t, 2*len(nasty), again.Devices.Unchanged)
}

// A single organization is read without its neighbours.
func TestReadOneOrganization(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{companies: 150})
	organization, neighbour := w.ninja.AddOrganization("Planet Express", ""), w.ninja.AddOrganization("Omicron Persei 8", "")
	device := w.device(organization, "SHIP")
	w.device(neighbour, "LRRR")
	w.accelo.Lab().ResetCounters()
	id := w.begin(false)
	w.readInto(id, organization)
	require.Equal(t, []string{fmt.Sprint(organization)}, w.staged(id, store.OrganizationRecord))
	require.Equal(t, []string{fmt.Sprint(device)}, w.staged(id, store.DeviceRecord))
	require.Empty(t, w.staged(id, store.CompanyRecord))
	require.LessOrEqual(t, w.accelo.Lab().Counters().Reads, 2, "Accelo is searched, not listed")
	w.compare(id)
	w.company(id, organization)
	w.devices(id, organization)

	id = w.begin(false)
	w.readInto(id, organization)
	require.Equal(t, []string{fmt.Sprint(w.link(store.Organizations, organization).AcceloID)}, w.staged(id, store.CompanyRecord), "by its link")
	require.Equal(t, []string{fmt.Sprint(w.link(store.Devices, device).AcceloID)}, w.staged(id, store.AssetRecord))

	_, err := runIn[activities.ReadResult](w.env(), w.steps.NinjaRead, activities.ReadInput{Connection: "default", ImportID: id, OrganizationID: 99})
	require.Equal(t, activities.Refused, failure(t, err).Type())
	require.ErrorContains(t, err, "organization 99 does not exist in NinjaOne")
}

// Accelo is read page by page as well, and a retried reading goes on where its heartbeat says.
func TestAcceloReadResumes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{companies: 250})
	company := w.accelo.Snapshot().Companies[0].ID
	for _, name := range names(120) {
		_, err := w.accelo.AddAsset(assetType, company, name, nil)
		require.NoError(t, err)
	}
	id := w.begin(false)
	in := activities.ReadInput{Connection: "default", ImportID: id}
	asked := func() (int, int) {
		counters := w.accelo.Lab().Counters()
		w.accelo.Lab().ResetCounters()
		return counters.ByEndpoint["GET /api/v0/companies"], counters.ByEndpoint["GET /api/v0/assets"]
	}
	w.failCall(2, "GET /api/v0/assets")
	heartbeat := w.interrupted(w.steps.AcceloRead, in)
	asked()
	env := w.env()
	env.SetHeartbeatDetails(heartbeat)
	result, err := runIn[activities.ReadResult](env, w.steps.AcceloRead, in)
	require.NoError(t, err)
	companies, assets := asked()
	require.Zero(t, companies, "the companies are complete")
	require.Equal(t, 1, assets, "the first page of assets is not read again")
	require.Equal(t, len(w.accelo.Snapshot().Companies), result.Companies)
	require.Equal(t, 120, result.Assets)
	require.Len(t, w.staged(id, store.CompanyRecord), result.Companies)
	require.Len(t, w.staged(id, store.AssetRecord), 120, "assets of other types are none of ours")
}

// While our asset type is yet to be made there are no assets to adopt.
func TestAcceloReadWithoutAssetType(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.change(func(s *store.Settings) { s.AssetType = store.ObjectType{} })
	organization := w.ninja.AddOrganization("Planet Express", "")
	w.device(organization, "SHIP")
	result := w.fullImport()
	require.Equal(t, 1, result.Organizations.Created)
	require.Equal(t, 1, result.Devices.Waiting)
	require.Zero(t, w.accelo.Lab().Counters().ByEndpoint["GET /api/v0/assets"])
}
