package test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// verdict is what the oracle finds: things that are missing, things that are there more than once, and things that are not
// as they should be.
type verdict struct {
	lost, doubled, wrong []string
	// traceless counts alerts that fired and cleared and have no request: their reset was followed before their trigger.
	traceless int
}

func (v *verdict) all() []string {
	return slices.Concat(prefixed("lost: ", v.lost), prefixed("doubled: ", v.doubled), prefixed("wrong: ", v.wrong))
}

func prefixed(prefix string, texts []string) []string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = prefix + text
	}
	return all
}

// judge compares both sides by what happened and by the interface (section 5) alone. Companies, contacts and assets are compared
// as after an import, which fails at once.
func (c *chaos) judge() *verdict {
	c.t.Helper()
	o := &alertOracle{oracle: c.compare(), chaos: c, verdict: &verdict{}, ofFault: map[string][]accelo.Request{}, active: map[string][]string{}}
	o.gather()
	o.alerts()
	for fault, requests := range o.ofFault {
		o.standings(fault, requests)
	}
	o.resets()
	for _, request := range o.requests {
		o.contents(request)
	}
	o.onceEach()
	o.registered()
	return o.verdict
}

// alertOracle compares alerts and requests.
type alertOracle struct {
	*oracle
	chaos    *chaos
	verdict  *verdict
	requests []accelo.Request
	// ofFault are the requests of a fault, oldest first; active its alerts that NinjaOne still lists.
	ofFault map[string][]accelo.Request
	active  map[string][]string
}

func (o *alertOracle) gather() {
	for _, alert := range o.ninja.Alerts {
		if fired := o.chaos.ledger.alerts[alert.UID]; fired != nil {
			o.active[fired.fault] = append(o.active[fired.fault], alert.UID)
		}
	}
	seen := map[string]int64{}
	for _, request := range o.accelo.Requests {
		uids := markedUIDs(request)
		if len(uids) == 0 {
			continue
		}
		fired := o.chaos.ledger.alerts[uids[0]]
		if len(uids) > 1 || fired == nil {
			o.wrongf("request %d bears the marks %v", request.ID, uids)
			continue
		}
		if earlier, twice := seen[uids[0]]; twice {
			o.doubledf("alert %s has the requests %d and %d", uids[0], earlier, request.ID)
		}
		seen[uids[0]] = request.ID
		o.requests = append(o.requests, request)
		o.ofFault[fired.fault] = append(o.ofFault[fired.fault], request)
	}
}

// alerts: every alert that is active has a request that is open, its own or that of the same fault.
func (o *alertOracle) alerts() {
	for _, uid := range o.chaos.ledger.order {
		fired := o.chaos.ledger.alerts[uid]
		switch {
		case slices.Contains(o.active[fired.fault], uid) && !slices.ContainsFunc(o.ofFault[fired.fault], unresolved):
			o.lostf("alert %s is active, and no request of its fault is open: %s", uid, standingsOf(o.ofFault[fired.fault]))
		case len(o.ofFault[fired.fault]) == 0 && fired.reset.IsZero():
			o.lostf("alert %s never had a request", uid)
		case len(o.ofFault[fired.fault]) == 0:
			o.verdict.traceless++
		}
	}
}

// standings: one request of a fault is open at a time, beside those that people have opened again; it is closed when the last of its
// alerts was reset; and what people have closed or converted has no active alert.
func (o *alertOracle) standings(fault string, requests []accelo.Request) {
	ledger, open := o.chaos.ledger, 0
	for _, request := range requests {
		own := markedUIDs(request)[0]
		if !unresolved(request) {
			if slices.Contains(o.active[fault], own) {
				o.lostf("request %d is %s, and its alert %s is still active", request.ID, request.Standing, own)
			}
			continue
		}
		last, touched := ledger.last(request.ID)
		reopened := touched && last.what == actReopen
		if !reopened {
			open++
		}
		switch {
		case len(o.active[fault]) > 0:
		case touched && last.what != actReopen:
			o.wrongf("request %d is %s after a person's %s", request.ID, request.Standing, last.what)
		case !touched, ledger.alerts[own].reset.After(last.at):
			o.lostf("request %d is %s, and no alert of its fault is active", request.ID, request.Standing)
		}
	}
	if open > 1 {
		o.doubledf("fault %s has %d open requests: %s", fault, open, standingsOf(requests))
	}
}

// resets: the product resets an alert only after a person has closed or converted a request of its fault.
func (o *alertOracle) resets() {
	times := map[string]int{}
	for _, activity := range o.ninja.Activities {
		fired := o.chaos.ledger.alerts[activity.SeriesUID]
		if fired == nil || activity.StatusCode != "RESET" {
			continue
		}
		if times[fired.uid]++; times[fired.uid] > 1 {
			o.doubledf("alert %s was reset twice", fired.uid)
		}
		if fired.reset.IsZero() && !o.calledFor(fired, activity) {
			o.wrongf("alert %s was reset, and nobody had closed or converted its request", fired.uid)
		}
	}
}

