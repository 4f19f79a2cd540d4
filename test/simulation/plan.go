package simulation

import (
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// plan is what a seed decides about a whole life: the settings, and which faults occur at all. Lives differ widely in it, because a
// life in which everything may happen hides what happens in a simple one.
type plan struct {
	rate         float64
	kinds        map[kind]bool
	alerts       flow.AlertRules
	reopenWindow time.Duration
	onReset      rules.OnReset
	onConvert    rules.OnConvert
	ninjaOne     ninjaone.Switches
	accelo       accelo.Switches
	imported     bool
	length       time.Duration
	// records and outages add acts; quotes lets messages quote the mark of another alert; old is an alert before the connection.
	records, outages, quotes, old bool
	// texts stores texts otherwise than they were sent. In machines, devices are reinstalled and deleted; in operators, imports are paused,
	// and companies merged and recreated.
	texts, machines, operators bool
	// moves lets the connection move to other accounts.
	moves  bool
	events int
}

func newPlan(seed uint64) plan {
	p := plan{
		rate: pick(seed, "rate", 0, 0.01, 0.03, 0.1), kinds: map[kind]bool{},
		onReset: rules.OnResetClose, onConvert: pick(seed, "convert", rules.OnConvertReset, rules.OnConvertReset, rules.OnConvertKeep),
		reopenWindow: pick(seed, "window", 0, 0, time.Hour), imported: draw(seed, "imported")%2 == 0,
		length: pick(seed, "length", 2*time.Minute, 10*time.Minute, 30*time.Minute), events: 1 + int(draw(seed, "events")%8),
	}
	p.records, p.outages = draw(seed, "records")%2 == 0, draw(seed, "outages")%3 == 0
	p.quotes, p.old = draw(seed, "quotes")%4 == 0, draw(seed, "old alert")%4 == 0
	for _, k := range []kind{refuse, loseReply, status, crash, crashAfter, delay, freeze, falsify, drop, duplicate, terminate, cancel, acts} {
		p.kinds[k] = draw(seed, "kind "+string(k))%2 == 0
	}
	p.alerts.MinSeverity = pick(seed, "severity", "NONE", "NONE", "MAJOR")
	p.alerts.HoldDown = pick(seed, "hold", 0, 0, time.Minute)
	p.ninjaOne.AlertsWithoutSeverity = draw(seed, "no severity")%4 == 0
	p.accelo.StaleReadMillis = pick(seed, "stale", 0, 0, 1500)
	if p.records {
		p.texts = draw(seed, "texts")%2 == 0
		p.machines, p.operators, p.moves = draw(seed, "machines")%4 == 0, draw(seed, "machines")%4 == 1, draw(seed, "machines")%4 == 2
	}
	if p.texts {
		storeOtherwise(seed, &p.accelo)
	}
	if p.records && draw(seed, "omit")%2 == 0 {
		p.ninjaOne.SingleRecordsOmit = "lastLoggedInUser"
	}
	return p
}
