package main

import (
	"fmt"
	"strings"
	"time"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// maxListed is how many entries of a list a text shows.
const maxListed = 20

// durationText writes a duration such as "5 minutes" or "1 hour 30 minutes", to the second.
func durationText(d time.Duration) string {
	d = d.Round(time.Second)
	var parts []string
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if count := int(d / unit.length); count > 0 {
			parts = append(parts, rules.Count(count, unit.name))
			d %= unit.length
		}
	}
	if len(parts) == 0 {
		return rules.Count(0, "second")
	}
	return strings.Join(parts, " ")
}

// everyText writes an interval, such as "every 5 minutes" or "every hour".
func everyText(interval time.Duration) string {
	text := durationText(interval)
	if unit, single := strings.CutPrefix(text, "1 "); single && !strings.Contains(unit, " ") {
		text = unit
	}
	return "every " + text
}

// secondsText writes how long something took: tenths of a second below a minute.
func secondsText(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", seconds)
	}
	return durationText(d)
}

// ageText writes how long ago something was, in its largest unit.
func ageText(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.0f s ago", seconds)
	case d < time.Hour:
		return fmt.Sprintf("%.0f min ago", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f h ago", d.Hours())
	}
	return rules.Count(int(d.Hours()/24), "day") + " ago"
}

// callsText counts the calls that a command cost.
func callsText(ninjaOne, accelo int64) string {
	return rules.Count(int(ninjaOne), "call") + " to NinjaOne, " + rules.Number(int(accelo)) + " to Accelo"
}

// exportHint says how devices get the assets they are waiting for.
func exportHint(connection string, labels store.Labels) string {
	return "run `" + rules.Command(connection, "export-assets --directory DIR") + "` and import the files under Settings > Import > CSV Import: " +
		labels.Asset.SingularTitle
}
