package activities_test

import (
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/rules"
	accelosim "ninjaone-accelo/internal/simulator/accelo"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// plannedChanges returns the planned changes of an import, by kind and ID.
func (f *fixture) plannedChanges(importID string) map[string]rules.Change {
	f.t.Helper()
	list, err := f.database.Changes(f.t.Context(), importID, rules.Change{}, 10_000)
	require.NoError(f.t, err)
	changes := map[string]rules.Change{}
	for _, change := range list {
		require.NotEmpty(f.t, change.Why, "%s %s", change.Kind, change.NinjaID)
		changes[string(change.Kind)+" "+change.NinjaID] = change
	}
	require.Len(f.t, changes, len(list))
	return changes
}

// outcomes returns the outcomes of an import that aren't "unchanged", by kind and ID. The working set must still exist.
func (f *fixture) outcomes(importID string) map[string]rules.Outcome {
	f.t.Helper()
	outcomes := map[string]rules.Outcome{}
	for _, kind := range []store.RecordKind{store.OrganizationRecord, store.DeviceRecord} {
		records, err := f.database.RecordsAfter(f.t.Context(), importID, kind, 0, 10_000)
		require.NoError(f.t, err)
		for _, record := range records {
			require.NotEmpty(f.t, record.Outcome, "%s %s", kind, record.ID)
			if record.Outcome != rules.Unchanged {
				outcomes[string(kind)+" "+record.ID] = record.Outcome
			}
		}
	}
	return outcomes
}

// changedTenant fills both vendors, imports that, and then changes it in every way that a plan has to foresee.
func (f *fixture) changedTenant() {
	f.t.Helper()
	acme, bolt, gone := f.ninja.AddOrganization("Acme", "Rockets"), f.ninja.AddOrganization("Bolt", ""), f.ninja.AddOrganization("Gone", "")
	quiet, merged := f.ninja.AddOrganization("Quiet", ""), f.ninja.AddOrganization("Merged", "")
	renamed, edited, deleted, moved := f.device(acme, "A"), f.device(acme, "B"), f.device(acme, "C"), f.device(acme, "D")
	details, replaced := f.device(bolt, "E"), f.device(bolt, "F")
	f.device(gone, "G")
	f.device(quiet, "H")
	f.device(merged, "I")
	f.fullImport()

	require.NoError(f.t, f.ninja.UpdateOrganization(bolt, func(o *ninjasim.Organization) { o.Name, o.Description = "Bolt Ltd", "new" }))
	require.NoError(f.t, f.ninja.UpdateDevice(renamed, func(d *ninjasim.Device) { d.SystemName = "A2" }))
	require.NoError(f.t, f.ninja.UpdateDevice(details, func(d *ninjasim.Device) { d.DisplayName = "Engine" }))
	require.NoError(f.t, f.ninja.MoveDevice(moved, bolt))
	for _, link := range f.linkedDevices(edited, deleted) {
		if link.NinjaID == strconv.Itoa(edited) {
			require.NoError(f.t, f.accelo.RenameAsset(link.AcceloID, "mine"))
		} else {
			require.NoError(f.t, f.accelo.DeleteAsset(link.AcceloID))
		}
	}
	for _, link := range f.linkedDevices(replaced) {
		require.NoError(f.t, f.ninja.DeleteDevice(replaced))
		_, err := f.ninja.AddDevice(ninjasim.DeviceSpec{OrganizationID: bolt, SystemName: "F", SerialNumber: link.Facts.Serial})
		require.NoError(f.t, err)
	}
	require.NoError(f.t, f.accelo.DeleteCompany(f.link(store.Organizations, gone).AcceloID))
	f.device(gone, "NEW")
	survivor, err := f.accelo.AddCompany("Survivor", "active")
	require.NoError(f.t, err)
	require.NoError(f.t, f.accelo.MergeCompanies(f.link(store.Organizations, merged).AcceloID, survivor.ID))
	f.device(acme, "NEW")
	f.device(f.ninja.AddOrganization("Fresh", ""), "FIRST")
	f.ninja.AddOrganization("fresh", "")
	existing, err := f.accelo.AddCompany("Known", "active")
	require.NoError(f.t, err)
	_, err = f.accelo.AddAsset(assetType, existing.ID, "OLD", nil)
	require.NoError(f.t, err)
	f.device(f.ninja.AddOrganization("Known", ""), "OLD")
}

// linkedDevices returns the links of the devices that have an asset.
func (f *fixture) linkedDevices(ids ...int) []store.Link {
	f.t.Helper()
	var linked []store.Link
	for _, id := range ids {
		if link := f.link(store.Devices, id); link.State == store.Linked {
			linked = append(linked, link)
		}
	}
	return linked
}

// A plan lists exactly the records that the following import changes, with what it does about each, whatever Accelo's API allows.
func TestPlanListsWhatTheImportDoes(t *testing.T) {
	t.Parallel()
	for _, mode := range []accelosim.Mode{accelosim.ModeOpen, accelosim.ModeNoExtensionKeys, accelosim.ModeDocumented} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, settings{mode: mode})
			f.changedTenant()
			f.writes()
			plan := f.beginImport(true)
			f.readInto(plan, 0)
			compared := f.compare(plan)
			planned := f.plannedChanges(plan)
			require.Empty(t, f.writes(), "a plan writes nothing")

			id := f.beginAndRead()
			f.compare(id)
			require.Equal(t, planned, f.plannedChanges(id), "the import has the same plan")
			f.importOrganizations(id)
			foreseen := map[string]rules.Outcome{}
			var cost rules.APICalls
			for key, change := range planned {
				cost = cost.Plus(change.Cost)
				if outcome := change.Action.Outcome(); outcome != rules.Unchanged && change.Kind != rules.ContactChange {
					foreseen[key] = outcome
				}
			}
			require.Equal(t, f.outcomes(id), foreseen)
			require.Equal(t, compared.Calls, int(cost.Accelo), "the cost is the sum of the changes")
			require.Equal(t, compared.Writes, int(cost.AcceloWrites))
			require.Equal(t, f.created(planned, rules.ContactChange), f.writes()["POST /api/v0/contacts"])

			f.finish(activities.ImportFinishInput{ImportID: id})
			require.Empty(t, f.plannedChanges(id))
		})
	}
}

