package accelo

import (
	"slices"
	"strings"
	"sync"
)

// modestLimit is the largest page that every deployment takes: Accelo's maximum was 50 before November 2020 (accelo.md 4.1).
const modestLimit = 50

// listForms learns in which form a deployment takes lists: it may refuse pages of more than 50, or to order a list. A form that a call was
// answered in is not doubted again. It is safe for concurrent use.
type listForms struct {
	mu           sync.Mutex
	limit, order formState
}

type formState int

const (
	untried formState = iota
	taken
	refused
)

// adapt returns a query in the form that the deployment is known to take.
func (f *listForms) adapt(q query) query {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.limit == refused {
		q = modest(q)
	}
	if f.order == refused {
		q = unordered(q)
	}
	return q
}

// others returns the forms to try of a query that the deployment refused.
func (f *listForms) others(q query) []query {
	f.mu.Lock()
	defer f.mu.Unlock()
	var forms []query
	long, ordered := q.limit > modestLimit && f.limit == untried, q.filters.isOrdered() && f.order == untried
	if long {
		forms = append(forms, modest(q))
	}
	if ordered {
		forms = append(forms, unordered(q))
	}
	if long && ordered {
		forms = append(forms, modest(unordered(q)))
	}
	return forms
}

// answered notes the form in which a query was answered. Asked is the form that the deployment had refused, or the same.
func (f *listForms) answered(asked, q query) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case q.limit > modestLimit:
		f.limit = taken
	case asked.limit > modestLimit && f.limit == untried:
		f.limit = refused
	}
	switch {
	case q.filters.isOrdered():
		f.order = taken
	case asked.filters.isOrdered() && f.order == untried:
		f.order = refused
	}
}

func modest(q query) query {
	q.limit = min(q.limit, modestLimit)
	return q
}

func unordered(q query) query {
	q.filters = q.filters.unordered()
	return q
}

const orderFilter = "order_by_"

func (f *filters) isOrdered() bool {
	return f != nil && slices.ContainsFunc(f.names, func(name string) bool { return strings.HasPrefix(name, orderFilter) })
}

// unordered returns the filters without an order. Lists are in order of ID by default (accelo.md 4.1).
func (f *filters) unordered() *filters {
	if !f.isOrdered() {
		return f
	}
	rest := &filters{err: f.err}
	for i, name := range f.names {
		if !strings.HasPrefix(name, orderFilter) {
			rest.names, rest.items = append(rest.names, name), append(rest.items, f.items[i])
		}
	}
	return rest
}
