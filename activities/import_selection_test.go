package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// importOf imports the records of a selection, except alerts, and requires that a plan of the same selection foresees it.
func (f *fixture) importOf(selection rules.Selection) flow.ImportResult {
	f.t.Helper()
	planned := f.beginSelected(true, selection)
	f.readInto(planned, 0)
	f.readAlerts(planned)
	f.compare(planned)
	foreseen := f.finish(activities.ImportFinishInput{ImportID: planned})
	id := f.beginSelected(false, selection)
	f.readInto(id, 0)
	f.readAlerts(id)
	f.compare(id)
	f.importOrganizations(id)
	outcomes := map[string]string{}
	for _, alert := range f.nextAlerts(id, "", 100).Alerts {
		outcomes[alert.UID] = "created"
	}
	_, err := runIn[any](f.env(), f.steps.ImportAlertDone, activities.ImportAlertDoneInput{ImportID: id, Outcomes: outcomes})
	require.NoError(f.t, err)
	result := f.finish(activities.ImportFinishInput{ImportID: id})
	require.Equal(f.t, []flow.Counts{foreseen.Organizations, foreseen.Devices, foreseen.Alerts},
		[]flow.Counts{result.Organizations, result.Devices, result.Alerts})
	return result
}

func (f *fixture) beginSelected(plan bool, selection rules.Selection) string {
	f.t.Helper()
	f.imports++
	id := "import-" + itoa(f.imports)
	_, err := runIn[any](f.env(), f.steps.ImportBegin, activities.ImportBeginInput{
		Connection: "default", ImportID: id, Plan: plan, Selection: selection,
	})
	require.NoError(f.t, err)
	return id
}

// An import brings in the chosen kinds of records of the chosen organizations, and nothing else; its plan says the same.
func TestImportOfChosenRecords(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	one, two := f.ninja.AddOrganization("One", ""), f.ninja.AddOrganization("Two", "")
	first, second := f.device(one, "A"), f.device(two, "B")
	f.triggerAlert(first, full)
	f.triggerAlert(second, full)
	require.NoError(t, f.database.RecordFailure(t.Context(), store.Failure{
		Connection: "default", Kind: store.Devices, NinjaID: itoa(second), OrganizationID: two, Error: "no",
	}))

	result := f.importOf(rules.Selection{Records: []string{rules.OrganizationRecords}})
	require.Equal(t, flow.Counts{Created: 2}, result.Organizations)
	require.Equal(t, []flow.Counts{{}, {}}, []flow.Counts{result.Devices, result.Alerts})
	require.Empty(t, f.titles())
	require.Equal(t, []string{"device " + itoa(second)}, f.failed(), "what was left out is as it was")
	require.Equal(t, &rules.Selection{Records: []string{rules.OrganizationRecords}}, result.Selection)

	result = f.importOf(rules.Selection{Records: []string{rules.DeviceRecords}, Organizations: []int{one}})
	require.Equal(t, []flow.Counts{{}, {Created: 1}, {}}, []flow.Counts{result.Organizations, result.Devices, result.Alerts})
	require.Equal(t, []string{"A"}, f.titles())

	result = f.importOf(rules.Selection{Organizations: []int{two}})
	require.Equal(t, []flow.Counts{{Unchanged: 1}, {Created: 1}, {Created: 1}}, []flow.Counts{result.Organizations, result.Devices, result.Alerts})
	require.Empty(t, f.failed())

	imported, err := f.database.WasImported(t.Context(), "default", "")
	require.NoError(t, err)
	require.False(t, imported, "a reconciliation doesn't bring in the alerts that no import has")
}

// Devices without organizations go to the companies that exist; the others fail in this run only.
func TestDevicesWithoutTheirOrganization(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("One", "")
	f.device(organization, "A")
	result := f.importOf(rules.Selection{Records: []string{rules.DeviceRecords}})
	require.Equal(t, []flow.Counts{{}, {Failed: 1}}, []flow.Counts{result.Organizations, result.Devices})
	require.Contains(t, result.Failures[0].Error, "this import leaves organizations out")
	require.Empty(t, f.failed())
	require.Empty(t, f.writes())
}
