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
	// pageSize is Accelo's maximum; its default is 10 (accelo.md 4.1).
	pageSize = 100
	// maxFilterValues keeps the address well below 8 KiB.
	maxFilterValues = 200
)

// query holds the parameters of a read. Free text is only allowed in search: nothing escapes a parenthesis or comma in
// _filters (accelo.md 4.5), so filters consist of numbers and enumerated words.
type query struct {
	fields  string
	filters *filters
	search  string
	limit   int // 0 for a call without paging
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

// filters builds a _filters parameter (accelo.md 4.3). It keeps the first error.
type filters struct {
	names []string
	items []string
	err   error
}

// enumerated is the form of Accelo's enumerated words, such as standings, object types and media.
var enumerated = regexp.MustCompile(`^[a-z][a-z_]{0,39}$`)

func where() *filters { return &filters{} }

// String returns the parameter, or "" if there are no filters or one is invalid.
func (f *filters) String() string {
	if f == nil || f.err != nil {
		return ""
	}
	return strings.Join(f.items, ",")
}

func (f *filters) check() error {
	if f == nil {
		return nil
	}
	return f.err
}

// copy returns filters that can be extended without changing f.
func (f *filters) copy() *filters {
	if f == nil {
		return where()
	}
	return &filters{names: slices.Clone(f.names), items: slices.Clone(f.items), err: f.err}
}

// ids selects objects whose field is one of these IDs.
func (f *filters) ids(name string, ids ...ID) *filters {
	values := make([]string, len(ids))
	for i, id := range ids {
		if id < 0 {
			return f.fail("%s: %d is not an ID", name, id)
		}
		values[i] = id.String()
	}
	return f.add(name, values)
}

// words selects objects whose field is one of these enumerated words.
func (f *filters) words(name string, words ...string) *filters {
	for _, word := range words {
		if !enumerated.MatchString(word) {
			return f.fail("%s: %q is not an enumerated word", name, word)
		}
	}
	return f.add(name, words)
}

// object selects objects that belong to this one, such as against(company(39)).
func (f *filters) object(name, objectType string, id ID) *filters {
	if !enumerated.MatchString(objectType) || id <= 0 {
		return f.fail("%s: %q %d is not an object", name, objectType, id)
	}
	return f.add(name, []string{objectType + "(" + id.String() + ")"})
}

// after selects objects whose date is strictly later.
func (f *filters) after(field string, moment time.Time) *filters {
	return f.add(field+"_after", []string{strconv.FormatInt(moment.Unix(), 10)})
}

// above selects objects with a greater ID; 0 selects all.
func (f *filters) above(id ID) *filters {
	if id == 0 {
		return f
	}
	return f.ids("id_greater_than", id)
}

func (f *filters) ascending(field string) *filters { return f.add("order_by_asc", []string{field}) }

func (f *filters) descending(field string) *filters { return f.add("order_by_desc", []string{field}) }

// add appends a filter. Accelo uses only the last of two filters with the same name (accelo.md 4.3), and a filter without
// values selects everything, so both are errors.
func (f *filters) add(name string, values []string) *filters {
	switch {
	case len(values) == 0:
		return f.fail("%s: no value", name)
	case len(values) > maxFilterValues:
		return f.fail("%s: more than %d values", name, maxFilterValues)
	case slices.Contains(f.names, name):
		return f.fail("%s: used twice", name)
	}
	f.names = append(f.names, name)
	f.items = append(f.items, name+"("+strings.Join(values, ",")+")")
	return f
}

func (f *filters) fail(format string, args ...any) *filters {
	if f.err == nil {
		f.err = fmt.Errorf("%w filter %s", ErrInvalid, fmt.Sprintf(format, args...))
	}
	return f
}
