package activities_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	alertstatus "ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// choose replaces what is chosen for an organization.
func (f *fixture) choose(organization int, after store.OrganizationChoice) {
	f.t.Helper()
	before, err := f.database.OrganizationChoice(f.t.Context(), "default", organization)
	require.NoError(f.t, err)
	require.NoError(f.t, f.database.ChangeOrganizations(f.t.Context(), "default", []store.OrganizationChange{
		{NinjaID: itoa(organization), Before: before, After: after, Why: "Chosen", By: "jane"},
	}))
}

func (f *fixture) switchSync(organization int, on bool) {
	f.t.Helper()
	choice, err := f.database.OrganizationChoice(f.t.Context(), "default", organization)
	require.NoError(f.t, err)
	choice.Sync = on
	f.choose(organization, choice)
}

// decision returns what the page says about an alert.
func (f *fixture) decision(uid string) string {
	f.t.Helper()
	listed, err := f.database.ListedAlert(f.t.Context(), "default", uid)
	require.NoError(f.t, err)
	return alertstatus.Decision(listed, store.Settings{}.Labels())
}

// An organization that is switched off gets nothing, and the plan and the counts say so. Switched on again, the next import brings it in.
func TestImportLeavesOutWhatIsSwitchedOff(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	off, on := f.ninja.AddOrganization("Off", ""), f.ninja.AddOrganization("On", "")
	f.device(off, "A")
	f.device(off, "B")
	f.device(on, "C")
	f.switchSync(off, false)
	f.fixtureAlert(off)

	plan := f.beginImport(true)
	f.readInto(plan, 0)
	f.readAlerts(plan)
	f.compare(plan)
	skipped := f.plannedChanges(plan)["organization "+itoa(off)]
	require.Equal(t, rules.Skip, skipped.Action)
	require.Equal(t, "The sync of this organization is switched off", skipped.Why)
	planned := f.finish(activities.ImportFinishInput{ImportID: plan})
	require.Equal(t, flow.Counts{Created: 1, SwitchedOff: 1}, planned.Organizations)
	require.Equal(t, flow.Counts{Created: 1, SwitchedOff: 2}, planned.Devices)
	require.Equal(t, flow.Counts{SwitchedOff: 1}, planned.Alerts)

	result := f.fullImport()
	require.Equal(t, flow.Counts{Created: 1, SwitchedOff: 1}, result.Organizations)
	require.Equal(t, flow.Counts{Created: 1, SwitchedOff: 2}, result.Devices)
	require.Equal(t, []string{"C"}, f.titles())
	require.Empty(t, f.failed())

	f.switchSync(off, true)
	result = f.fullImport()
	require.Equal(t, flow.Counts{Created: 1, Unchanged: 1}, result.Organizations)
	require.Equal(t, []string{"A", "B", "C"}, f.titles())
}

func (f *fixture) fixtureAlert(organization int) rules.Alert {
	f.t.Helper()
	for _, device := range f.ninja.Snapshot().Devices {
		if device.OrganizationID == organization {
			return f.triggerAlert(device.ID, full)
		}
	}
	f.t.Fatalf("organization %d has no device", organization)
	return rules.Alert{}
}

