package web

import (
	"time"

	"ninjaone-accelo/internal/rules"
)

// timestamp is a point in time for the page's <time> elements.
type timestamp struct {
	// ISO is the machine-readable form, Full the exact time in UTC, and Relative the distance from now, such as "5 minutes ago".
	ISO, Full, Relative string
}

func (p *Pages) timestamp(t time.Time) timestamp {
	result := timestamp{ISO: t.UTC().Format(time.RFC3339), Full: t.UTC().Format("2 Jan 2006, 15:04 UTC"), Relative: "now"}
	switch elapsed := p.now().Sub(t); {
	case elapsed >= time.Second:
		result.Relative = humanDuration(elapsed) + " ago"
	case elapsed <= -time.Second:
		result.Relative = "in " + humanDuration(-elapsed)
	}
	return result
}

// humanDuration formats a duration in the largest unit that gives at least 2: "90 minutes" is more precise than "1 hour".
func humanDuration(d time.Duration) string {
	if d < time.Second {
		return "less than a second"
	}
	units := []struct {
		name string
		size time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}}
	for _, unit := range units {
		if n := int(d / unit.size); n >= 2 {
			return rules.Count(n, unit.name)
		}
	}
	return rules.Count(int(d/time.Second), "second")
}
