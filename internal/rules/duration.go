package rules

import (
	"strings"
	"time"
)

// Duration returns a duration in words, to the second, such as "5 minutes" or "1 hour 30 minutes".
func Duration(d time.Duration) string {
	d = d.Round(time.Second)
	var parts []string
	for _, unit := range []struct {
		length time.Duration
		noun   string
	}{{time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if n := d / unit.length; n > 0 {
			parts = append(parts, Count(int(n), unit.noun))
			d %= unit.length
		}
	}
	if len(parts) == 0 {
		return Count(0, "second")
	}
	return strings.Join(parts, " ")
}
