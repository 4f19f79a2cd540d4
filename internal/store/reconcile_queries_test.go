package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// Where alerts stand: known by their incident, by a tombstone, or by being parked; nothing is said of others.
func TestStandings(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	f.trigger(t, "key", "open")
	f.trigger(t, "other", "closed")
	f.reset(t, "closed")
	f.reset(t, "tombstone")
	require.NoError(t, f.RecordFailure(t.Context(), store.Failure{Connection: connection, Kind: store.Alerts, NinjaID: "parked", Error: "no"}))
	_, err := f.TriggerAlert(t.Context(), store.AlertTrigger{Connection: connection, UID: "stuck", OrganizationID: 1, DeviceID: 9})
	require.NoError(t, err)
	f.exec(`UPDATE incidents SET updated_at = now() - interval '1 hour' WHERE leader_uid = 'stuck'`)

	states, err := f.AlertStates(t.Context(), connection, []string{"open", "closed", "tombstone", "parked", "stuck", "unheard"})
	require.NoError(t, err)
	require.Len(t, states, 5)
	require.True(t, states["open"].Active && !states["open"].Overdue && states["open"].DeviceID == 2)
	require.True(t, !states["closed"].Active && states["closed"].DeviceID == 2)
	require.True(t, !states["tombstone"].Active && states["tombstone"].DeviceID == 0)
	require.True(t, states["parked"].Active && states["parked"].DeviceID == 0)
	require.True(t, states["stuck"].Active && states["stuck"].Overdue)
	require.Equal(t, 9, states["stuck"].DeviceID)

	active, err := f.ActiveAlertStates(t.Context(), connection)
	require.NoError(t, err)
	require.Len(t, active, 2, "open and stuck")

	stuck, err := f.OverdueIncidents(t.Context(), connection, 10)
	require.NoError(t, err)
	require.Len(t, stuck, 1)
	require.NoError(t, f.RecordFailure(t.Context(), store.Failure{Connection: connection, Kind: store.Alerts, NinjaID: "stuck", Error: "no"}))
	stuck, err = f.OverdueIncidents(t.Context(), connection, 10)
	require.NoError(t, err)
	require.Empty(t, stuck, "what is parked is tried again in its own time")
}

// Incidents are found by their requests, with how many of their alerts are active.
func TestIncidentsOf(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
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

// A create that was begun long ago and never ended leads to its organization; a fresh one is somebody's work in hand.
func TestUnsettledOrganizations(t *testing.T) {
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

// A record that NinjaOne no longer has is marked, and loses the mark when it is back.
func TestMarkGone(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.NoError(t, d.MarkWaiting(t.Context(), store.Link{Connection: connection, Kind: store.Devices, NinjaID: "7", OrganizationID: 1}))
	for _, gone := range []bool{true, true, false} {
		require.NoError(t, d.MarkDeleted(t.Context(), device(7), gone))
		linked, err := d.LinkedNinjaIDs(t.Context(), connection, store.Devices)
		require.NoError(t, err)
		require.Equal(t, map[int]bool{7: gone}, linked)
	}
}
