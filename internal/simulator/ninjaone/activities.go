package ninjaone

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// The page size of the activity log (ninjaone.md 6.1). Smaller sizes are raised to the minimum.
const (
	defaultActivityPage, minActivityPage, maxActivityPage = 200, 10, 1000
)

// activitiesJSON is the envelope of the activity log.
type activitiesJSON struct {
	LastActivityID     int64                   `json:"lastActivityId"`
	LastNodeActivityID int64                   `json:"lastNodeActivityId,omitempty"`
	Activities         []activityJSON[seconds] `json:"activities"`
}

// logQuery is the part of the log that a call asks for. Both IDs are exclusive.
type logQuery struct {
	newerThan, olderThan int64
	size                 int
	filters              []func(*Activity) bool
}

// getActivities returns the activity log of the account, newest first (ninjaone.md 6.1).
func (s *Simulator) getActivities(w http.ResponseWriter, r *http.Request) {
	asked, ok := s.logQuery(w, r, math.MaxInt64)
	if !ok {
		return
	}
	query := r.URL.Query()
	asked.filterBy(query.Get("type"), func(a *Activity) string { return a.Type })
	asked.filterBy(query.Get("user"), func(a *Activity) string { return strconv.Itoa(a.UserID) })
	asked.filterBy(query.Get("sourceConfigUid"), func(a *Activity) string { return a.SourceConfigUID })
	if !asked.filterByClass(w, r) || !asked.filterByDates(w, r) {
		return
	}
	if query.Get("df") != "" {
		wanted, ok := s.filter(w, r)
		if !ok {
			return
		}
		asked.filters = append(asked.filters, func(a *Activity) bool {
			device := s.world.device(a.DeviceID)
			return device != nil && wanted.matches(device)
		})
	}
	s.mu.RLock()
	page := s.readLog(asked)
	s.mu.RUnlock()
	s.replyActivities(w, r, page)
}

// getDeviceActivities returns the activity log of one device, which takes int32 IDs and calls its type parameter
// activityType (ninjaone.md 6.2).
func (s *Simulator) getDeviceActivities(w http.ResponseWriter, r *http.Request) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	asked, ok := s.logQuery(w, r, math.MaxInt32)
	if !ok {
		return
	}
	asked.filterBy(r.URL.Query().Get("activityType"), func(a *Activity) string { return a.Type })
	asked.filters = append(asked.filters, func(a *Activity) bool { return a.DeviceID == id })
	s.mu.RLock()
	known := s.world.device(id) != nil
	page := s.readLog(asked)
	for i := len(s.world.activities) - 1; i >= 0 && page.LastNodeActivityID == 0; i-- {
		if s.world.activities[i].DeviceID == id {
			page.LastNodeActivityID = s.world.activities[i].ID
		}
	}
	s.mu.RUnlock()
	if !known {
		notFound(w, r, "Device")
		return
	}
	s.replyActivities(w, r, page)
}

// replyActivities replies with the envelope, or without it as TRED reports for some tenants (ninjaone.md 6.1).
func (s *Simulator) replyActivities(w http.ResponseWriter, r *http.Request, page activitiesJSON) {
	page.Activities = tampered(s, r, page.Activities)
	s.mu.RLock()
	if s.switches.LogWithoutSeverity {
		for at := range page.Activities {
			page.Activities[at].Severity, page.Activities[at].Priority = "", ""
		}
	}
	s.mu.RUnlock()
	if _, hit := s.Lab.PickFault(r, faultBareArray); hit {
		reply(w, r, page.Activities)
		return
	}
	reply(w, r, page)
}

// logQuery reads the parameters that both logs share, or replies with 400.
func (s *Simulator) logQuery(w http.ResponseWriter, r *http.Request, maxID int64) (logQuery, bool) {
	query := r.URL.Query()
	asked := logQuery{olderThan: math.MaxInt64}
	for name, target := range map[string]*int64{"newerThan": &asked.newerThan, "olderThan": &asked.olderThan} {
		if !query.Has(name) {
			continue
		}
		id, err := strconv.ParseInt(query.Get(name), 10, 64)
		if err != nil || id < 0 || id > maxID {
			badParameter(w, r, name, "must be an activity id")
			return logQuery{}, false
		}
		*target = id
	}
	if query.Has("newerThan") && query.Has("olderThan") {
		lab.RecordViolation(r.Context(), "newerThan and olderThan must not be combined")
	}
	size, ok := pageSize(w, r, defaultActivityPage, minActivityPage, maxActivityPage)
	asked.size = size
	asked.filterBy(query.Get("status"), func(a *Activity) string { return a.StatusCode })
	if _, hit := s.Lab.PickFault(r, faultSeriesIgnored); !hit {
		asked.filterBy(query.Get("seriesUid"), func(a *Activity) string { return a.SeriesUID })
	}
	if fault, hit := s.Lab.PickFault(r, faultFeedLag); ok && hit {
		visible := s.now().Add(-time.Duration(fault.DelayMillis) * time.Millisecond)
		asked.filters = append(asked.filters, func(a *Activity) bool { return !a.Time.After(visible) })
	}
	if fault, hit := s.Lab.PickFault(r, faultLogTrimmed); ok && hit {
		kept := s.now().Add(-time.Duration(fault.DelayMillis) * time.Millisecond)
		asked.filters = append(asked.filters, func(a *Activity) bool { return a.Time.After(kept) })
	}
	if _, hit := s.Lab.PickFault(r, faultCursorStuck); hit {
		asked.olderThan = math.MaxInt64
	}
	return asked, ok
}

