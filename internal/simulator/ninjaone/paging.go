package ninjaone

import (
	"net/http"
	"strconv"

	"ninjaone-accelo/internal/simulator/lab"
)

// maxPage is the largest page size of a list (ninjaone.md 3.1, 10).
const maxPage = 1000

// window is the part of a list that a call asks for.
type window struct {
	after int
	// size is the page size; 0 means no limit.
	size int
}

// window reads pageSize and after, or replies with 400. A pageSize above the maximum is silently capped.
func (s *Simulator) window(w http.ResponseWriter, r *http.Request) (window, bool) {
	var asked window
	query := r.URL.Query()
	for name, target := range map[string]*int{"pageSize": &asked.size, "after": &asked.after} {
		if !query.Has(name) {
			continue
		}
		n, err := strconv.ParseInt(query.Get(name), 10, 32)
		if err != nil || n < 0 || name == "pageSize" && n == 0 {
			badParameter(w, r, name, "must be a positive int32")
			return window{}, false
		}
		*target = int(n)
	}
	if asked.size > 0 {
		asked.size = min(asked.size, maxPage)
		if limit := s.Switches().PageCap; limit > 0 {
			asked.size = min(asked.size, limit)
		}
	} else {
		lab.Note(r.Context(), "no pageSize")
	}
	if fault, hit := s.Lab.PickFault(r, faultListCapped); hit {
		limit := limitParam(fault, 100)
		if asked.size == 0 || asked.size > limit {
			asked.size = limit
		}
	}
	if _, hit := s.Lab.PickFault(r, faultCursorStuck); hit {
		asked.after = 0
	}
	return asked, true
}

// filter reads df, or replies with 400.
func (s *Simulator) filter(w http.ResponseWriter, r *http.Request) (filter, bool) {
	parsed, err := parseFilter(r.URL.Query().Get("df"))
	if err != nil {
		badParameter(w, r, "df", err.Error())
		return nil, false
	}
	return parsed, true
}

// page renders the matching items after an ID. The caller holds the lock.
func page[T, R any](list []*T, asked window, idOf func(*T) int, matches func(*T) bool, render func(*T) R) []R {
	rows := []R{}
	for _, item := range after(list, asked.after, idOf) {
		if asked.size > 0 && len(rows) == asked.size {
			break
		}
		if matches(item) {
			rows = append(rows, render(item))
		}
	}
	return rows
}
