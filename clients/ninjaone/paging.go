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

// keyed is a record with an ID that lists are paged by.
type keyed interface{ key() int }

// keysetQuery returns the parameters for the page after an ID (ninjaone.md 3.1).
func keysetQuery(filter url.Values, pageSize, after int) url.Values {
	query := url.Values{"pageSize": {strconv.Itoa(pageSize)}}
	maps.Copy(query, filter)
	if after > 0 {
		query.Set("after", strconv.Itoa(after))
	}
	return query
}

// keysetPages yields the non-empty pages of a list until the first error (ninjaone.md 3.1). It continues after the largest
// ID of each page, drops rows that it has already yielded, and stops if a page is short or has no larger ID.
func keysetPages[T keyed](ctx context.Context, c *Client, call apiCall, filter url.Values, after int) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		for after := after; ; {
			rows, err := readList[T](ctx, c, call, keysetQuery(filter, c.pageSize, after))
			if err != nil {
				yield(nil, err)
				return
			}
			page, last, err := rowsAfter(call, rows, after)
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

// rowsAfter returns the rows with IDs above after, in ascending order and without duplicates, and the largest ID. A row
// without an ID is an error, because skipping it would hide a record.
func rowsAfter[T keyed](call apiCall, rows []T, after int) ([]T, int, error) {
	page := make([]T, 0, len(rows))
	last := after
	for _, row := range rows {
		if row.key() <= 0 {
			return nil, 0, call.unreadable(fmt.Errorf("a row has the ID %d", row.key()))
		}
		if row.key() > after {
			page = append(page, row)
			last = max(last, row.key())
		}
	}
	slices.SortStableFunc(page, func(a, b T) int { return cmp.Compare(a.key(), b.key()) })
	page = slices.CompactFunc(page, func(a, b T) bool { return a.key() == b.key() })
	return page, last, nil
}
