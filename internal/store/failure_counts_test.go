package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// Every connection has a count for each kind, which is zero if nothing has failed.
func TestCountFailures(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	for _, failure := range []store.Failure{
		{Connection: connection, Kind: store.Devices, NinjaID: "1"},
		{Connection: connection, Kind: store.Devices, NinjaID: "2"},
		{Connection: connection, Kind: store.Alerts, NinjaID: "1"},
	} {
		require.NoError(t, d.RecordFailure(t.Context(), failure))
	}
	counts, err := d.CountFailures(t.Context())
	require.NoError(t, err)
	require.Equal(t, []store.FailureCount{
		{Connection: connection, Kind: store.Alerts, Records: 1},
		{Connection: connection, Kind: store.Devices, Records: 2},
		{Connection: connection, Kind: store.Organizations, Records: 0},
	}, counts)
}