// created counts the planned creates of a kind.
func (f *fixture) created(changes map[string]rules.Change, kind rules.ChangeKind) int {
	count := 0
	for _, change := range changes {
		if change.Kind == kind && change.Action == rules.Create {
			count++
		}
	}
	return count
}

// What an import works on is exactly its plan: every record without a change is done with the comparison.
func TestImportWorksOnItsPlan(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	f.changedTenant()
	id := f.beginAndRead()
	f.compare(id)
	planned := f.storedChanges(id)
	for _, kind := range []store.RecordKind{store.OrganizationRecord, store.DeviceRecord} {
		records, err := f.database.RecordsAfter(t.Context(), id, kind, 0, 10_000)
		require.NoError(t, err)
		for _, record := range records {
			require.Equal(t, record.Outcome == "", planned[string(kind)+" "+record.ID], "%s %s is %q", kind, record.ID, record.Outcome)
		}
	}
}

// storedChanges returns which records have a change, including those that only change in our own database.
func (f *fixture) storedChanges(importID string) map[string]bool {
	f.t.Helper()
	database, err := pgx.Connect(f.t.Context(), f.url)
	require.NoError(f.t, err)
	rows, err := database.Query(f.t.Context(), `SELECT kind || ' ' || ninja_id FROM import_changes WHERE import_id = $1`, importID)
	require.NoError(f.t, err)
	keys, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(f.t, err)
	require.NoError(f.t, database.Close(f.t.Context()))
	stored := map[string]bool{}
	for _, key := range keys {
		stored[key] = true
	}
	return stored
}

// A user reads which values change, and why.
func TestChangeSaysWhatChanges(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Acme", "")
	device := f.device(organization, "SHIP")
	f.fullImport()
	require.NoError(t, f.ninja.UpdateDevice(device, func(d *ninjasim.Device) { d.SystemName, d.DisplayName = "BOAT", "Boat" }))
	plan := f.beginImport(true)
	f.readInto(plan, 0)
	f.compare(plan)
	link := f.link(store.Devices, device)
	require.Equal(t, map[string]rules.Change{"device " + strconv.Itoa(device): {
		Kind: rules.DeviceChange, NinjaID: strconv.Itoa(device), OrganizationID: organization, Organization: "Acme", Name: "BOAT",
		Action: rules.Update, AcceloID: link.AcceloID,
		Fields: []rules.FieldChange{
			{Field: "title", Before: "SHIP", After: "BOAT"},
			{Field: "display_name", Before: link.Baseline["display_name"].Accelo, After: "Boat"},
		},
		Cost: rules.AcceloCalls(2, 2), Why: "NinjaOne renamed the device and changed its details",
	}}, f.plannedChanges(plan))
}
