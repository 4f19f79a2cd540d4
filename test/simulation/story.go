package simulation

import (
	"fmt"
	"strings"
)

// story tells a failing life as a list of steps.
func story(seed uint64, o outcome) string {
	var text strings.Builder
	fmt.Fprintf(&text, "seed %d: %s\n", seed, o.problems[0])
	fmt.Fprintf(&text, "  settings: %s\n", newPlan(seed))
	for i, h := range o.happened {
		fmt.Fprintf(&text, "  %2d. %8s  %s\n", i+1, h.at, shorten(h.text))
	}
	for _, problem := range o.problems[1:] {
		fmt.Fprintf(&text, "  also: %s\n", problem)
	}
	return text.String()
}

// mentions reports whether the settings, the possible faults or the script of a life mention all of these, separated by semicolons.
func mentions(seed uint64, wanted string) bool {
	if wanted == "" {
		return true
	}
	l := &life{seed: seed, plan: newPlan(seed)}
	text := fmt.Sprintf("%s, faults at %g", l.plan, l.plan.rate)
	for k, occurs := range l.plan.kinds {
		if occurs {
			text += ", " + string(k)
		}
	}
	for _, event := range l.script() {
		text += ", " + event.name
	}
	for _, each := range strings.Split(wanted, ";") {
		if !strings.Contains(text, strings.TrimSpace(each)) {
			return false
		}
	}
	return true
}

var shortener = strings.NewReplacer("00000000-0000-4000-8000-000000", "", connection+"/", "", "default/", "")

func shorten(text string) string { return shortener.Replace(text) }

// String lists the settings that differ from the defaults.
func (p plan) String() string {
	var set []string
	add := func(differs bool, format string, values ...any) {
		if differs {
			set = append(set, fmt.Sprintf(format, values...))
		}
	}
	add(p.alerts.MinSeverity != "NONE", "ALERT_MIN_SEVERITY=%s", p.alerts.MinSeverity)
	add(p.alerts.HoldDown != 0, "ALERT_HOLD_DOWN=%s", p.alerts.HoldDown)
	add(p.reopenWindow != 0, "ALERT_REOPEN_WINDOW=%s", p.reopenWindow)
	add(p.onConvert != "reset", "ON_CONVERT=%s", p.onConvert)
	add(p.ninjaOne.AlertsWithoutSeverity, "NinjaOne's list of alerts tells no severity")
	add(p.accelo.StaleReadMillis != 0, "Accelo's reads lag %d ms behind", p.accelo.StaleReadMillis)
	add(p.old, "an alert fired before the connection was set up")
	add(p.quotes, "messages quote the mark of another alert")
	add(p.imported, "imported before")
	add(p.texts, "Accelo stores texts otherwise: %s", stores(p.accelo))
	add(p.ninjaOne.SingleRecordsOmit != "", "a single device lacks %s", p.ninjaOne.SingleRecordsOmit)
	if len(set) == 0 {
		return "defaults"
	}
	return strings.Join(set, ", ")
}
