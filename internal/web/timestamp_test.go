package web

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestHumanDuration(t *testing.T) {
	t.Parallel()
	for length, want := range map[time.Duration]string{
		0: "less than a second", 999 * time.Millisecond: "less than a second", time.Second: "1 second",
		90 * time.Second: "90 seconds", 119 * time.Second: "119 seconds", 2 * time.Minute: "2 minutes",
		90 * time.Minute: "90 minutes", 47 * time.Hour: "47 hours", 48 * time.Hour: "2 days",
	} {
		require.Equal(t, want, humanDuration(length))
	}
}

func TestTimestamp(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 3, 19, 13, 41, 15, 0, time.UTC)
	p := &Pages{now: func() time.Time { return now }}
	require.Equal(t, timestamp{ISO: "2025-03-19T13:36:15Z", Full: "19 Mar 2025, 13:36 UTC", Relative: "5 minutes ago"},
		p.timestamp(now.Add(-5*time.Minute)))
	require.Equal(t, "in 12 minutes", p.timestamp(now.Add(12*time.Minute)).Relative)
	require.Equal(t, "now", p.timestamp(now.Add(999*time.Millisecond)).Relative)
	berlin := now.In(time.FixedZone("CET", 3600))
	require.Equal(t, "2025-03-19T13:41:15Z", p.timestamp(berlin).ISO)
}
