package accelo

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// handler answers one endpoint with a payload; its error is a *refusal.
type handler func(c *call) (any, error)

// route is one endpoint below /api/v0. In a pattern `#` stands for a numeric id and `*` for any word.
type route struct {
	method  string
	pattern string
	handle  handler
	// unlocked handlers take the world's lock themselves, as they wait for someone else.
	unlocked bool
	// beyond marks calls that only exist beyond the documentation (contract accelo-beyond-docs).
	beyond bool
}

func get(pattern string, h handler) route {
	return route{method: http.MethodGet, pattern: pattern, handle: h}
}

func post(pattern string, h handler) route {
	return route{method: http.MethodPost, pattern: pattern, handle: h}
}

func put(pattern string, h handler) route {
	return route{method: http.MethodPut, pattern: pattern, handle: h}
}

func del(pattern string, h handler) route {
	return route{method: http.MethodDelete, pattern: pattern, handle: h}
}

func beyondDocs(r route) route {
	r.beyond = true
	return r
}

// router finds routes by method, first segment and number of segments.
type router map[string][]compiledRoute

type compiledRoute struct {
	route
	segments []string
}

func newRouter(groups ...[]route) router {
	routes := router{}
	for _, group := range groups {
		for _, r := range group {
			segments := strings.Split(r.pattern, "/")
			key := routeKey(r.method, segments)
			routes[key] = append(routes[key], compiledRoute{route: r, segments: segments})
		}
	}
	return routes
}

func routeKey(method string, segments []string) string {
	return method + " " + segments[0] + " " + strconv.Itoa(len(segments))
}

// find returns the route of a path and what its wildcards hold.
func (rt router) find(method string, segments []string, mode Mode) (*route, []int64, string, bool) {
	candidates := rt[routeKey(method, segments)]
	for i := range candidates {
		candidate := &candidates[i]
		if candidate.beyond && mode == ModeDocumented {
			continue
		}
		if ids, word, ok := candidate.match(segments); ok {
			return &candidate.route, ids, word, true
		}
	}
	return nil, nil, "", false
}

func (r *compiledRoute) match(segments []string) (ids []int64, word string, ok bool) {
	for i, want := range r.segments {
		switch want {
		case "#":
			id, err := strconv.ParseInt(segments[i], 10, 64)
			if err != nil || id < 0 {
				return nil, "", false
			}
			ids = append(ids, id)
		case "*":
			word = segments[i]
		case segments[i]:
		default:
			return nil, "", false
		}
	}
	return ids, word, true
}

// call is one call of an endpoint.
type call struct {
	*view
	sim     *Simulator
	request *http.Request
	caller  token
	p       params
	method  string
	// ids are the numbers in the path, word is its other wildcard.
	ids  []int64
	word string
	asks []ask
	// noted is set once the names in asks were checked.
	noted bool
	// shift moves the start of a page, to play a list that changes between two pages.
	shift int
}

// id is the n-th number of the path.
func (c *call) id(n int) int64 { return c.ids[n] }

// show writes a row with the fields that the caller asked for.
func show[T any](c *call, s *schema[T], row *T) object {
	s.noteUnknown(c)
	return render(c.view, row, s.pick(c.asks, c.p.on("_hide_defaults")))
}

// noteUnknown records the names in `_fields` that the object does not have: Accelo ignores them, which looks like a lost
// value to the caller.
func (s *schema[T]) noteUnknown(c *call) {
	if c.noted {
		return
	}
	c.noted = true
	for _, a := range c.asks {
		known := slices.ContainsFunc(s.fields, func(f field[T]) bool { return f.name == a.name })
		if !known && a.name != "_ALL" {
			c.violate("the object has no field " + a.name)
		}
	}
}

// find returns the row of a table that a caller may read, or the refusal for a missing one.
func (s *schema[T]) find(c *call, id int64) (*T, error) {
	row := s.rows(c.world).read(id, c.nowMillis)
	if row == nil || s.hidden != nil && s.hidden(c.view, row) {
		return nil, missing()
	}
	return row, nil
}

// one answers GET of one object.
func one[T any](s *schema[T]) handler {
	return func(c *call) (any, error) {
		row, err := s.find(c, c.id(0))
		if err != nil {
			return nil, err
		}
		return show(c, s, row), nil
	}
}

// scope narrows a list to the object named in the path.
type scope[T any] func(c *call) (condition[T], error)

// many answers GET of a list.
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
	if len(orders) > 0 {
		match.orders = orders
	}
	return match.run(s.rows(c.world).visible(c.nowMillis), want), nil
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

// counted answers GET of a count: an object with a text (contract 4.6).
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
