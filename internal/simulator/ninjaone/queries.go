package ninjaone

import (
	"net/http"
	"strconv"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// The page size of reports (contract 8.5) and how long a cursor lives.
const (
	defaultReportPage, minReportPage, maxReportPage = 1000, 10, 10000
	cursorLifetime                                  = 10 * time.Minute
)

// cursor is a report that is being paged through. The server keeps the place: asking again with the same name gives the
// next page (contract 4.7).
type cursor struct {
	path, filter string
	offset       int
	expires      time.Time
}

// cursorJSON is a cursor as the envelope shows it; offset and count are those of the page it came with.
type cursorJSON struct {
	Name    string  `json:"name"`
	Offset  int     `json:"offset"`
	Count   int     `json:"count"`
	Expires seconds `json:"expires"`
}

// query serves one of the paged reports. A report of one page carries no cursor, as recorded.
func (s *Simulator) query(row func(*world, *Device) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		wanted, ok := s.filter(w, r)
		if !ok {
			return
		}
		if _, hit := s.pick(r, faultClassIgnored); hit {
			wanted = filter{func(d *Device) bool { return d.ApprovalStatus == approved }}
		}
		size, ok := pageSize(w, r, defaultReportPage, minReportPage, maxReportPage)
		if !ok {
			return
		}
		_, stuck := s.pick(r, faultCursorStuck)
		s.mu.Lock()
		place, found := s.cursor(r)
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
		envelope := s.turn(r.URL.Query().Get("cursor"), place, rows, size, stuck)
		s.mu.Unlock()
		envelope.Results = tampered(s, r, envelope.Results)
		reply(w, r, envelope)
	}
}

// cursor finds the place that a call asks for; a new one where it names none. The lock is held.
func (s *Simulator) cursor(r *http.Request) (*cursor, bool) {
	asked := r.URL.Query()
	name, now := asked.Get("cursor"), s.now()
	if name == "" {
		return &cursor{path: r.URL.Path, filter: asked.Get("df"), expires: now.Add(cursorLifetime)}, true
	}
	place := s.cursors[name]
	if place == nil || place.path != r.URL.Path || now.After(place.expires) {
		delete(s.cursors, name)
		return nil, false
	}
	if place.filter != asked.Get("df") {
		lab.Violate(r.Context(), "df changed between two pages")
	}
	return place, true
}

// reportJSON is the envelope of a report.
type reportJSON struct {
	Cursor  *cursorJSON `json:"cursor,omitempty"`
	Results []any       `json:"results"`
}

// turn cuts the next page and moves the cursor on; the lock is held.
func (s *Simulator) turn(name string, place *cursor, rows []any, size int, stuck bool) reportJSON {
	start := min(place.offset, len(rows))
	end := min(start+size, len(rows))
	if name == "" && end == len(rows) {
		return reportJSON{Results: rows[start:end]}
	}
	if name == "" {
		name = newUID()
		s.cursors[name] = place
	}
	if !stuck {
		place.offset = end
	}
	if start == end {
		delete(s.cursors, name)
		return reportJSON{Results: []any{}}
	}
	return reportJSON{
		Cursor:  &cursorJSON{Name: name, Offset: start, Count: end - start, Expires: seconds{place.expires}},
		Results: rows[start:end],
	}
}

// pageSize reads a page size and clamps it.
func pageSize(w http.ResponseWriter, r *http.Request, fallback, least, most int) (int, bool) {
	text := r.URL.Query().Get("pageSize")
	if text == "" {
		return fallback, true
	}
	size, err := strconv.ParseInt(text, 10, 32)
	if err != nil || size <= 0 {
		badParameter(w, r, "pageSize", "must be a positive int32")
		return 0, false
	}
	return min(max(int(size), least), most), true
}

// loggedOnUser is a row of the report of last logons; devices that nobody used have none.
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
