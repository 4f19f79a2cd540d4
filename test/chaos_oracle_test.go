package test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// findings are what the oracle finds: objects that are missing, that exist more than once, and that are wrong.
type findings struct {
	lost, duplicated, wrong []string
	// untraced counts alerts that were reset and have no request, because their reset was handled before their trigger.
	untraced int
}

func (v *findings) all() []string {
	return slices.Concat(prefixed("lost: ", v.lost), prefixed("duplicated: ", v.duplicated), prefixed("wrong: ", v.wrong))
}

func prefixed(prefix string, texts []string) []string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = prefix + text
	}
	return all
}

// verify compares both sides, knowing only what happened and interface.md 5.
func (c *chaosRun) verify() *findings {
	c.t.Helper()
	o := &chaosOracle{
		oracle: c.newOracle(), chaos: c, found: &findings{},
		requestsOfFault: map[string][]accelo.Request{}, activeOfFault: map[string][]string{},
	}
	o.checkCompanies()
	o.checkAssets()
	o.checkUntouched()
	o.collectRequests()
	o.checkAlerts()
	for fault, requests := range o.requestsOfFault {
		o.checkStandings(fault, requests)
	}
	o.checkResets()
	for _, request := range o.requests {
		o.checkContents(request)
	}
	o.checkDuplicateNotes()
	o.checkWebhooks()
	return o.found
}

// chaosOracle compares both sides and what people did.
type chaosOracle struct {
	*oracle
	chaos *chaosRun
	found *findings
	// byKey are all companies that exist or existed, by the key of their first name.
	byKey map[string][]companyFacts
	// assetPages are the device pages of all assets, once they are needed.
	assetPages map[int64]string
	requests   []accelo.Request
	// requestsOfFault are the requests of a fault, oldest first; activeOfFault its alerts that NinjaOne still lists.
	requestsOfFault map[string][]accelo.Request
	activeOfFault   map[string][]string
}

func (o *chaosOracle) collectRequests() {
	for _, alert := range o.ninja.Alerts {
		if fired := o.chaos.ledger.alerts[alert.UID]; fired != nil {
			o.activeOfFault[fired.fault] = append(o.activeOfFault[fired.fault], alert.UID)
		}
	}
	seen := map[string]int64{}
	for _, request := range o.accelo.Requests {
		uids := alertUIDsIn(request)
		if len(uids) == 0 {
			continue
		}
		fired := o.chaos.ledger.alerts[uids[0]]
		if len(uids) > 1 || fired == nil {
			o.wrongf("request %d names the alerts %v", request.ID, uids)
			continue
		}
		if earlier, twice := seen[uids[0]]; twice {
			o.duplicatef("alert %s has the requests %d and %d", uids[0], earlier, request.ID)
		}
		seen[uids[0]] = request.ID
		o.requests = append(o.requests, request)
		o.requestsOfFault[fired.fault] = append(o.requestsOfFault[fired.fault], request)
	}
}

// checkAlerts checks that every active alert has an open request, its own or another one of its fault.
func (o *chaosOracle) checkAlerts() {
	for _, uid := range o.chaos.ledger.order {
		fired := o.chaos.ledger.alerts[uid]
		switch {
		case o.chaos.people.deleted[fired.fault]: // its alerts stay as they are
		case o.withoutCompany(fired): // nobody has decided yet where it goes
		case slices.Contains(o.activeOfFault[fired.fault], uid) && !slices.ContainsFunc(o.requestsOfFault[fired.fault], unresolved):
			o.lostf("alert %s is active, and no request of its fault is open: %s", uid, standingsOf(o.requestsOfFault[fired.fault]))
		case len(o.requestsOfFault[fired.fault]) == 0 && fired.reset.IsZero():
			o.lostf("alert %s never had a request", uid)
		case len(o.requestsOfFault[fired.fault]) == 0:
			o.found.untraced++
		}
	}
}