func (o *alertOracle) calledFor(fired *firedAlert, reset ninjaone.Activity) bool {
	for _, request := range o.ofFault[fired.fault] {
		if slices.ContainsFunc(o.chaos.ledger.acts, func(act staffAct) bool {
			return act.request == request.ID && act.what != actReopen && !act.at.After(reset.Time.Add(time.Millisecond))
		}) {
			return true
		}
	}
	return false
}

// contents: a request says what its alert said, belongs to the company's contact, and has the device's asset, as does what it was
// converted to.
func (o *alertOracle) contents(request accelo.Request) {
	fired := o.chaos.ledger.alerts[markedUIDs(request)[0]]
	at := slices.IndexFunc(o.ninja.Devices, func(d ninjaone.Device) bool { return d.ID == fired.device })
	device := o.ninja.Devices[at]
	if want := fmt.Sprintf("condition %d is met", fired.condition); request.Title != want {
		o.wrongf("request %d is titled %q instead of %q", request.ID, request.Title, want)
	}
	for _, line := range []string{"Severity: MAJOR", "Device: " + clean(deviceTitle(device)), "Device page: " + o.devicePage(device)} {
		if !slices.Contains(strings.Split(request.Body, "\n"), line) {
			o.wrongf("request %d does not say %q: %q", request.ID, line, request.Body)
		}
	}
	if want := o.companyOf(o.owner(device)).DefaultAffiliationID; request.AffiliationID != want {
		o.wrongf("request %d is for contact %d instead of %d", request.ID, request.AffiliationID, want)
	}
	if request.Standing == "converted" { // before its asset was linked, perhaps: then that is where it became
		o.linkedOnce(device, request.ConversionType, request.ConversionID, 1)
		o.linkedOnce(device, "request", request.ID, 0)
		return
	}
	o.linkedOnce(device, "request", request.ID, 1)
}

// linkedOnce: an object is linked to the device's asset at least so often, and never twice.
func (o *alertOracle) linkedOnce(device ninjaone.Device, kind string, id int64, least int) {
	links := 0
	for _, link := range o.accelo.AssetLinks {
		if link.LinkedType != kind || link.LinkedID != id {
			continue
		}
		if links++; o.accelo.FieldValues(link.AssetID)["ninja_url"] != o.devicePage(device) {
			o.wrongf("%s %d is linked to asset %d, which is not that of device %d", kind, id, link.AssetID, device.ID)
		}
	}
	switch {
	case links < least:
		o.lostf("%s %d is not linked to the asset of device %d", kind, id, device.ID)
	case links > 1:
		o.doubledf("%s %d is linked to %d assets", kind, id, links)
	}
}

// onceEach: no note was written twice.
func (o *alertOracle) onceEach() {
	notes := map[string]int64{}
	for _, note := range o.accelo.Activities {
		if note.Medium != "note" || slices.ContainsFunc(o.before.Activities, func(a accelo.Activity) bool { return a.ID == note.ID }) {
			continue
		}
		key := fmt.Sprintf("%s %d: %s / %s", note.AgainstType, note.AgainstID, note.Subject, note.Body)
		if earlier, twice := notes[key]; twice {
			o.doubledf("the notes %d and %d on %s", earlier, note.ID, key)
		}
		notes[key] = note.ID
	}
}

// registered: both vendors tell us what happens, once each.
func (o *alertOracle) registered() {
	ours := 0
	for _, subscription := range o.accelo.Subscriptions {
		if strings.HasPrefix(subscription.TriggerURL, o.chaos.gate.url) {
			ours++
		}
	}
	switch {
	case ours == 0:
		o.lostf("Accelo's subscription is gone")
	case ours > 1:
		o.doubledf("there are %d subscriptions at Accelo", ours)
	}
	if hook := o.ninja.Webhook; hook == nil || !strings.HasPrefix(hook.URL, o.chaos.gate.url) {
		o.lostf("NinjaOne's webhook leads elsewhere")
	}
}

func unresolved(request accelo.Request) bool {
	return request.Standing == "pending" || request.Standing == "open"
}

func standingsOf(requests []accelo.Request) string {
	texts := make([]string, len(requests))
	for i, request := range requests {
		texts[i] = fmt.Sprintf("%d %s", request.ID, request.Standing)
	}
	return strings.Join(texts, ", ")
}

func (o *alertOracle) lostf(format string, values ...any) {
	o.verdict.lost = append(o.verdict.lost, fmt.Sprintf(format, values...))
}

func (o *alertOracle) doubledf(format string, values ...any) {
	o.verdict.doubled = append(o.verdict.doubled, fmt.Sprintf(format, values...))
}

func (o *alertOracle) wrongf(format string, values ...any) {
	o.verdict.wrong = append(o.verdict.wrong, fmt.Sprintf(format, values...))
}
