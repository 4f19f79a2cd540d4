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

	"ninjaone-accelo/clients/lenient"
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
// ID of each page, drops rows that it has already yielded, and stops after a page that is certainly the last. A row without an ID is skipped;
// a page without any can't be continued.
func keysetPages[T keyed](ctx context.Context, c *Client, call apiCall, filter url.Values, after int) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		for after := after; ; {
			rows, err := readList[T](ctx, c, call, keysetQuery(filter, c.pageSize, after))
			if err != nil {
				yield(nil, err)
				return
			}
			end := c.pages.IsLast(call.operation, c.pageSize, len(rows))
			known := skip(ctx, c, call, rows, lacksID[T])
			if len(known) == 0 && !end {
				yield(nil, call.unreadable(fmt.Errorf("no row of a page of %d has a readable ID", len(rows))))
				return
			}
			page, last := rowsAfter(known, after)
			if len(page) > 0 && !yield(page, nil) || end || last <= after {
				return
			}
			after = last
		}
	}
}

// rowsAfter returns the rows with IDs above after, in ascending order and without duplicates, and the largest ID.
func rowsAfter[T keyed](rows []T, after int) ([]T, int) {
	page := make([]T, 0, len(rows))
	last := after
	for _, row := range rows {
		if row.key() > after {
			page = append(page, row)
			last = max(last, row.key())
		}
	}
	slices.SortStableFunc(page, func(a, b T) int { return cmp.Compare(a.key(), b.key()) })
	page = slices.CompactFunc(page, func(a, b T) bool { return a.key() == b.key() })
	return page, last
}

// skip leaves out the rows that lack what identifies them, and says how many it left out.
func skip[T any](ctx context.Context, c *Client, call apiCall, rows []T, lacks func(T) bool) []T {
	all := len(rows)
	rows = slices.DeleteFunc(rows, lacks)
	if count := all - len(rows); count > 0 {
		c.skipped(ctx, lenient.Skipped{Operation: call.operation, Records: count})
	}
	return rows
}

func lacksID[T keyed](row T) bool { return row.key() <= 0 }
