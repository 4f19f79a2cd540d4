package accelo

import (
	"slices"
	"strings"
)

// filtered is a compiled `_filters` parameter.
type filtered[T any] struct {
	match  []condition[T]
	orders []func(x, y *T) int
}

// compile compiles filters, which are joined by AND. Of repeated filters only the last one counts (accelo.md 4.3).
func (s *schema[T]) compile(nodes []node) (filtered[T], error) {
	var out filtered[T]
	if countAnd(nodes) > 1 {
		return out, invalid("Only one _AND is supported in _filters.")
	}
	for _, n := range lastOfEach(nodes) {
		if descending := n.name == "order_by_desc"; descending || n.name == "order_by_asc" {
			orders, err := s.ordersOf(n, descending)
			if err != nil {
				return out, err
			}
			out.orders = append(out.orders, orders...)
			continue
		}
		match, err := s.condition(n, false, false)
		if err != nil {
			return out, err
		}
		out.match = append(out.match, match)
	}
	return out, nil
}

func countAnd(nodes []node) int {
	count := 0
	for _, n := range nodes {
		if n.name == "_AND" {
			count++
		}
		count += countAnd(n.args)
	}
	return count
}

// lastOfEach keeps the last item of each name.
func lastOfEach(nodes []node) []node {
	last := make(map[string]int, len(nodes))
	for i, n := range nodes {
		last[n.name] = i
	}
	kept := make([]node, 0, len(nodes))
	for i, n := range nodes {
		if last[n.name] == i {
			kept = append(kept, n)
		}
	}
	return kept
}

func (s *schema[T]) ordersOf(n node, descending bool) ([]func(x, y *T) int, error) {
	orders := make([]func(x, y *T) int, 0, len(n.args))
	for _, arg := range n.args {
		a, ok := s.orders[arg.name]
		if !ok || arg.call {
			return nil, invalid("The order %q is not supported.", arg.name)
		}
		if descending {
			orders = append(orders, func(x, y *T) int { return a.order(y, x) })
		} else {
			orders = append(orders, a.order)
		}
	}
	if len(orders) == 0 {
		return nil, invalid("%s needs a field.", n.name)
	}
	return orders, nil
}

// condition compiles one item.
func (s *schema[T]) condition(n node, inOr, inAnd bool) (condition[T], error) {
	if !n.call {
		return nil, invalid("The filter %q has no values.", n.name)
	}
	switch n.name {
	case "_OR", "_AND":
		return s.group(n, inOr, inAnd)
	case "search":
		if len(n.args) == 0 {
			return nil, invalid("search() needs a word.")
		}
		words, err := valuesOf(n)
		if err != nil {
			return nil, err
		}
		return s.searched(words)
	case "empty":
		return s.emptyCondition(n)
	}
	if get, ok := s.objects[n.name]; ok {
		return objectCondition(n, get)
	}
	if base, ok := strings.CutSuffix(n.name, "_not"); ok && s.objects[base] != nil {
		match, err := objectCondition(n, s.objects[base])
		return negate(match), err
	}
	return s.valueCondition(n)
}

// group compiles _AND, or _OR, which may contain one _AND.
func (s *schema[T]) group(n node, inOr, inAnd bool) (condition[T], error) {
	or := n.name == "_OR"
	if or && (inOr || inAnd) {
		return nil, invalid("A nested _OR is not supported.")
	}
	if len(n.args) == 0 {
		return nil, invalid("%s is empty.", n.name)
	}
	var parts []condition[T]
	for _, arg := range lastOfEach(n.args) {
		part, err := s.condition(arg, inOr || or, inAnd || !or)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return func(row *T) bool {
		for _, part := range parts {
			if part(row) == or {
				return or
			}
		}
		return !or
	}, nil
}

func (s *schema[T]) emptyCondition(n node) (condition[T], error) {
	values, err := valuesOf(n)
	if err != nil || len(values) != 1 {
		return nil, invalid("empty() takes one field.")
	}
	if get, ok := s.dates[values[0]]; ok {
		return byNumber(get).empty, nil
	}
	if a, ok := s.basic[values[0]]; ok {
		return a.empty, nil
	}
	return nil, invalid("empty(%s) is not supported.", values[0])
}

// valueCondition compiles an item that compares a property with values.
func (s *schema[T]) valueCondition(n node) (condition[T], error) {
	values, err := valuesOf(n)
	if err != nil {
		return nil, err
	}
	if len(values) == 0 {
		return nil, invalid("The filter %q has no values.", n.name)
	}
	if a, ok := s.basic[n.name]; ok {
		return a.isOneOf(n.name, values)
	}
	if base, ok := strings.CutSuffix(n.name, "_not"); ok {
		if a, ok := s.basic[base]; ok {
			match, err := a.isOneOf(n.name, values)
			return negate(match), err
		}
	}
	for _, c := range comparisons {
		base, ok := strings.CutSuffix(n.name, c.suffix)
		if !ok {
			continue
		}
		if c.date && s.dates[base] != nil {
			return oneValue(n.name, values, byNumber(s.dates[base]), c.holds)
		}
		if a, ok := s.ranges[base]; ok && !c.date {
			return oneValue(n.name, values, a, c.holds)
		}
	}
	return nil, invalid("The filter %q is not supported.", n.name)
}

// comparisons lists the suffixes of date and range filters.
var comparisons = []struct {
	suffix string
	date   bool
	holds  func(int) bool
}{
	{"_before", true, func(c int) bool { return c < 0 }},
	{"_after", true, func(c int) bool { return c > 0 }},
	{"_greater_than_or_equal", false, func(c int) bool { return c >= 0 }},
	{"_less_than_or_equal", false, func(c int) bool { return c <= 0 }},
	{"_greater_than", false, func(c int) bool { return c > 0 }},
	{"_less_than", false, func(c int) bool { return c < 0 }},
}

func oneValue[T any](name string, values []string, a attr[T], holds func(int) bool) (condition[T], error) {
	if len(values) != 1 {
		return nil, invalid("The filter %q takes one value.", name)
	}
	return a.compared(name, values[0], holds)
}

func negate[T any](match condition[T]) condition[T] {
	return func(row *T) bool { return !match(row) }
}

// objectCondition compiles against(company(1,2),job(3)).
func objectCondition[T any](n node, get func(*T) (string, int64)) (condition[T], error) {
	wanted := map[int64][]string{}
	for _, arg := range n.args {
		values, err := valuesOf(arg)
		if err != nil {
			return nil, err
		}
		if !arg.call || len(values) == 0 {
			return nil, invalid("The filter %q takes types with ids, such as %s(company(1)).", n.name, n.name)
		}
		ids, err := parseNumbers(n.name, values)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			wanted[id] = append(wanted[id], arg.name)
		}
	}
	if len(wanted) == 0 {
		return nil, invalid("The filter %q has no values.", n.name)
	}
	return func(row *T) bool {
		kind, id := get(row)
		kinds, ok := wanted[id]
		return ok && slices.Contains(kinds, kind)
	}, nil
}

// valuesOf returns the plain values of an item.
func valuesOf(n node) ([]string, error) {
	values := make([]string, 0, len(n.args))
	for _, arg := range n.args {
		if arg.call {
			return nil, invalid("The filter %q takes plain values.", n.name)
		}
		values = append(values, arg.name)
	}
	return values, nil
}
