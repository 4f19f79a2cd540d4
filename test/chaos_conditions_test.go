package test

import (
	"fmt"
	"slices"
	"strings"

	"ninjaone-accelo/internal/simulator/lab"
)

// The groups of conditions: faults of calls and webhooks, wrong lists, and how the deployment stores texts.
const (
	groupCalls    = "calls"
	groupWebhooks = "webhooks"
	groupLists    = "lists"
	groupStorage  = "storage"
)

// listShare is the share of the lists that each way of being wrong affects.
const listShare = 0.01

// The ages of stale lists: those of NinjaOne may be a minute old; Accelo's lag a few seconds behind (see docs/reliability.md).
const (
	staleNinjaOneMillis = 60_000
	staleAcceloMillis   = 3_000
)

// callFaults are the faults of calls, at the given share of them.
func callFaults(share float64) []lab.Fault {
	return []lab.Fault{
		{Kind: lab.FaultStatus, Status: 500, Rate: share},
		{Kind: lab.FaultHTML502, Rate: share},
		{Kind: lab.FaultTooMany, Rate: share, RetryAfter: "1"},
		{Kind: lab.FaultThrottlePage, Rate: share, RetryAfter: "1"},
		{Kind: lab.FaultLoseReply, Rate: share},
		{Kind: lab.FaultDropBefore, Rate: share},
		{Kind: lab.FaultDelay, Rate: share, DelayMillis: 700},
	}
}

func webhookFaults(share float64) []lab.Fault {
	return []lab.Fault{
		{Kind: lab.FaultWebhookDuplicate, Rate: share},
		{Kind: lab.FaultWebhookReorder, Rate: share},
		{Kind: lab.FaultWebhookDelay, Rate: share, DelayMillis: 3000},
		{Kind: lab.FaultWebhookDrop, Rate: share},
	}
}

// ninjaOneLists and acceloLists are the ways in which a list can be wrong. A rate counts for each list of the vendor.
func ninjaOneLists() []lab.Fault {
	return []lab.Fault{
		{Kind: "list-empty", Rate: listShare},
		{Kind: "list-shrunken", Rate: listShare},
		{Kind: "list-reversed", Rate: listShare},
		{Kind: "list-duplicated", Rate: listShare},
		{Kind: "device-alerts-empty", Rate: listShare},
		{Kind: "feed-lag", Rate: 10 * listShare, DelayMillis: 10_000},
		{Kind: lab.FaultStaleReply, Rate: 10 * listShare, DelayMillis: staleNinjaOneMillis, Path: "/(alerts|devices|devices-detailed|organizations|organizations-detailed)$"},
	}
}

func acceloLists() []lab.Fault {
	return []lab.Fault{
		{Kind: "list-empty", Rate: listShare},
		{Kind: "list-shrunken", Rate: listShare},
		{Kind: "list-reversed", Rate: listShare},
		{Kind: "list-duplicated", Rate: listShare},
		{Kind: "list-shift", Rate: listShare, Params: map[string]string{"by": "1"}},
		{Kind: lab.FaultStaleReply, Rate: 10 * listShare, DelayMillis: staleAcceloMillis, Path: "/(companies|contacts|affiliations|requests|assets)$"},
	}
}

// storageForms are ways in which a deployment stores or shows texts otherwise than they were sent, as the simulator's switches. A seed
// draws some of them.
var storageForms = []string{
	"store_trimmed", "store_composed", "store_without_tags", "store_three_bytes", "store_cut=180", "store_cut=255",
	"store_line_end", "store_normalized_links", "read_entities", "read_dates_as_text", "write_replies=sent", "write_replies=nothing",
}

// conditions draws what a run is subject to throughout: all faults and wrong lists, and a third of the storage forms.
func conditions(size chaosSize, seed uint64) []string {
	if size.share == 0 {
		return nil
	}
	var all []string
	add := func(group string, faults ...lab.Fault) {
		for _, fault := range faults {
			if kind := group + ":" + fault.Kind; !slices.Contains(all, kind) {
				all = append(all, kind)
			}
		}
	}
	add(groupCalls, callFaults(size.share)...)
	add(groupCalls, lab.Fault{Kind: "token"})
	add(groupWebhooks, webhookFaults(size.share)...)
	add(groupLists, slices.Concat(ninjaOneLists(), acceloLists())...)
	storage := sourceOf(seed, groupStorage)
	for _, form := range storageForms {
		if storage.IntN(3) == 0 {
			all = append(all, groupStorage+":"+form)
		}
	}
	return all
}

// subjectTo reports whether a condition belongs to this run.
func (c *chaosRun) subjectTo(group, kind string) bool {
	return slices.ContainsFunc(c.schedule, func(s step) bool { return s.round == throughout && s.kind == group+":"+kind })
}

// setStorage makes the deployment store texts as the seed drew.
func (c *chaosRun) setStorage() {
	c.t.Helper()
	switches := map[string]any{}
	for _, form := range storageForms {
		if !c.subjectTo(groupStorage, form) {
			continue
		}
		name, value, valued := strings.Cut(form, "=")
		switches[name] = value
		if !valued {
			switches[name] = true
		}
	}
	if len(switches) > 0 {
		c.accelo.act("set-switches", switches)
		c.storage = fmt.Sprint(switches)
	}
}

// startFaults makes calls and webhooks fail and lists wrong, each kind at its rate.
func (c *chaosRun) startFaults() {
	c.t.Helper()
	of := func(group string, faults []lab.Fault) []lab.Fault {
		return slices.DeleteFunc(faults, func(f lab.Fault) bool { return !c.subjectTo(group, f.Kind) })
	}
	share := c.size.share
	both := slices.Concat(of(groupCalls, callFaults(share)), of(groupWebhooks, webhookFaults(share)))
	if c.noWebhookLoss {
		both = slices.DeleteFunc(both, func(f lab.Fault) bool { return f.Kind == lab.FaultWebhookDrop })
	}
	ninjaOne, accelo := of(groupLists, ninjaOneLists()), of(groupLists, acceloLists())
	if c.subjectTo(groupCalls, "token") {
		ninjaOne = append(ninjaOne, lab.Fault{Kind: "token-expired", Rate: share})
		// More than a hundred refused tokens in five minutes would lock out all callers (see accelo.md 2.10).
		accelo = append(accelo, lab.Fault{Kind: "revoke-token", Rate: share, Count: 40})
	}
	c.ninjaOne.setFaults(slices.Concat(both, ninjaOne)...)
	c.accelo.setFaults(slices.Concat(both, accelo)...)
}

// stopFaults ends all faults and adds up how often each kind occurred.
func (c *chaosRun) stopFaults() {
	c.ninjaOne.setFaults()
	c.accelo.setFaults()
	for _, counted := range []lab.Counters{c.ninjaOne.counters(), c.accelo.counters()} {
		for kind, hits := range counted.ByFault {
			c.injected[kind] += hits
		}
	}
}
