package activities_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/store"
)

func (f *fixture) findDeleted(now bool) activities.NinjaFindGoneResult {
	f.t.Helper()
	return f.findDeletedIn(activities.NinjaFindGoneInput{Now: now})
}

func (f *fixture) findDeletedIn(in activities.NinjaFindGoneInput) activities.NinjaFindGoneResult {
	f.t.Helper()
	in.Connection = "default"
	result, err := runIn[activities.NinjaFindGoneResult](f.env(), f.steps.NinjaFindGone, in)
	require.NoError(f.t, err)
	return result
}

func (f *fixture) markDeleted(in activities.AcceloMarkGoneInput) {
	f.t.Helper()
	in.Connection = "default"
	_, err := runIn[activities.AcceloMarkGoneResult](f.env(), f.steps.AcceloMarkGone, in)
	require.NoError(f.t, err)
}

// A deleted device and a deleted organization are noted once each and marked. Nothing is deleted in Accelo.
func TestFollowsDeletions(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	other := f.fixture.device(f.organization, "BOX")
	f.fullImport()
	before := f.accelo.Snapshot()
	require.NoError(t, f.ninja.DeleteDevice(other))
	found := f.findDeleted(true)
	require.Equal(t, []int{other}, found.Devices)
	require.Empty(t, found.Organizations)
	for range 2 {
		f.markDeleted(activities.AcceloMarkGoneInput{Devices: found.Devices})
	}
	after := f.accelo.Snapshot()
	require.Len(t, after.Activities, len(before.Activities)+1, "one note, however often it is written")
	require.Len(t, after.Assets, len(before.Assets))
	require.Empty(t, f.findDeleted(true).Devices, "it is already marked")
	require.Zero(t, f.findDeleted(false).APICalls, "the last scan is recent")

	require.NoError(t, f.ninja.DeleteOrganization(f.organization))
	require.Equal(t, []int{f.organization}, f.findDeleted(true).Organizations)
}

// A device missing from a list is not deleted if NinjaOne still has it, or if that can't be checked.
func TestUnlistedRecordIsNotDeleted(t *testing.T) {
	t.Parallel()
	unlisted := lab.Fault{Kind: "list-empty", Path: "devices$"}
	for _, test := range []struct {
		name     string
		faults   []lab.Fault
		doubtful bool
		// again means that the next run scans again.
		again bool
	}{
		{name: "NinjaOne has it", faults: []lab.Fault{unlisted}},
		{name: "unavailable", faults: []lab.Fault{unlisted, status(500, "device/")}, doubtful: true, again: true},
		{name: "forbidden", faults: []lab.Fault{unlisted, status(403, "device/")}, doubtful: true},
		{name: "a proxy answers", faults: []lab.Fault{unlisted, {Kind: lab.FaultHTML404, Path: "device/"}}, doubtful: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{})
			f.ninjaFaults(test.faults...)
			for range 2 {
				found := f.findDeleted(true)
				require.Empty(t, found.Devices)
				require.Empty(t, found.Held)
				require.Equal(t, test.doubtful, len(found.Doubts) > 0)
			}
			f.ninjaFaults()
			f.sql(`UPDATE differences SET since = looked_at`) // it has just been found
			require.NoError(t, f.ninja.DeleteDevice(f.device))
			require.Equal(t, test.again, len(f.findDeleted(false).Devices) > 0, "a scan that an outage cut short is repeated at once")
			f.findDeleted(true)
		})
	}
}

// A list that is suddenly empty costs one question for each of some records, and closes nothing. Records that really are gone need
// approval if they are many, which covers those that were shown.
func TestMassDeletionNeedsApproval(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	ids := make([]int, 30)
	for i := range ids {
		ids[i] = f.fixture.device(f.organization, "BOX-"+itoa(i))
	}
	f.fullImport()
	f.ninjaFaults(lab.Fault{Kind: "list-empty", Path: "devices$"})
	empty := f.findDeleted(true)
	require.Empty(t, empty.Devices)
	require.Empty(t, empty.Held, "NinjaOne has all of them")
	f.ninjaFaults()

	for _, id := range ids[:12] {
		require.NoError(t, f.ninja.DeleteDevice(id))
	}
	check := time.Now().Truncate(time.Microsecond)
	found := f.findDeletedIn(activities.NinjaFindGoneInput{Now: true, Check: check})
	require.Empty(t, found.Devices)
	require.Equal(t, "12 of 31 linked devices no longer exist in NinjaOne", found.Held)
	shown := f.holdFor(check, found.Held)
	require.Equal(t, 12, shown.Count)
	require.NoError(t, f.ninja.DeleteDevice(ids[12]))
	found = f.findDeletedIn(activities.NinjaFindGoneInput{Approved: true, ApprovedAt: shown.ShownAt})
	require.Equal(t, ids[:12], found.Devices, "what was shown, and not the one that was deleted since")
	require.Equal(t, "1 of 19 linked devices no longer exist in NinjaOne (12 more were marked as deleted in the last 24 hours)", found.Held,
		"it needs an approval of its own")
	f.markDeleted(activities.AcceloMarkGoneInput{Devices: found.Devices})
	require.Empty(t, f.findDeleted(true).Devices)
}

