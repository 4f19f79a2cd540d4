package rules_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

func TestDuration(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0 seconds", 100 * time.Millisecond: "0 seconds", time.Second: "1 second", 90 * time.Second: "1 minute 30 seconds",
		5 * time.Minute: "5 minutes", time.Hour: "1 hour", 26*time.Hour + time.Minute: "26 hours 1 minute",
	} {
		require.Equal(t, want, rules.Duration(d))
	}
}
