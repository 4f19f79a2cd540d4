package accelo

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// Accelo's default is 10, its maximum 100 (contract accelo 4.1).
	pageSize = 100
	// Ids in one filter: few enough that the address stays well below 8 KiB.
	maxIDsInFilter = 200
)

// query is what a read asks for. Free text goes into search alone: nothing escapes a parenthesis or a comma inside
// _filters (contract accelo 4.5), so those are built from numbers and enumerated words.
type query struct {
	fields  string
	filters *filters
	search  string
	limit   int // 0: the call takes no paging
	page    int
}

func (q query) encode() string {
	values := url.Values{}
	if q.fields != "" {
		values.Set("_fields", q.fields)
	}
	if text := q.filters.String(); text != "" {
		values.Set("_filters", text)
	}
	if q.search != "" {
		values.Set("_search", q.search)
	}
	if q.limit > 0 {
		values.Set("_limit", strconv.Itoa(q.limit))
	}
	if q.page > 0 {
		values.Set("_page", strconv.Itoa(q.page))
	}
	return values.Encode()
}

// filters builds a _filters parameter (contract accelo 4.3). The first fault sticks and is told by err.
type filters struct {
	names []string
	items []string
	err   error
}

// enumerated is the shape of the words Accelo enumerates: standings, object types, media.
var enumerated = regexp.MustCompile(`^[a-z][a-z_]{0,39}$`)

func where() *filters { return &filters{} }

// String is the parameter; empty for none.
func (f *filters) String() string {
	if f == nil || f.err != nil {
		return ""
	}
	return strings.Join(f.items, ",")
}

func (f *filters) fault() error {
	if f == nil {
		return nil
	}
	return f.err
}

// copy lets a page add its own item.
func (f *filters) copy() *filters {
	if f == nil {
		return where()
	}
	return &filters{names: slices.Clone(f.names), items: slices.Clone(f.items), err: f.err}
}

// ids keeps objects whose field is one of these ids.
func (f *filters) ids(name string, ids ...ID) *filters {
	values := make([]string, len(ids))
	for i, id := range ids {
		if id < 0 {
			return f.fail("%s: %d is no id", name, id)
		}
		values[i] = id.String()
	}
	return f.add(name, values)
}

// words keeps objects whose field is one of these enumerated words.
func (f *filters) words(name string, words ...string) *filters {
	for _, word := range words {
		if !enumerated.MatchString(word) {
			return f.fail("%s: %q is not one of Accelo's words", name, word)
		}
	}
	return f.add(name, words)
}

// object keeps objects that belong to this one, as in against(company(39)).
func (f *filters) object(name, objType string, id ID) *filters {
	if !enumerated.MatchString(objType) || id <= 0 {
		return f.fail("%s: %q %d is no object", name, objType, id)
	}
	return f.add(name, []string{objType + "(" + id.String() + ")"})
}

// after keeps objects whose date is strictly later.
func (f *filters) after(field string, moment time.Time) *filters {
	return f.add(field+"_after", []string{strconv.FormatInt(moment.Unix(), 10)})
}

// above keeps objects with a greater id.
func (f *filters) above(id ID) *filters {
	if id == 0 {
		return f
	}
	return f.ids("id_greater_than", id)
}

func (f *filters) ascending(field string) *filters { return f.add("order_by_asc", []string{field}) }

func (f *filters) descending(field string) *filters { return f.add("order_by_desc", []string{field}) }

// add appends an item. Of two equal filters Accelo heeds the last one alone (contract accelo 4.3), and a filter without
// a value filters nothing: both are faults.
func (f *filters) add(name string, values []string) *filters {
	switch {
	case len(values) == 0:
		return f.fail("%s: no value", name)
	case len(values) > maxIDsInFilter:
		return f.fail("%s: more than %d values", name, maxIDsInFilter)
	case slices.Contains(f.names, name):
		return f.fail("%s: given twice", name)
	}
	f.names = append(f.names, name)
	f.items = append(f.items, name+"("+strings.Join(values, ",")+")")
	return f
}

func (f *filters) fail(format string, args ...any) *filters {
	if f.err == nil {
		f.err = fmt.Errorf("accelo: filter %s: %w", fmt.Sprintf(format, args...), ErrInvalid)
	}
	return f
}
