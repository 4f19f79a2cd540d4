package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// What a revived alert needs depends on what became of its request: only what ended because of the reset is opened again.
func TestReviveAlert(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		// set changes the incident, and other begins another one for the same fault.
		set   string
		other bool
		want  func(id int64) store.Revival
		state store.IncidentState
		joins bool
	}{
		{
			name: "closed by the reset", set: `state = 'closed', cause = 'reset', closed_at = now()`,
			want: func(int64) store.Revival { return store.Revival{Revived: true, Request: true} }, state: store.IncidentOpening,
		},
		{
			name: "closed by the reset, and the fault came back", set: `state = 'closed', cause = 'reset', closed_at = now()`, other: true,
			want: func(int64) store.Revival { return store.Revival{Revived: true} }, state: store.IncidentClosed, joins: true,
		},
		{
			name: "being closed", set: `state = 'closed', cause = 'reset', closed_at = NULL`,
			want: func(int64) store.Revival { return store.Revival{} }, state: store.IncidentClosed,
		},
		{
			name: "left open", set: `state = 'open'`,
			want: func(int64) store.Revival { return store.Revival{Revived: true} }, state: store.IncidentOpen,
		},
		{
			name: "closed by a person", set: `state = 'closed', cause = 'person', closed_at = now()`,
			want: func(int64) store.Revival { return store.Revival{Revived: true, FollowRequest: 31} }, state: store.IncidentClosed,
		},
		{
			name: "converted", set: `state = 'converted', cause = 'person', closed_at = now()`,
			want: func(int64) store.Revival { return store.Revival{Revived: true, FollowRequest: 31} }, state: store.IncidentConverted,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := open(t, store.ClaimTimes{})
			incident := d.trigger(alertTrigger("a", "key")).Incident.ID
			d.exec(`UPDATE alerts SET state = 'reset'`)
			d.exec(`UPDATE incidents SET request_id = 31, ` + test.set)
			var other int64
			if test.other {
				other = d.trigger(alertTrigger("b", "key")).Incident.ID
			}
			revival, err := d.ReviveAlert(t.Context(), connection, "a", 0, 77)
			require.NoError(t, err)
			require.Equal(t, test.want(incident), revival)
			require.Equal(t, test.state, d.incident(incident).State)
			states, err := d.AlertStates(t.Context(), connection, []string{"a"})
			require.NoError(t, err)
			require.Equal(t, revival.Revived, states["a"].Active)
			if test.joins {
				require.Equal(t, other, value[int64](d, `SELECT incident_id FROM alerts WHERE uid = 'a'`))
				require.Equal(t, 1, d.incident(other).Joined)
			}
			again, err := d.ReviveAlert(t.Context(), connection, "a", 0, 77)
			require.NoError(t, err)
			if revival.Revived {
				require.Equal(t, store.Revival{}, again, "it is active")
			}
		})
	}
}

// An alert that changed in the meantime is left alone, and one that never had a request is unknown again.
func TestReviveChangedAlert(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.exec(`INSERT INTO alerts (connection, uid, state, reset_activity) VALUES ($1, 'a', 'reset', 78), ($1, 'b', 'reset', 0)`, connection)
	for uid, revived := range map[string]bool{"a": false, "b": true, "c": false} {
		revival, err := d.ReviveAlert(t.Context(), connection, uid, 0, 0)
		require.NoError(t, err)
		require.Equal(t, store.Revival{Revived: revived}, revival, uid)
	}
	states, err := d.AlertStates(t.Context(), connection, []string{"a", "b"})
	require.NoError(t, err)
	require.Len(t, states, 1)
	require.False(t, states["a"].Active)
}
