package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// Alerts are known from their incident, a tombstone or a failure. Unknown alerts are left out.
func TestAlertStates(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t)
	f.trigger(t, "key", "open")
	f.trigger(t, "other", "closed")
	f.reset(t, "closed")
	f.reset(t, "tombstone")
	require.NoError(t, f.RecordFailure(t.Context(), store.Failure{Connection: connection, Kind: store.Alerts, NinjaID: "failed", Error: "no"}))
	_, err := f.TriggerAlert(t.Context(), store.AlertTrigger{Connection: connection, UID: "opening", OrganizationID: 1, DeviceID: 9})
	require.NoError(t, err)

	states, err := f.AlertStates(t.Context(), connection, []string{"open", "closed", "tombstone", "failed", "opening", "unknown"})
	require.NoError(t, err)
	require.Len(t, states, 5)
	require.True(t, states["open"].Active && states["open"].DeviceID == 2)
	require.True(t, !states["closed"].Active && states["closed"].DeviceID == 2)
	require.True(t, !states["tombstone"].Active && states["tombstone"].DeviceID == 0)
	require.True(t, states["failed"].Active && states["failed"].DeviceID == 0)
	require.True(t, states["opening"].Active && states["opening"].DeviceID == 9)

	active, err := f.ActiveAlertStates(t.Context(), connection)
	require.NoError(t, err)
	require.Len(t, active, 2, "open and opening")
}

// Incidents are found by request, with the number of their active alerts.
func TestIncidentsByRequest(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t)
	none, err := f.OldestIncident(t.Context(), connection)
	require.NoError(t, err)
	require.Zero(t, none)
	f.trigger(t, "key", "a")
	f.trigger(t, "key", "b")
	request := value[int64](f.database, `SELECT request_id FROM incidents`)
	found, err := f.IncidentsByRequest(t.Context(), connection, []int64{request, 4711})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, 2, found[request].Active)
	oldest, err := f.OldestIncident(t.Context(), connection)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), oldest, time.Minute)
}

// An old unconfirmed create reports its organization. A recent one may still be in progress.
func TestOrganizationsWithOpenClaims(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	for id, age := range map[string]string{"1": "1 hour", "2": "1 second"} {
		d.exec(`INSERT INTO links (connection, kind, ninja_id, organization_id, state, claimed_until, updated_at)
			VALUES ($1, 'device', $2::text, $2::text::bigint, 'claimed', now() - $3::interval, now() - $3::interval)`, connection, id, age)
	}
	organizations, err := d.OrganizationsWithOpenClaims(t.Context(), connection, time.Now().Add(-10*time.Minute))
	require.NoError(t, err)
	require.Equal(t, []int{1}, organizations)
}

// A deleted record is marked, and unmarked when it is back.
func TestMarkDeleted(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.NoError(t, d.MarkWaiting(t.Context(), store.Link{Connection: connection, Kind: store.Devices, NinjaID: "7", OrganizationID: 1}))
	for _, deleted := range []bool{true, true, false} {
		require.NoError(t, d.MarkDeleted(t.Context(), device(7), deleted))
		linked, err := d.LinkedNinjaIDs(t.Context(), connection, store.Devices)
		require.NoError(t, err)
		require.Equal(t, map[int]bool{7: deleted}, linked)
	}
}
