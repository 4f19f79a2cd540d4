package ninjaone

import (
	"net/http"
	"strconv"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// The page size of reports (ninjaone.md 8.5) and the lifetime of their cursors.
const (
	defaultReportPage, minReportPage, maxReportPage = 1000, 10, 10000
	cursorLifetime                                  = 10 * time.Minute
)

// cursor is the position in a report. The server keeps it: another call with the same name returns the next page
// (ninjaone.md 4.7).
type cursor struct {
	path, filter string
	offset       int
	expires      time.Time
}

// cursorJSON is a cursor in the envelope. Offset and count describe the page that it comes with.
type cursorJSON struct {
	Name    string  `json:"name"`
	Offset  int     `json:"offset"`
	Count   int     `json:"count"`
	Expires seconds `json:"expires"`
}

// query serves one of the paged reports. As recorded, a report of one page has no cursor.
func (s *Simulator) query(row func(*world, *Device) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		wanted, ok := s.filter(w, r)
		if !ok {
			return
		}
		if _, hit := s.Lab.PickFault(r, faultClassIgnored); hit {
			wanted = filter{func(d *Device) bool { return d.ApprovalStatus == approved }}
		}
		size, ok := pageSize(w, r, defaultReportPage, minReportPage, maxReportPage)
		if !ok {
			return
		}
		_, stuck := s.Lab.PickFault(r, faultCursorStuck)
		s.mu.Lock()
		position, found := s.cursor(r)
		if !found {
			s.mu.Unlock()
			notFound(w, r, "Cursor")
			return
		}
		rows := []any{}
		for _, device := range s.world.devices {
			if wanted.matches(device) {
				if value := row(&s.world, device); value != nil {
					rows = append(rows, value)
				}
			}
		}
		envelope := s.nextPage(r.URL.Query().Get("cursor"), position, rows, size, stuck)
		s.mu.Unlock()
		envelope.Results = tampered(s, r, envelope.Results)
		reply(w, r, envelope)
	}
}

// cursor returns the cursor that a call names, or a new one. It reports false if the cursor does not exist. The caller
// holds the lock.
func (s *Simulator) cursor(r *http.Request) (*cursor, bool) {
	asked := r.URL.Query()
	name, now := asked.Get("cursor"), s.now()
	if name == "" {
		return &cursor{path: r.URL.Path, filter: asked.Get("df"), expires: now.Add(cursorLifetime)}, true
	}
	position := s.cursors[name]
	if position == nil || position.path != r.URL.Path || now.After(position.expires) {
		delete(s.cursors, name)
		return nil, false
	}
	if position.filter != asked.Get("df") {
		lab.RecordViolation(r.Context(), "df changed between two pages")
	}
	return position, true
}

// reportJSON is the envelope of a report.
type reportJSON struct {
	Cursor  *cursorJSON `json:"cursor,omitempty"`
	Results []any       `json:"results"`
}

// nextPage returns the next page and advances the cursor, unless it is stuck. The caller holds the lock.
func (s *Simulator) nextPage(name string, position *cursor, rows []any, size int, stuck bool) reportJSON {
	start := min(position.offset, len(rows))
	end := min(start+size, len(rows))
	if name == "" && end == len(rows) {
		return reportJSON{Results: rows[start:end]}
	}
	if name == "" {
		name = newUID()
		s.cursors[name] = position
	}
	if !stuck {
		position.offset = end
	}
	if start == end {
		delete(s.cursors, name)
		return reportJSON{Results: []any{}}
	}
	return reportJSON{
		Cursor:  &cursorJSON{Name: name, Offset: start, Count: end - start, Expires: seconds{position.expires}},
		Results: rows[start:end],
	}
}

// pageSize reads pageSize and clamps it, or replies with 400.
func pageSize(w http.ResponseWriter, r *http.Request, fallback, smallest, largest int) (int, bool) {
	text := r.URL.Query().Get("pageSize")
	if text == "" {
		return fallback, true
	}
	size, err := strconv.ParseInt(text, 10, 32)
	if err != nil || size <= 0 {
		badParameter(w, r, "pageSize", "must be a positive int32")
		return 0, false
	}
	return min(max(int(size), smallest), largest), true
}

// loggedOnUser returns a row of the report of last logons, or nil for a device that was never used.
func loggedOnUser(_ *world, d *Device) any {
	if d.LastUser == "" {
		return nil
	}
	return struct {
		UserName  string  `json:"userName"`
		LogonTime seconds `json:"logonTime"`
		DeviceID  int     `json:"deviceId"`
	}{d.LastUser, seconds{d.LastLogon}, d.ID}
}

func operatingSystem(w *world, d *Device) any {
	details := detailed(w, d)
	if details.OS == nil {
		return nil
	}
	return struct {
		osJSON
		DeviceID  int     `json:"deviceId"`
		Timestamp seconds `json:"timestamp"`
	}{*details.OS, d.ID, seconds{d.LastUpdate}}
}

func computerSystem(w *world, d *Device) any {
	details := detailed(w, d)
	if details.System == nil || details.OS == nil {
		return nil
	}
	return struct {
		systemJSON
		DeviceID  int     `json:"deviceId"`
		Timestamp seconds `json:"timestamp"`
	}{*details.System, d.ID, seconds{d.LastUpdate}}
}

func deviceHealth(w *world, d *Device) any {
	alerts := 0
	for _, alert := range w.alerts {
		if alert.DeviceID == d.ID {
			alerts++
		}
	}
	status := "HEALTHY"
	if alerts > 0 {
		status = "NEEDS_ATTENTION"
	}
	return struct {
		DeviceID     int    `json:"deviceId"`
		HealthStatus string `json:"healthStatus"`
		AlertCount   int    `json:"alertCount"`
		Offline      bool   `json:"offline"`
	}{d.ID, status, alerts, d.Offline}
}
