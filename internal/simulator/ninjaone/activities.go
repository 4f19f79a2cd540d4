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

// The page size of the activity log (contract 6.1). Smaller ones are raised to the minimum.
const (
	defaultActivityPage, minActivityPage, maxActivityPage = 200, 10, 1000
)

// activitiesJSON is the envelope of the activity log.
type activitiesJSON struct {
	LastActivityID     int64                   `json:"lastActivityId"`
	LastNodeActivityID int64                   `json:"lastNodeActivityId,omitempty"`
	Activities         []activityJSON[seconds] `json:"activities"`
}

// span is the part of the log that a call asks for, ids exclusive on both sides.
type span struct {
	newer, older int64
	size         int
	wanted       []func(*Activity) bool
}

// getActivities is the log of the whole account, newest first (contract 6.1).
func (s *Simulator) getActivities(w http.ResponseWriter, r *http.Request) {
	asked, ok := s.span(w, r, math.MaxInt64)
	if !ok {
		return
	}
	query := r.URL.Query()
	asked.text(query.Get("type"), func(a *Activity) string { return a.Type })
	asked.text(query.Get("user"), func(a *Activity) string { return strconv.Itoa(a.UserID) })
	asked.text(query.Get("sourceConfigUid"), func(a *Activity) string { return a.SourceConfigUID })
	if !s.class(w, r, &asked) || !s.dates(w, r, &asked) {
		return
	}
	if query.Get("df") != "" {
		wanted, ok := s.filter(w, r)
		if !ok {
			return
		}
		asked.wanted = append(asked.wanted, func(a *Activity) bool {
			device := s.world.device(a.DeviceID)
			return device != nil && wanted.matches(device)
		})
	}
	s.mu.RLock()
	answer := s.cut(asked)
	s.mu.RUnlock()
	s.replyActivities(w, r, answer)
}

// getDeviceActivities is the log of one device (contract 6.2), whose ids are int32 and whose type parameter is called
// activityType.
func (s *Simulator) getDeviceActivities(w http.ResponseWriter, r *http.Request) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	asked, ok := s.span(w, r, math.MaxInt32)
	if !ok {
		return
	}
	asked.text(r.URL.Query().Get("activityType"), func(a *Activity) string { return a.Type })
	asked.wanted = append(asked.wanted, func(a *Activity) bool { return a.DeviceID == id })
	s.mu.RLock()
	known := s.world.device(id) != nil
	answer := s.cut(asked)
	for i := len(s.world.activities) - 1; i >= 0 && answer.LastNodeActivityID == 0; i-- {
		if s.world.activities[i].DeviceID == id {
			answer.LastNodeActivityID = s.world.activities[i].ID
		}
	}
	s.mu.RUnlock()
	if !known {
		notFound(w, r, "Device")
		return
	}
	s.replyActivities(w, r, answer)
}

// replyActivities answers with the envelope, or as TRED claims some tenants do, without (contract 6.1).
func (s *Simulator) replyActivities(w http.ResponseWriter, r *http.Request, answer activitiesJSON) {
	answer.Activities = tampered(s, r, answer.Activities)
	if _, hit := s.pick(r, faultBareArray); hit {
		reply(w, r, answer.Activities)
		return
	}
	reply(w, r, answer)
}

// span reads what both logs have in common.
func (s *Simulator) span(w http.ResponseWriter, r *http.Request, most int64) (span, bool) {
	query := r.URL.Query()
	asked := span{older: math.MaxInt64}
	for name, target := range map[string]*int64{"newerThan": &asked.newer, "olderThan": &asked.older} {
		if !query.Has(name) {
			continue
		}
		id, err := strconv.ParseInt(query.Get(name), 10, 64)
		if err != nil || id < 0 || id > most {
			badParameter(w, r, name, "must be an activity id")
			return span{}, false
		}
		*target = id
	}
	if query.Has("newerThan") && query.Has("olderThan") {
		lab.Violate(r.Context(), "newerThan and olderThan are not to be combined")
	}
	size, ok := pageSize(w, r, defaultActivityPage, minActivityPage, maxActivityPage)
	asked.size = size
	asked.text(query.Get("status"), func(a *Activity) string { return a.StatusCode })
	asked.text(query.Get("seriesUid"), func(a *Activity) string { return a.SeriesUID })
	if fault, hit := s.pick(r, faultFeedLag); ok && hit {
		visible := s.now().Add(-time.Duration(fault.DelayMillis) * time.Millisecond)
		asked.wanted = append(asked.wanted, func(a *Activity) bool { return !a.Time.After(visible) })
	}
	if _, hit := s.pick(r, faultCursorStuck); hit {
		asked.older = math.MaxInt64
	}
	return asked, ok
}

// text wants a member to be one of a list with commas; an empty list wants everything.
func (q *span) text(list string, of func(*Activity) string) {
	if list != "" {
		q.wanted = append(q.wanted, func(a *Activity) bool { return oneOf(list, of(a)) })
	}
}

// class reads the class parameter, or answers 400.
func (s *Simulator) class(w http.ResponseWriter, r *http.Request, asked *span) bool {
	switch r.URL.Query().Get("class") {
	case "", "ALL":
	case "SYSTEM":
		asked.wanted = append(asked.wanted, func(a *Activity) bool { return a.DeviceID == 0 })
	case "DEVICE":
		asked.wanted = append(asked.wanted, func(a *Activity) bool { return a.DeviceID != 0 })
	case "USER":
		asked.wanted = append(asked.wanted, func(a *Activity) bool { return a.UserID != 0 })
	default:
		badParameter(w, r, "class", "must be SYSTEM, DEVICE, USER or ALL")
		return false
	}
	return true
}

// dates reads after and before, which are epoch seconds or ISO-8601 dates, or answers 400.
func (s *Simulator) dates(w http.ResponseWriter, r *http.Request, asked *span) bool {
	for name, fits := range map[string]func(at, limit time.Time) bool{"after": time.Time.After, "before": time.Time.Before} {
		text := r.URL.Query().Get(name)
		if text == "" {
			continue
		}
		limit, err := parseDate(text)
		if err != nil {
			badParameter(w, r, name, err.Error())
			return false
		}
		asked.wanted = append(asked.wanted, func(a *Activity) bool { return fits(a.Time, limit) })
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
	return time.Time{}, fmt.Errorf("%q is no date", text)
}

// cut takes the rows asked for, newest first; the lock is held. When more than a page is newer than newerThan, the
// newest rows come, unless a switch says otherwise (contract 6.4, 10).
func (s *Simulator) cut(asked span) activitiesJSON {
	log := s.world.activities
	answer := activitiesJSON{LastActivityID: s.world.lastActivityID, Activities: []activityJSON[seconds]{}}
	if len(log) == 0 {
		answer.LastActivityID = 0
	}
	from, _ := slices.BinarySearchFunc(log, asked.newer, func(a Activity, id int64) int { return cmp.Compare(a.ID, id+1) })
	to, _ := slices.BinarySearchFunc(log, asked.older, func(a Activity, id int64) int { return cmp.Compare(a.ID, id) })
	var rows []*Activity
	oldestFirst := s.switches.NewerThanOldestFirst && asked.newer > 0
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
		answer.Activities = append(answer.Activities, renderActivity(row, restTime))
	}
	return answer
}

func (q *span) matches(a *Activity) bool {
	for _, fulfilled := range q.wanted {
		if !fulfilled(a) {
			return false
		}
	}
	return true
}