// checkStandings checks that at most one request of a fault is open, apart from those that a technician reopened; that it is closed
// after the last reset; and that a request that a technician closed or converted has no active alert.
func (o *chaosOracle) checkStandings(fault string, requests []accelo.Request) {
	ledger, open := o.chaos.ledger, 0
	for _, request := range requests {
		own := alertUIDsIn(request)[0]
		if !unresolved(request) {
			if slices.Contains(o.activeOfFault[fault], own) && !o.chaos.people.deleted[fault] {
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
		case touched && !reopened:
			o.wrongf("request %d is %s after a technician's %s", request.ID, request.Standing, last.what)
		case len(o.activeOfFault[fault]) > 0:
		case !touched, ledger.alerts[own].reset.After(last.at):
			o.lostf("request %d is %s, and no alert of its fault is active", request.ID, request.Standing)
		}
	}
	if open > 1 {
		o.duplicatef("fault %s has %d open requests: %s", fault, open, standingsOf(requests))
	}
}

// checkResets checks that the product reset an alert only after a technician closed or converted a request of its fault.
func (o *chaosOracle) checkResets() {
	times := map[string]int{}
	for _, activity := range o.ninja.Activities {
		fired := o.chaos.ledger.alerts[activity.SeriesUID]
		if fired == nil || activity.StatusCode != "RESET" {
			continue
		}
		if times[fired.uid]++; times[fired.uid] > 1 {
			o.duplicatef("alert %s was reset twice", fired.uid)
		}
		switch {
		case !fired.reset.IsZero():
		case !o.resetWasDue(fired, activity):
			o.wrongf("alert %s was reset, but no technician had closed or converted its request", fired.uid)
		case o.wasOpen(fired, activity.Time):
			o.wrongf("alert %s was reset while its request was open", fired.uid)
		}
	}
}

// resetWasDue reports whether a technician had closed or converted a request of the alert's fault, which may have been deleted since.
func (o *chaosOracle) resetWasDue(fired *firedAlert, reset ninjaone.Activity) bool {
	return slices.ContainsFunc(o.chaos.ledger.acts, func(act staffAction) bool {
		return act.fault == fired.fault && act.what != actReopen && !act.at.After(reset.Time.Add(time.Millisecond))
	})
}

// decisionAge is how old a decision to reset an alert may be: the request is read that long before at most.
const decisionAge = 15 * time.Second

// wasOpen reports whether the only request of a fault had been open for a while, because a technician had reopened it.
func (o *chaosOracle) wasOpen(fired *firedAlert, at time.Time) bool {
	requests := o.requestsOfFault[fired.fault]
	if len(requests) != 1 || o.chaos.people.deleted[fired.fault] {
		return false
	}
	var last staffAction
	for _, act := range o.chaos.ledger.acts {
		if act.request == requests[0].ID && act.at.Before(at) {
			last = act
		}
	}
	return last.what == actReopen && at.Sub(last.at) > decisionAge
}

// withoutCompany reports whether someone deleted the company that an alert's request would belong to.
func (o *chaosOracle) withoutCompany(fired *firedAlert) bool {
	_, orphaned := o.companiesOf(o.ownerOf(o.deviceOf(fired)))
	return orphaned
}

func (o *chaosOracle) deviceOf(fired *firedAlert) ninjaone.Device {
	return findOne(o.env.t, "the device", o.ninja.Devices, func(d ninjaone.Device) bool { return d.ID == fired.device })
}

// checkContents checks that a request repeats its alert, belongs to the company's contact, and is linked to the device's asset. After
// a conversion the new object is linked instead.
func (o *chaosOracle) checkContents(request accelo.Request) {
	fired := o.chaos.ledger.alerts[alertUIDsIn(request)[0]]
	device := o.deviceOf(fired)
	triaged := o.chaos.people.triaged[request.ID]
	if want := fmt.Sprintf("condition %d is met", fired.condition); strings.HasPrefix(request.Title, "Triaged: ") != triaged || !triaged && !o.same(request.Title, want) {
		o.wrongf("request %d is titled %q instead of %q", request.ID, request.Title, want)
	}
	for _, line := range []string{"Severity: MAJOR", "Device: " + collapseSpace(deviceTitle(device)), "Device page: " + o.devicePage(device)} {
		if o.accelo.Switches.StoreCut == 0 && !o.saysLine(request.Body, line) {
			o.wrongf("request %d does not say %q: %q", request.ID, line, request.Body)
		}
	}
	companies, orphaned := o.companiesOf(o.ownerOf(device))
	contact := slices.IndexFunc(o.accelo.Affiliations, func(a accelo.Affiliation) bool { return a.ID == request.AffiliationID })
	if !triaged && !orphaned && (contact < 0 || !slices.Contains(companies, o.accelo.Affiliations[contact].CompanyID)) {
		o.wrongf("request %d is for contact %d, which is none of company %v", request.ID, request.AffiliationID, companies)
	}
	if o.orphaned(device) { // without an asset, or without a company to create it in
		return
	}
	if request.Standing == "converted" { // perhaps before the asset was linked, so that only the new object has the link
		o.checkLinks(device, request.ConversionType, request.ConversionID, 1)
		o.checkLinks(device, "request", request.ID, 0)
		return
	}
	o.checkLinks(device, "request", request.ID, 1)
}

// checkLinks checks that an object has at least so many links to the device's asset, no other links, and not more than one.
func (o *chaosOracle) checkLinks(device ninjaone.Device, kind string, id int64, least int) {
	links := 0
	for _, link := range o.accelo.AssetLinks {
		if link.LinkedType != kind || link.LinkedID != id {
			continue
		}
		if links++; o.pages()[link.AssetID] != o.devicePage(device) {
			o.wrongf("%s %d is linked to asset %d, which is not that of device %d", kind, id, link.AssetID, device.ID)
		}
	}
	switch {
	case links < least:
		o.lostf("%s %d is not linked to the asset of device %d", kind, id, device.ID)
	case links > 1:
		o.duplicatef("%s %d is linked to %d assets", kind, id, links)
	}
}

// pages are the device pages of all assets.
func (o *chaosOracle) pages() map[int64]string {
	if o.assetPages == nil {
		o.assetPages = assetPages(o.accelo)
	}
	return o.assetPages
}

// saysLine reports whether a body has a line, as the deployment stores it.
func (o *chaosOracle) saysLine(body, line string) bool {
	line = nameKey(asStored(o.accelo.Switches, line))
	for held := range strings.SplitSeq(body, "\n") {
		if nameKey(held) == line {
			return true
		}
	}
	return false
}

// checkDuplicateNotes checks that no note was written twice.
func (o *chaosOracle) checkDuplicateNotes() {
	notes := map[string]int64{}
	for _, note := range o.accelo.Activities {
		if note.Medium != "note" || slices.ContainsFunc(o.initial.Activities, func(a accelo.Activity) bool { return a.ID == note.ID }) {
			continue
		}
		key := fmt.Sprintf("%s %d: %s / %s", note.AgainstType, note.AgainstID, note.Subject, note.Body)
		if earlier, twice := notes[key]; twice {
			o.duplicatef("the notes %d and %d on %s", earlier, note.ID, key)
		}
		notes[key] = note.ID
	}
}

// checkWebhooks checks that each vendor has exactly one webhook of ours.
func (o *chaosOracle) checkWebhooks() {
	ours := 0
	for _, subscription := range o.accelo.Subscriptions {
		if strings.HasPrefix(subscription.TriggerURL, o.chaos.webhooks.url) {
			ours++
		}
	}
	switch {
	case ours == 0:
		o.lostf("Accelo's subscription does not exist")
	case ours > 1:
		o.duplicatef("there are %d subscriptions at Accelo", ours)
	}
	if hook := o.ninja.Webhook; hook == nil || !strings.HasPrefix(hook.URL, o.chaos.webhooks.url) {
		o.lostf("NinjaOne's webhook has another URL")
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

func (o *chaosOracle) lostf(format string, values ...any) {
	o.found.lost = append(o.found.lost, fmt.Sprintf(format, values...))
}

func (o *chaosOracle) duplicatef(format string, values ...any) {
	o.found.duplicated = append(o.found.duplicated, fmt.Sprintf(format, values...))
}

func (o *chaosOracle) wrongf(format string, values ...any) {
	o.found.wrong = append(o.found.wrong, fmt.Sprintf(format, values...))
}
