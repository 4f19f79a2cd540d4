package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// A removed connection leaves no row of its own in any table. What it owes to Temporal and the vendors stays until it is done.
func TestRetireConnection(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.NoError(t, d.SaveCredentials(t.Context(), credentials("other")))
	for _, name := range []string{connection, "other"} {
		d.fill(t.Context(), name, 1001)
	}
	require.NoError(t, d.SaveSettings(t.Context(), connection, store.Settings{PublicURL: "https://hooks.example.com"}, true, nil))
	former := store.WithPair(t.Context(), d.pairOf(connection))
	before := d.connection(connection)

	require.NoError(t, d.RetireConnection(t.Context(), connection))
	for _, table := range d.tables() {
		require.Zero(t, value[int](d, `SELECT count(*)::int FROM `+table+` WHERE connection = $1`, connection), table)
		require.NotZero(t, value[int](d, `SELECT count(*)::int FROM `+table+` WHERE connection = 'other'`), table)
	}
	require.ErrorIs(t, d.RetireConnection(t.Context(), connection), store.ErrNotFound)
	_, err := d.Failures(former, connection)
	require.ErrorIs(t, err, store.ErrFormerPair)
	left, err := d.FormerDeployments(t.Context(), connection)
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, before.AcceloSealed, left[0].AcceloSealed)
	require.Equal(t, before.NinjaoneSealed, left[0].NinjaoneSealed)

	retired, err := d.RetiredConnections(t.Context())
	require.NoError(t, err)
	require.Len(t, retired, 1)
	names, err := d.FormerConnections(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{connection}, names)
	require.NoError(t, d.MarkRetired(t.Context(), retired[0]))
	retired, err = d.RetiredConnections(t.Context())
	require.NoError(t, err)
	require.Len(t, retired, 1, "another process may still start something")
	require.Equal(t, 1, value[int](d, `UPDATE retired_connections SET retired_at = retired_at - interval '11 minutes' RETURNING 1`))
	require.NoError(t, d.MarkRetired(t.Context(), retired[0]))
	retired, err = d.RetiredConnections(t.Context())
	require.NoError(t, err)
	require.Empty(t, retired)
}

// A connection that gets the name of a removed one goes on counting: what still runs for the former one, and clients that a process keeps,
// must not pass for its own.
func TestConnectionAfterARetiredOne(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.move(connection)
	before := d.connection(connection)
	former := store.WithPair(t.Context(), d.pairOf(connection))
	require.NoError(t, d.RetireConnection(t.Context(), connection))

	pair, err := d.MovePair(t.Context(), credentials(connection))
	require.NoError(t, err)
	require.Equal(t, before.PairNumber+1, pair.Number)
	require.Greater(t, d.connection(connection).Version, before.Version)
	_, err = d.Failures(former, connection)
	require.ErrorIs(t, err, store.ErrFormerPair)
	retired, err := d.RetiredConnections(t.Context())
	require.NoError(t, err)
	require.Empty(t, retired, "the schedule is that of the new one")
}
