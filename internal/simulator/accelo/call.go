package accelo

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"ninjaone-accelo/internal/simulator/lab"
)

// call is one authenticated call of an endpoint.
type call struct {
	*view
	sim      *Simulator
	request  *http.Request
	envelope envelope
	caller   token
	p        params
	asks     []ask
	// fieldsChecked is set once the names in asks have been checked.
	fieldsChecked bool
	// shift moves the start of a page, to simulate a list that changes between two pages.
	shift int
}

// pathID returns an ID from the path; the router has checked that it is a number.
func (c *call) pathID(name string) int64 {
	id, _ := parseID(c.request.PathValue(name))
	return id
}

// violate records that the caller relies on something Accelo silently accepts.
func (c *call) violate(detail string) { lab.RecordViolation(c.request.Context(), detail) }

// accepts records parameters of a write that the endpoint ignores as violations.
func (c *call) accepts(names ...string) {
	known := make(map[string]bool, len(names))
	for _, name := range names {
		known[name] = true
	}
	for _, name := range c.p.names() {
		if !known[name] && !strings.HasPrefix(name, "_") && !strings.Contains(name, ".") {
			c.violate("the parameter " + name + " is not documented here and is ignored")
		}
	}
}

// show renders a row with the fields that the caller asked for.
func show[T any](c *call, s *schema[T], row *T) object {
	s.noteUnknown(c)
	return render(c.view, row, s.pick(c.asks, c.p.on("_hide_defaults")))
}

// noteUnknown records names in `_fields` that the object does not have. Accelo ignores them, so the value just seems to
// be missing.
func (s *schema[T]) noteUnknown(c *call) {
	if c.fieldsChecked {
		return
	}
	c.fieldsChecked = true
	for _, a := range c.asks {
		known := slices.ContainsFunc(s.fields, func(f field[T]) bool { return f.name == a.name })
		if !known && a.name != "_ALL" {
			c.violate("the object has no field " + a.name)
		}
	}
}

// find returns a row that the caller may read, or the refusal for a missing one.
func (s *schema[T]) find(c *call, id int64) (*T, error) {
	row := s.rows(c.world).read(id, c.nowMillis)
	if row == nil || s.hidden != nil && s.hidden(c.view, row) {
		return nil, missing()
	}
	return row, nil
}

// one serves GET of one object.
func one[T any](s *schema[T]) handler {
	return func(c *call) (any, error) {
		row, err := s.find(c, c.pathID("id"))
		if err != nil {
			return nil, err
		}
		return show(c, s, row), nil
	}
}

// scope narrows a list to the object named in the path.
type scope[T any] func(c *call) (condition[T], error)

// many serves GET of a list.
func many[T any](s *schema[T], narrow scope[T], orders ...func(x, y *T) int) handler {
	return func(c *call) (any, error) {
		rows, err := listed(c, s, narrow, orders...)
		if err != nil {
			return nil, err
		}
		s.noteUnknown(c)
		chosen := s.pick(c.asks, c.p.on("_hide_defaults"))
		out := make(list, len(rows))
		for i, row := range rows {
			out[i] = render(c.view, row, chosen)
		}
		return out, nil
	}
}

// listed returns the rows of one page.
func listed[T any](c *call, s *schema[T], narrow scope[T], orders ...func(x, y *T) int) ([]*T, error) {
	match, err := matchingIn(c, s, narrow)
	if err != nil {
		return nil, err
	}
	want, err := pageOf(c.p)
	if err != nil {
		return nil, err
	}
	if want.offset > 0 {
		want.offset = max(0, want.offset+c.shift)
	}
	if c.switches.ModestLimit && want.limit > modestLimit {
		return nil, invalid("_limit must not be over %d.", modestLimit)
	}
	rows := s.rows(c.world).visible(c.nowMillis)
	switch {
	case len(orders) > 0:
		match.orders = orders
	case c.switches.OrderFilters == "refused" && len(match.orders) > 0:
		return nil, invalid("The list cannot be ordered.")
	case c.switches.OrderFilters == "ignored":
		match.orders, rows = nil, slices.Clone(rows)
		slices.Reverse(rows)
	}
	return tampered(c, match.run(rows, want)), nil
}

func matchingIn[T any](c *call, s *schema[T], narrow scope[T]) (filtered[T], error) {
	var within condition[T]
	if narrow != nil {
		var err error
		if within, err = narrow(c); err != nil {
			return filtered[T]{}, err
		}
	}
	return s.matching(c.view, c.p, within)
}

// counted serves GET of a count: an object that holds a string (accelo.md 4.6).
func counted[T any](s *schema[T], narrow scope[T]) handler {
	return func(c *call) (any, error) {
		match, err := matchingIn(c, s, narrow)
		if err != nil {
			return nil, err
		}
		n := match.count(s.rows(c.world).visible(c.nowMillis))
		return object{{"count", strconv.Itoa(n)}}, nil
	}
}
