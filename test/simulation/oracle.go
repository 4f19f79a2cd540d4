package simulation

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/test/simulation/server"
)

// grace is how long after a person's change a write that was decided before it may still arrive.
const grace = 10 * time.Second

// number is how a title names its alert. The oracle does not read the product's own mark, which a message may imitate.
var number = regexp.MustCompile(`^\[(\d+)\] `)

// uidOf returns the alert that a request was opened for, "" if none.
func uidOf(request accelo.Request) string {
	found := number.FindStringSubmatch(request.Title)
	if found == nil {
		return ""
	}
	n, _ := strconv.Atoi(found[1])
	return uidNumber(n)
}

// background is the context of what a program does.
func (l *life) background() context.Context { return l.pairs.bound }

// event names the subject of a webhook.
func event(body []byte) string {
	var read struct {
		Status string          `json:"statusCode"`
		UID    string          `json:"seriesUid"`
		ID     json.RawMessage `json:"id"`
	}
	if err := json.Unmarshal(body, &read); err != nil {
		form, _ := url.ParseQuery(string(body))
		return form.Get("id")
	}
	if read.UID == "" {
		return read.Status + strings.Trim(string(read.ID), `"`)
	}
	return read.Status + " " + short(read.UID)
}

var requestPath = regexp.MustCompile(`/requests/(\d+)$`)

// observe looks at a call of ours right before the vendor serves it.
func (l *life) observe(who *actor, vendor string, request *http.Request, body []byte) {
	l.observePause(who, vendor, request)
	l.observePair(who, vendor, request)
	switch {
	case vendor == "accelo" && request.Method == http.MethodPut && requestPath.MatchString(request.URL.Path):
		id, _ := strconv.ParseInt(requestPath.FindStringSubmatch(request.URL.Path)[1], 10, 64)
		form, _ := url.ParseQuery(string(body))
		l.observeRequest(who, id, form)
	case vendor == "accelo" && request.Method != http.MethodGet && recordPath.MatchString(request.URL.Path):
		form, _ := url.ParseQuery(string(body))
		l.observeRecord(who, request, form)
	case vendor == "accelo" && assetValuePath.MatchString(request.URL.Path):
		l.observeAssetValue(request, body)
	case vendor == "ninjaone" && request.Method == http.MethodDelete && strings.HasPrefix(request.URL.Path, "/v2/alert/"):
		l.observeReset(who, strings.TrimPrefix(request.URL.Path, "/v2/alert/"))
	}
}

// observeRequest checks a change of a request: it may not undo what a technician did.
func (l *life) observeRequest(who *actor, id int64, form url.Values) {
	at := slices.IndexFunc(l.accelo.Snapshot().Requests, func(r accelo.Request) bool { return r.ID == id })
	if at < 0 {
		return
	}
	request, last := l.accelo.Snapshot().Requests[at], l.lastDeed(id)
	if form.Get("standing") == "closed" && l.active(uidOf(request)) {
		l.problemf("wrong: a request was closed by us while its alert was active")
	}
	if last == nil || time.Since(last.at) < grace {
		return
	}
	standing := form.Get("standing")
	switch {
	case standing != "" && request.Standing == "converted":
		l.problemf("overwritten: request was set to %s by us after a technician had converted it", standing)
	case standing == "open" && last.what == closesRequest && request.Standing == "closed":
		l.problemf("overwritten: a request that a technician had closed was reopened by us")
	}
}

func (l *life) lastDeed(id int64) *deed {
	deeds := slices.DeleteFunc(slices.Clone(l.people.acts[id]), func(d deed) bool { return d.what == movesRequest })
	if len(deeds) == 0 {
		return nil
	}
	return &deeds[len(deeds)-1]
}

// observeReset checks that an alert that we reset has no open request.
func (l *life) observeReset(_ *actor, uid string) {
	for _, request := range l.ours(unresolved) {
		if uidOf(request) != uid {
			continue
		}
		if last := l.lastDeed(request.ID); last != nil && time.Since(last.at) < grace {
			continue
		}
		l.problemf("wrong: an alert was reset by us while its request was open")
	}
}

// judge checks the promises once everything must be in place.
func (l *life) judge() {
	if l.judgePair(); l.failed() {
		return
	}
	active := map[string]bool{}
	for _, alert := range l.ninjaOne.Snapshot().Alerts {
		active[alert.UID] = true
	}
	byFault, byUID := map[string][]accelo.Request{}, map[string]int64{}
	for _, request := range l.ours(func(accelo.Request) bool { return true }) {
		uid := uidOf(request)
		if byUID[uid] != 0 {
			l.problemf("twice: an alert has two requests")
		}
		byUID[uid] = request.ID
		fault := l.people.fired[uid].fault
		byFault[fault] = append(byFault[fault], request)
	}
	activeOf := map[string]int{}
	for _, uid := range l.people.order {
		if active[uid] {
			activeOf[l.people.fired[uid].fault]++
			l.judgeAlert(l.people.fired[uid], byFault)
		}
	}
	for fault, requests := range byFault {
		l.judgeRequests(requests, activeOf[fault])
	}
	l.judgeResets(byFault)
	l.judgeNotes()
	l.judgeRepeats(byFault, active)
	l.judgeRecords()
	if l.plan.records {
		l.judgeTexts()
		l.judgeMachines()
		l.judgeFailures()
	}
}

