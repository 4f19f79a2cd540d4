package lab_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/lab"
)

func TestFaultsMatchByKindMethodAndPath(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault lab.Fault
		hit   bool
	}{
		{"everything", lab.Fault{Kind: lab.FaultStatus}, true},
		{"method", lab.Fault{Kind: lab.FaultStatus, Method: http.MethodGet}, true},
		{"other method", lab.Fault{Kind: lab.FaultStatus, Method: http.MethodPut}, false},
		{"path", lab.Fault{Kind: lab.FaultStatus, Path: "^/v2/dev"}, true},
		{"other path", lab.Fault{Kind: lab.FaultStatus, Path: "^/dev"}, false},
		{"other kind", lab.Fault{Kind: lab.FaultDelay}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			faults := lab.NewFaults(1)
			_, err := faults.Add(test.fault)
			require.NoError(t, err)
			request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v2/devices", http.NoBody)
			_, hit := faults.Pick([]string{lab.FaultStatus}, request)
			require.Equal(t, test.hit, hit)
		})
	}
}

// A fault with a count hits exactly that often and is then removed, but stays in the totals.
func TestFaultsCountDown(t *testing.T) {
	t.Parallel()
	faults := lab.NewFaults(1)
	require.NoError(t, faults.Set(lab.Fault{Kind: lab.FaultStatus, Count: 3}))
	hits := 0
	for range 10 {
		if _, hit := faults.PickFor([]string{lab.FaultStatus}, http.MethodGet, "/"); hit {
			hits++
		}
	}
	require.Equal(t, 3, hits)
	require.Empty(t, faults.List())
	require.Equal(t, map[string]int{lab.FaultStatus: 3}, faults.Totals())
}

// A rate hits about that share of the calls, and the same calls for the same seed.
func TestFaultsRollByRateReproducibly(t *testing.T) {
	t.Parallel()
	roll := func(seed int64) (pattern []bool, hits int) {
		faults := lab.NewFaults(seed)
		require.NoError(t, faults.Set(lab.Fault{Kind: lab.FaultStatus, Rate: 0.05}))
		for range 10000 {
			_, hit := faults.PickFor([]string{lab.FaultStatus}, http.MethodGet, "/")
			pattern = append(pattern, hit)
			if hit {
				hits++
			}
		}
		return pattern, hits
	}
	first, hits := roll(4)
	require.InDelta(t, 500, hits, 120)
	again, _ := roll(4)
	require.Equal(t, first, again)
	other, _ := roll(5)
	require.NotEqual(t, first, other)
}

func TestInvalidFaultsAreRejected(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]lab.Fault{
		"unknown kind":   {Kind: "earthquake"},
		"rate above one": {Kind: lab.FaultStatus, Rate: 5},
		"bad expression": {Kind: lab.FaultStatus, Path: "("},
		"negative delay": {Kind: lab.FaultDelay, DelayMillis: -1},
		"no such status": {Kind: lab.FaultStatus, Status: 99},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults := lab.NewFaults(1)
			require.NoError(t, faults.Set(lab.Fault{Kind: lab.FaultDelay}))
			_, err := faults.Add(fault)
			require.Error(t, err)
			require.Error(t, faults.Set(fault))
			require.Len(t, faults.List(), 1, "a rejected fault must change nothing")
		})
	}
}
