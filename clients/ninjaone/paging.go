package ninjaone

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strconv"
)

// list fetches one bare array.
func list[T any](ctx context.Context, c *Client, r request, query url.Values) ([]T, error) {
	var rows []T
	r.query = query
	if err := c.do(ctx, r, &rows); err != nil {
		return nil, err
	}
	return rows, nil
}

// keysetQuery asks for the page after an id (contract ninjaone 3.1).
func keysetQuery(filter url.Values, pageSize, after int) url.Values {
	query := url.Values{"pageSize": {strconv.Itoa(pageSize)}}
	maps.Copy(query, filter)
	if after > 0 {
		query.Set("after", strconv.Itoa(after))
	}
	return query
}

// keyset walks a list by the defensive rules of contract ninjaone 3.1: it goes on after the largest id of a page, drops
// rows that it has seen, and ends on a page that is short or brings no larger id. No yielded page is empty.
func keyset[T any](ctx context.Context, c *Client, r request, filter url.Values, after int, id func(T) int) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		for after := after; ; {
			rows, err := list[T](ctx, c, r, keysetQuery(filter, c.pageSize, after))
			if err != nil {
				yield(nil, err)
				return
			}
			page, last, err := fresh(r, rows, after, id)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(page) > 0 && !yield(page, nil) {
				return
			}
			if len(rows) < c.pageSize || last <= after {
				return
			}
			after = last
		}
	}
}

// fresh returns the rows beyond an id in ascending order, each once, and the largest id. A row without an id is an
// error: it could not be told from others, and leaving it out would hide it.
func fresh[T any](r request, rows []T, after int, id func(T) int) ([]T, int, error) {
	page := make([]T, 0, len(rows))
	last := after
	for _, row := range rows {
		if id(row) <= 0 {
			return nil, 0, r.unusable(fmt.Errorf("a row has the id %d", id(row)))
		}
		if id(row) > after {
			page = append(page, row)
			last = max(last, id(row))
		}
	}
	slices.SortStableFunc(page, func(a, b T) int { return cmp.Compare(id(a), id(b)) })
	page = slices.CompactFunc(page, func(a, b T) bool { return id(a) == id(b) })
	return page, last, nil
}

// failing is an iteration that ends with an error at once.
func failing[T any](err error) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) { yield(nil, err) }
}