// filterBy requires a member to be in a comma-separated list. An empty list allows everything.
func (q *logQuery) filterBy(list string, member func(*Activity) string) {
	if list != "" {
		q.filters = append(q.filters, func(a *Activity) bool { return oneOf(list, member(a)) })
	}
}

// filterByClass applies the class parameter, or replies with 400.
func (q *logQuery) filterByClass(w http.ResponseWriter, r *http.Request) bool {
	switch r.URL.Query().Get("class") {
	case "", "ALL":
	case "SYSTEM":
		q.filters = append(q.filters, func(a *Activity) bool { return a.DeviceID == 0 })
	case "DEVICE":
		q.filters = append(q.filters, func(a *Activity) bool { return a.DeviceID != 0 })
	case "USER":
		q.filters = append(q.filters, func(a *Activity) bool { return a.UserID != 0 })
	default:
		badParameter(w, r, "class", "must be SYSTEM, DEVICE, USER or ALL")
		return false
	}
	return true
}

// filterByDates applies after and before (epoch seconds or ISO 8601 dates), or replies with 400.
func (q *logQuery) filterByDates(w http.ResponseWriter, r *http.Request) bool {
	for name, inRange := range map[string]func(at, limit time.Time) bool{"after": time.Time.After, "before": time.Time.Before} {
		text := r.URL.Query().Get(name)
		if text == "" {
			continue
		}
		limit, err := parseDate(text)
		if err != nil {
			badParameter(w, r, name, err.Error())
			return false
		}
		q.filters = append(q.filters, func(a *Activity) bool { return inRange(a.Time, limit) })
	}
	return true
}

func parseDate(text string) (time.Time, error) {
	if epoch, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(epoch) < 1e11 {
		return time.UnixMicro(int64(epoch * 1e6)), nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if moment, err := time.Parse(layout, text); err == nil {
			return moment, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a date", text)
}

// readLog returns the requested rows, newest first. If newerThan leaves more than one page, it returns the newest rows
// unless a switch reverses that (ninjaone.md 6.4, 10). The caller holds the lock.
func (s *Simulator) readLog(asked logQuery) activitiesJSON {
	log := s.world.activities
	page := activitiesJSON{LastActivityID: s.world.lastActivityID, Activities: []activityJSON[seconds]{}}
	if len(log) == 0 {
		page.LastActivityID = 0
	}
	from, _ := slices.BinarySearchFunc(log, asked.newerThan, func(a Activity, id int64) int { return cmp.Compare(a.ID, id+1) })
	to, _ := slices.BinarySearchFunc(log, asked.olderThan, func(a Activity, id int64) int { return cmp.Compare(a.ID, id) })
	var rows []*Activity
	oldestFirst := s.switches.NewerThanOldestFirst && asked.newerThan > 0
	for n := range max(0, to-from) {
		row := &log[to-1-n]
		if oldestFirst {
			row = &log[from+n]
		}
		if len(rows) == asked.size {
			break
		}
		if asked.matches(row) {
			rows = append(rows, row)
		}
	}
	if oldestFirst {
		slices.Reverse(rows)
	}
	for _, row := range rows {
		page.Activities = append(page.Activities, renderActivity(row, restTime))
	}
	return page
}

func (q *logQuery) matches(a *Activity) bool {
	for _, passes := range q.filters {
		if !passes(a) {
			return false
		}
	}
	return true
}

// appendForDevice writes an activity about a device. The caller holds the lock.
func (s *Simulator) appendForDevice(device *Device, activity Activity) Activity {
	activity.DeviceID, activity.OrganizationID = device.ID, device.OrganizationID
	return s.append(activity)
}

// append writes an activity with the next ID and sends it to the webhook. IDs have gaps, as if other tenants used the IDs
// between them. The caller holds the lock.
func (s *Simulator) append(activity Activity) Activity {
	w := &s.world
	w.lastActivityID += 1 + w.lastActivityID%3
	activity.ID = w.lastActivityID
	if activity.Time.IsZero() {
		activity.Time = s.now()
	}
	w.activities = append(w.activities, activity)
	s.notify(activity)
	return activity
}
