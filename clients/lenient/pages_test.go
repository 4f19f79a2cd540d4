package lenient_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/lenient"
)

// Only an empty or very short page ends a list, or one that is shorter than another of the same call was.
func TestIsLast(t *testing.T) {
	t.Parallel()
	var pages lenient.Pages
	require.True(t, pages.IsLast("devices", 100, 0))
	require.True(t, pages.IsLast("devices", 100, 9))
	require.False(t, pages.IsLast("devices", 100, 10), "the server may send ten at a time")
	require.False(t, pages.IsLast("devices", 100, 50))
	require.False(t, pages.IsLast("devices", 100, 50), "it may send fifty at a time")
	require.True(t, pages.IsLast("devices", 100, 49))
	require.False(t, pages.IsLast("alerts", 3, 3), "a full page ends nothing")
	require.False(t, pages.IsLast("organizations", 100, 49), "another call may have another limit")
}
