package connect

import (
	"fmt"
	"strings"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// refuse reports why the connection keeps the accounts that it has, and how to change them on purpose.
func (r *run) refuse(holdings store.Holdings) {
	r.report.Pair.Change = PairRefused
	r.todo("%s Nothing was changed: the connection keeps the accounts and credentials it has. If this is a mistake, correct the settings. "+
		"To move the connection to these accounts, run `%[2]s`: it forgets what it knows of the former ones (%[3]s) and "+
		"starts over; nothing is deleted in NinjaOne or Accelo. If they are the same accounts under another name or address, run "+
		"`%[4]s`, which keeps everything.",
		r.report.Pair.Reason, rules.Command(r.Name, "connect --new-pair"), holdingsText(holdings, r.settings.Labels()),
		rules.Command(r.Name, "connect --same-pair"))
}

// refuseUnasked reports that the accounts of other credentials could not be asked. What is wrong with them is on the list already.
func (r *run) refuseUnasked() {
	r.report.Pair.Change = PairRefused
	r.report.Pair.Reason = "The credentials are of other accounts than the connection has, and a vendor that does not accept them can't be asked " +
		"whose they are. Nothing was changed: the connection keeps the accounts and credentials it has."
}

func holdingsText(h store.Holdings, labels store.Labels) string {
	var parts []string
	for _, part := range []struct {
		count int
		noun  string
	}{{h.Organizations, "organization"}, {h.Devices, "device"}, {h.Alerts, "alert"}, {h.Failures, "failure"}} {
		if part.count > 0 {
			parts = append(parts, rules.Count(part.count, part.noun))
		}
	}
	if h.Requests > 0 {
		word := labels.Request.Plural()
		if h.Requests == 1 {
			word = labels.Request.Singular()
		}
		parts = append(parts, fmt.Sprintf("%s %s", rules.Number(h.Requests), word))
	}
	return strings.Join(parts, ", ")
}