// The brake counts a day: deletions that are each few enough add up.
func TestDeletionsOfADayAddUp(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	ids := make([]int, 30)
	for i := range ids {
		ids[i] = f.fixture.device(f.organization, "BOX-"+itoa(i))
	}
	f.fullImport()
	remove := func(from, to int) activities.NinjaFindGoneResult {
		t.Helper()
		for _, id := range ids[from:to] {
			require.NoError(t, f.ninja.DeleteDevice(id))
		}
		found := f.findDeleted(true)
		f.markDeleted(activities.AcceloMarkGoneInput{Devices: found.Devices})
		return found
	}
	require.Len(t, remove(0, 7).Devices, 7)
	held := remove(7, 11)
	require.Empty(t, held.Devices)
	require.Equal(t, "4 of 24 linked devices no longer exist in NinjaOne (7 more were marked as deleted in the last 24 hours)", held.Held)
	f.sql(`UPDATE conclusions SET at = at - interval '25 hours'`)
	require.Len(t, remove(11, 11).Devices, 4)
}

// Failed records are retried after a delay that doubles, or at once if a user asks. Creates that never finished are retried too.
func TestOverdue(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	event, err := json.Marshal(rules.Alert{UID: "failed", DeviceID: f.device})
	require.NoError(t, err)
	park := func(failure store.Failure) {
		failure.Connection, failure.Error = "default", "no"
		require.NoError(t, f.database.RecordFailure(t.Context(), failure))
	}
	park(store.Failure{Kind: store.Alerts, NinjaID: "failed", Event: event})
	park(store.Failure{Kind: store.Devices, NinjaID: "9", OrganizationID: 4})
	park(store.Failure{Kind: store.Devices, NinjaID: "10", OrganizationID: 4})
	overdue := func(now bool) activities.ReconcileOverdueResult {
		t.Helper()
		result, err := runIn[activities.ReconcileOverdueResult](f.env(), f.steps.ReconcileOverdue,
			activities.ReconcileOverdueInput{Connection: "default", Now: now})
		require.NoError(t, err)
		return result
	}
	require.Empty(t, overdue(false).Alerts, "it has just failed")
	require.Empty(t, overdue(false).Organizations)
	all := overdue(true)
	require.Equal(t, []rules.Alert{{UID: "failed", DeviceID: f.device}}, all.Alerts)
	require.Equal(t, []flow.ImportOrganizationInput{{Connection: "default", OrganizationID: 4}}, all.Organizations, "once for both devices")

	age := func(minutes string) {
		f.sql(`UPDATE failures SET updated_at = now() - interval '` + minutes + ` minutes', attempts = 3`)
	}
	age("19")
	require.Empty(t, overdue(false).Alerts, "the third attempt waits 20 minutes")
	age("21")
	require.Len(t, overdue(false).Alerts, 1)

	f.sql(`INSERT INTO links (connection, kind, ninja_id, organization_id, state, claimed_until, updated_at)
		VALUES ('default', 'device', '77', 5, 'claimed', now() - interval '1 hour', now() - interval '1 hour')`)
	require.Len(t, overdue(false).Organizations, 2)
}

// Accelo's subscription is checked every time. NinjaOne's webhook can't be read, so it is registered again only from time to time.
func TestRegisterWebhooksInterval(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{publicURL: "http://127.0.0.1:9"})
	register := func(again bool) flow.APICalls {
		t.Helper()
		result, err := runIn[activities.RegisterWebhooksResult](f.env(), f.steps.RegisterWebhooks,
			activities.RegisterWebhooksInput{Connection: "default", Again: again})
		require.NoError(t, err)
		require.Equal(t, flow.Webhooks{NinjaOne: flow.Registered, Accelo: flow.Registered}, result.Webhooks)
		return result.APICalls
	}
	require.Equal(t, flow.APICalls{Ninjaone: 1, Accelo: 2, AcceloWrites: 1}, register(false), "both were missing")
	require.Equal(t, flow.APICalls{Accelo: 1}, register(false))
	require.Equal(t, flow.APICalls{Ninjaone: 1, Accelo: 1}, register(true))
	require.NoError(t, f.database.MarkWebhookRegistered(t.Context(), "default", time.Now().Add(-2*time.Hour)))
	require.Equal(t, flow.APICalls{Ninjaone: 1, Accelo: 1}, register(false))
}