// A switch in the middle of an import holds: it is asked again right before each write.
func TestSwitchOffInTheMiddleOfAnImport(t *testing.T) {
	t.Parallel()
	t.Run("before the company", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t, settings{})
		id, organization, _ := f.compareImport("SHIP")
		f.switchSync(organization, false)
		require.Equal(t, rules.SwitchedOff, f.company(id, organization).Outcome)
		require.Empty(t, f.writes())
		result := f.finish(activities.ImportFinishInput{ImportID: id})
		require.Equal(t, flow.Counts{SwitchedOff: 1}, result.Organizations)
		require.Equal(t, flow.Counts{SwitchedOff: 1}, result.Devices)
	})
	t.Run("right before the create", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t, settings{})
		id, organization, _ := f.compareImport("SHIP")
		f.onCall(1, "GET /api/v0/companies", func() bool { f.switchSync(organization, false); return true })
		require.Equal(t, rules.SwitchedOff, f.company(id, organization).Outcome)
		require.Empty(t, f.writes())
		f.watch.Store(nil)
		f.switchSync(organization, true)
		require.Equal(t, flow.Counts{Created: 1}, f.fullImport().Organizations, "the claim was released")
	})
	t.Run("between devices", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t, settings{})
		id, organization, _ := f.compareImport("A", "B", "C", "D", "E", "F", "G", "H")
		f.company(id, organization)
		f.onAsset(1, func() { f.switchSync(organization, false) })
		counts := f.devices(id, organization)
		require.Positive(t, counts.SwitchedOff)
		require.Equal(t, 8, counts.SwitchedOff+counts.Created, counts)
		require.Len(t, f.titles(), counts.Created)
		require.Empty(t, f.failed())
	})
	t.Run("an update", func(t *testing.T) {
		t.Parallel()
		f, id, organization, company := nominated(t, renameTo("Planet Express II"))
		f.onCall(1, "GET /api/v0/companies", func() bool { f.switchSync(organization, false); return true })
		require.Equal(t, rules.SwitchedOff, f.company(id, organization).Outcome)
		require.Empty(t, f.writes())
		require.NotZero(t, company)
	})
}

// compareImport begins an import of a new organization that has compared both sides.
func (f *fixture) compareImport(devices ...string) (id string, organization int, ids []int) {
	f.t.Helper()
	organization = f.ninja.AddOrganization("Planet Express", "")
	for _, name := range devices {
		ids = append(ids, f.device(organization, name))
	}
	id = f.beginAndRead()
	f.compare(id)
	f.writes()
	return id, organization, ids
}

// An alert of an organization that is switched off opens nothing and says why. Switched on again, an active one is missed, by a
// reconciliation and by an import.
func TestAlertOfASwitchedOffOrganization(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	f.switchSync(f.organization, false)
	alert := f.triggerAlert(full)
	f.resetCalls()
	held := f.mustOpen(alert, flow.SwitchedOff)
	require.Contains(t, held.Text, "is switched off")
	require.Empty(t, f.calls())
	require.Equal(t, "The organization is switched off, so no request was opened.", f.decision(alert.UID))
	f.mustOpen(alert, flow.SwitchedOff)

	known, err := f.database.AlertStates(t.Context(), "default", []string{alert.UID})
	require.NoError(t, err)
	require.Contains(t, known, alert.UID, "a reconciliation doesn't miss it")
	active, err := f.database.ActiveAlertStates(t.Context(), "default")
	require.NoError(t, err)
	require.Empty(t, active, "nor does anything follow from its end")

	f.switchSync(f.organization, true)
	require.Equal(t, "The organization was switched off when it fired. The next reconciliation or import opens the request.", f.decision(alert.UID))
	known, err = f.database.AlertStates(t.Context(), "default", []string{alert.UID})
	require.NoError(t, err)
	require.Empty(t, known)
	id := f.beginAndRead()
	f.readAlerts(id)
	f.compare(id)
	next := f.nextAlerts(id, "", 10)
	require.Len(t, next.Alerts, 1)
	require.Equal(t, []string{alert.UID}, next.Again)
	opened := f.mustOpen(next.Alerts[0], flow.Opened)
	require.Equal(t, "The request "+itoa(int(opened.RequestID))+" is open.", f.decision(alert.UID))
}

// A reset of what was open before the switch runs its course; one of what was never opened is recorded.
func TestResetsOfASwitchedOffOrganization(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	before := f.triggerAlert(full)
	opened := f.mustOpen(before, flow.Opened)
	f.switchSync(f.organization, false)
	held := f.triggerAlert(slow)
	f.mustOpen(held, flow.SwitchedOff)
	f.mustClose(before, flow.Closed)
	require.Equal(t, "closed", f.request(opened.RequestID).Standing)
	f.mustClose(held, flow.Tombstone)
	require.Equal(t, "The organization was switched off, so no request was opened; the alert was reset since.", f.decision(held.UID))
	f.switchSync(f.organization, true)
	f.mustOpen(held, flow.AlreadyReset)
}

