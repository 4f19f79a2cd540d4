package accelo

import (
	"slices"
	"strconv"
	"strings"
)

// The page sizes of lists (accelo.md 4.1).
const (
	defaultLimit = 10
	maxLimit     = 100
	modestLimit  = 50
)

// page is the part of a list that a caller asks for.
type page struct{ offset, limit int }

// pageOf reads `_limit`, `_page` and `_offset`. `_page` overrides `_offset`. A limit over 100 is rejected (accelo.md 14).
func pageOf(p params) (page, error) {
	limit, err := smallNumber(p, "_limit", defaultLimit)
	if err != nil {
		return page{}, err
	}
	if limit > maxLimit {
		return page{}, invalid("_limit must not be over %d.", maxLimit)
	}
	offset, err := smallNumber(p, "_offset", 0)
	if err != nil {
		return page{}, err
	}
	number, err := smallNumber(p, "_page", 0)
	if err != nil {
		return page{}, err
	}
	if p.has("_page") {
		offset = number * limit
	}
	return page{offset: offset, limit: limit}, nil
}

func smallNumber(p params, name string, fallback int) (int, error) {
	if !p.has(name) {
		return fallback, nil
	}
	n, err := strconv.Atoi(p.get(name))
	if err != nil || n < 0 || n > 1<<31 {
		return 0, invalid("%s must be a non-negative number.", name)
	}
	return n, nil
}

// matching compiles the `_filters` and `_search` of a call, together with the endpoint's scope, which may be nil, and the
// rows that the caller may not see.
func (s *schema[T]) matching(v *view, p params, scope condition[T]) (filtered[T], error) {
	nodes, err := filterNodes(p)
	if err != nil {
		return filtered[T]{}, err
	}
	out, err := s.compile(nodes)
	if err != nil {
		return out, err
	}
	if p.has("_search") {
		if len(s.search) == 0 {
			return out, invalid("This resource cannot be searched.")
		}
		if words := strings.Fields(p.get("_search")); len(words) > 0 {
			match, err := s.searched(words)
			if err != nil {
				return out, err
			}
			out.match = append(out.match, match)
		}
	}
	if scope != nil {
		out.match = append(out.match, scope)
	}
	if s.hidden != nil {
		out.match = append(out.match, func(row *T) bool { return !s.hidden(v, row) })
	}
	return out, nil
}

func (f filtered[T]) matches(row *T) bool {
	for _, match := range f.match {
		if !match(row) {
			return false
		}
	}
	return true
}

// run returns one page of the matching rows. The rows are sorted by ID, so it stops after the page unless it has to sort.
func (f filtered[T]) run(rows []*T, want page) []*T {
	ordered := len(f.orders) > 0
	var found []*T
	skip := want.offset
	for _, row := range rows {
		if !ordered && len(found) == want.limit {
			return found
		}
		if !f.matches(row) {
			continue
		}
		if !ordered && skip > 0 {
			skip--
			continue
		}
		found = append(found, row)
	}
	if !ordered {
		return found
	}
	slices.SortStableFunc(found, func(x, y *T) int {
		for _, order := range f.orders {
			if c := order(x, y); c != 0 {
				return c
			}
		}
		return 0
	})
	from := min(want.offset, len(found))
	return found[from:min(from+want.limit, len(found))]
}

// count counts the matching rows.
func (f filtered[T]) count(rows []*T) int {
	n := 0
	for _, row := range rows {
		if f.matches(row) {
			n++
		}
	}
	return n
}
