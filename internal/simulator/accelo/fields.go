package accelo

// ask is one item of `_fields`: a name. Parentheses after it ask for an object instead of an ID (accelo.md 4.2).
type ask struct {
	name     string
	expanded bool
	sub      []ask
}

// parseFields parses `a,b(c,d()),_ALL`.
func parseFields(text string) ([]ask, error) {
	nodes, err := parseNodes(text)
	if err != nil {
		return nil, err
	}
	return asksOf(nodes), nil
}

func asksOf(nodes []node) []ask {
	asks := make([]ask, 0, len(nodes))
	for _, n := range nodes {
		asks = append(asks, ask{name: n.name, expanded: n.call, sub: asksOf(n.args)})
	}
	return asks
}

// need says when a reply includes a field.
type need int

const (
	// byDefault fields are included unless `_hide_defaults` is set.
	byDefault need = iota
	// optional fields are included by name or by `_ALL`.
	optional
	// named fields are only included by name.
	named
)

// field is one field of an object type.
type field[T any] struct {
	name string
	need need
	// value returns the plain value, which for a link is the ID.
	value func(v *view, row *T) any
	// expand returns the object of `name(...)`; nil means that the field is not a link.
	expand func(v *view, row *T, sub []ask) any
}

// picked is a field that a reply includes.
type picked[T any] struct {
	*field[T]
	expanded bool
	sub      []ask
}

// pick returns the fields of a reply. Unknown names are ignored. If a name is repeated, its object form wins.
func (s *schema[T]) pick(asks []ask, hideDefaults bool) []picked[T] {
	all := false
	asked := make(map[string]ask, len(asks))
	for _, a := range asks {
		if a.name == "_ALL" {
			all = true
		} else if old, twice := asked[a.name]; !twice || !old.expanded {
			asked[a.name] = a
		}
	}
	chosen := make([]picked[T], 0, len(s.fields))
	for i := range s.fields {
		f := &s.fields[i]
		a, wanted := asked[f.name]
		switch {
		case wanted, f.need == byDefault && !hideDefaults, f.need == optional && all:
			chosen = append(chosen, picked[T]{field: f, expanded: a.expanded && f.expand != nil, sub: a.sub})
		}
	}
	return chosen
}

// render renders one row.
func render[T any](v *view, row *T, chosen []picked[T]) object {
	o := make(object, 0, len(chosen))
	for _, p := range chosen {
		if p.expanded {
			o = append(o, member{p.name, p.expand(v, row, p.sub)})
		} else {
			o = append(o, member{p.name, p.value(v, row)})
		}
	}
	return o
}

// nested renders a linked row with its default fields and the requested ones. A missing row is null.
func (s *schema[T]) nested(v *view, row *T, sub []ask) any {
	if row == nil {
		return nil
	}
	return render(v, row, s.pick(sub, false))
}

func str[T any](name string, n need, get func(*T) string) field[T] {
	return field[T]{name: name, need: n, value: func(v *view, row *T) any { return v.shown(get(row)) }}
}

func strOrNull[T any](name string, n need, get func(*T) string) field[T] {
	return field[T]{name: name, need: n, value: func(v *view, row *T) any { return orNull(v.shown(get(row))) }}
}

func num[T any](name string, n need, get func(*T) int64) field[T] {
	return field[T]{name: name, need: n, value: func(_ *view, row *T) any { return number(get(row)) }}
}

func day[T any](name string, n need, get func(*T) int64) field[T] {
	return field[T]{name: name, need: n, value: func(_ *view, row *T) any { return date(get(row)) }}
}

func yes[T any](name string, n need, get func(*T) bool) field[T] {
	return field[T]{name: name, need: n, value: func(_ *view, row *T) any { return flag(get(row)) }}
}

// constant is a field that the simulator does not store.
func constant[T any](name string, value any) field[T] {
	return field[T]{name: name, need: optional, value: func(*view, *T) any { return value }}
}

// link is an ID that `_fields` can expand to an object of another schema.
func link[T, U any](name string, get func(*T) int64, s *schema[U], rows func(*world) *table[U]) field[T] {
	return field[T]{
		name: name, need: optional,
		value: func(_ *view, row *T) any { return number(get(row)) },
		expand: func(v *view, row *T, sub []ask) any {
			return s.nested(v, rows(v.world).read(get(row), v.nowMillis), sub)
		},
	}
}
