package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

func TestCount(t *testing.T) {
	t.Parallel()
	require.Equal(t, "0 alerts", rules.Count(0, "alert"))
	require.Equal(t, "1 alert", rules.Count(1, "alert"))
	require.Equal(t, "2 alerts", rules.Count(2, "alert"))
	require.Equal(t, "-1 alerts", rules.Count(-1, "alert"))
	require.Equal(t, "12,345 alerts", rules.Count(12345, "alert"))
	require.Equal(t, "1 company", rules.Count(1, "company", "companies"))
	require.Equal(t, "2 companies", rules.Count(2, "company", "companies"))
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		0: "0", 999: "999", 1000: "1,000", 123456: "123,456", 1234567: "1,234,567", -7: "-7", -100: "-100", -1000: "-1,000", -123456: "-123,456",
	} {
		require.Equal(t, want, rules.Number(n))
	}
}