// judgeAlert checks that an active alert has an open request.
func (l *life) judgeAlert(f *firing, byFault map[string][]accelo.Request) {
	if l.plan.alerts.MinSeverity == "MAJOR" && f.severity == "MINOR" || f.old && !l.imported() {
		return
	}
	requests := byFault[f.fault]
	switch {
	case slices.ContainsFunc(requests, unresolved):
	case l.deletedAfter(f):
	case l.plan.onConvert != "reset" && slices.ContainsFunc(requests, func(r accelo.Request) bool { return r.Standing == "converted" }):
	case len(requests) == 0:
		l.problemf("lost: an alert is active and has no request")
	default:
		l.problemf("lost: an alert is active and its request is %s", requests[len(requests)-1].Standing)
	}
}

// imported reports whether an import came to its end: only that finds an alert that fired before the connection was set up.
func (l *life) imported() bool {
	return slices.ContainsFunc(l.temporal.Executions(), func(e server.Execution) bool { return e.Type == flow.FullImport && e.Status == "completed" })
}

// deletedAfter reports whether a technician deleted a request of the alert's fault since it fired: then it is left alone.
func (l *life) deletedAfter(f *firing) bool {
	return slices.ContainsFunc(l.people.deleted, func(d deletion) bool { return d.fault == f.fault && !d.at.Before(f.at) })
}

// judgeRequests checks the standing of a fault's requests.
func (l *life) judgeRequests(requests []accelo.Request, active int) {
	open := 0
	for _, request := range requests {
		if !unresolved(request) {
			continue
		}
		last := l.lastDeed(request.ID)
		if last == nil || last.what != reopensRequest {
			open++
			if active == 0 {
				l.problemf("stale: a request is open and no alert of its fault is active")
			}
		}
	}
	if open > 1 {
		l.problemf("twice: a fault has two open requests")
	}
}

// judgeResets checks that we reset only alerts whose request a technician closed or converted.
func (l *life) judgeResets(byFault map[string][]accelo.Request) {
	for _, activity := range l.ninjaOne.Snapshot().Activities {
		f := l.people.fired[activity.SeriesUID]
		if f == nil || activity.StatusCode != "RESET" || !f.cleared.IsZero() {
			continue
		}
		due := slices.ContainsFunc(byFault[f.fault], func(r accelo.Request) bool {
			return slices.ContainsFunc(l.people.acts[r.ID], func(d deed) bool { return d.what == closesRequest || d.what == convertsReq })
		})
		if !due && !l.deletedAfter(f) {
			l.problemf("wrong: an alert was reset by us, and no technician had closed or converted its request")
		}
	}
}

// judgeRepeats checks that the last note about a fault's repeats counts them all. It looks only at faults whose alerts are all active and
// have one request.
func (l *life) judgeRepeats(byFault map[string][]accelo.Request, active map[string]bool) {
	for fault, requests := range byFault {
		times := 0
		for _, f := range l.people.fired {
			if f.fault != fault {
				continue
			}
			if times++; !active[f.uid] || f.old || l.plan.alerts.MinSeverity == "MAJOR" && f.severity == "MINOR" {
				times = -1000
			}
		}
		if times < 2 || len(requests) != 1 || len(l.people.acts[requests[0].ID]) > 0 || len(l.people.deleted) > 0 {
			continue
		}
		last := ""
		for _, note := range l.accelo.Snapshot().Activities {
			if note.AgainstType == "request" && note.AgainstID == requests[0].ID && strings.Contains(note.Subject, "epeat") {
				last = note.Subject
			}
		}
		if !strings.Contains(last, fmt.Sprint(times)) {
			l.problemf("wrong: the last note about a fault does not count all its alerts")
		}
	}
}

// judgeNotes checks that no note was written twice.
func (l *life) judgeNotes() {
	seen := map[string]bool{}
	for _, note := range l.accelo.Snapshot().Activities {
		key := fmt.Sprintf("%s %d %s %s", note.AgainstType, note.AgainstID, note.Subject, note.Body)
		if note.Medium == "note" && seen[key] {
			l.problemf("twice: a note was written two times: %s", note.Subject)
		}
		seen[key] = true
	}
}