// A switch between the decision to open a request and its create holds, and the request is owed once the organization is on again.
func TestSwitchOffWhileARequestIsOpened(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.triggerAlert(full)
	alert.OrganizationID = 0 // the device says it, before the switch
	f.injectFaults()
	f.failCall(1, "POST /api/v0/requests")
	_, err := f.open(alert)
	require.Error(t, err)
	f.switchSync(f.organization, false)
	f.watch.Store(nil)
	f.mustOpen(alert, flow.SwitchedOff)
	require.Equal(t, "The organization is switched off, so no request was opened.", f.decision(alert.UID))
	due := time.Now().Add(time.Hour)
	overdue, err := f.database.OverdueOpenings(t.Context(), "default", due, 10)
	require.NoError(t, err)
	require.Empty(t, overdue, "nothing is owed meanwhile")
	f.switchSync(f.organization, true)
	overdue, err = f.database.OverdueOpenings(t.Context(), "default", due, 10)
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(overdue, func(o store.Obligation) bool { return o.UID == alert.UID }))
}

// A reconciliation neither misses an alert of an organization that is switched off, nor counts its devices as deleted, nor resets for it.
func TestReconciliationLeavesASwitchedOffOrganizationAlone(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	f.importedOnce()
	f.switchSync(f.organization, false)
	alert := f.triggerAlert(full)
	f.mustOpen(alert, flow.SwitchedOff)
	f.ageAlerts()
	in := activities.NinjaCompareAlertsInput{Connection: "default", Now: true}
	require.Empty(t, f.compareAlerts(in).Missed)
	f.reset(alert)
	require.Empty(t, f.compareAlerts(in).Missed, "what was never opened needs no reset")
	require.NoError(t, f.ninja.DeleteDevice(f.device))
	require.Empty(t, f.findDeleted(true).Devices)

	f.switchSync(f.organization, true)
	require.Equal(t, []int{f.device}, f.findDeleted(true).Devices)
}

// Switched on again, an alert that is still active is missed.
func TestReconciliationBringsInWhatWasSwitchedOff(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	f.importedOnce()
	f.switchSync(f.organization, false)
	alert := f.triggerAlert(full)
	f.mustOpen(alert, flow.SwitchedOff)
	f.switchSync(f.organization, true)
	missed := f.compareAlerts(activities.NinjaCompareAlertsInput{Connection: "default"}).Missed
	require.Len(t, missed, 1)
	require.Equal(t, alert.UID, missed[0].UID)
	require.True(t, missed[0].Again, "its workflow has completed")
	f.mustOpen(*missed[0].Trigger, flow.Opened)
}

// Switching off ends the failures of an organization: nothing retries them.
func TestSwitchOffEndsFailures(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	for _, failure := range []store.Failure{
		{Kind: store.Organizations, NinjaID: "8", OrganizationID: 8},
		{Kind: store.Devices, NinjaID: "80", OrganizationID: 8},
		{Kind: store.Alerts, NinjaID: "a", OrganizationID: 8, EventType: store.TriggeredEvent},
		{Kind: store.Alerts, NinjaID: "b", OrganizationID: 8, EventType: store.ResetEvent},
		{Kind: store.Devices, NinjaID: "90", OrganizationID: 9},
	} {
		failure.Connection, failure.Error = "default", "no"
		require.NoError(t, f.database.RecordFailure(t.Context(), failure))
	}
	f.switchSync(8, false)
	require.ElementsMatch(t, []string{"alert b", "device 90"}, f.failed())
}

func renameTo(name string) func(*ninjasim.Organization) {
	return func(o *ninjasim.Organization) { o.Name = name }
}
