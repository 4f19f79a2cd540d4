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
	result, err := runIn[activities.NinjaFindGoneResult](f.env(), f.steps.NinjaFindGone,
		activities.NinjaFindGoneInput{Connection: "default", Now: now})
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

// A device missing from a list is not deleted if NinjaOne still has it, or if the check fails.
func TestUnlistedRecordIsNotDeleted(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	require.NoError(t, f.ninja.Lab.Faults.Set(lab.Fault{Kind: "list-empty", Path: "devices$"}))
	require.Empty(t, f.findDeleted(true).Devices)
	require.NoError(t, f.ninja.Lab.Faults.Set(lab.Fault{Kind: "list-empty", Path: "devices$"}, lab.Fault{Kind: lab.FaultStatus, Path: "device/"}))
	_, err := runIn[activities.NinjaFindGoneResult](f.env(), f.steps.NinjaFindGone, activities.NinjaFindGoneInput{Connection: "default", Now: true})
	require.Error(t, err)
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
