package accelo

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// maxPages limits lists that are paged by number. They are short, so more pages mean that paging does not work.
const maxPages = 1000

var errPaging = errors.New("paging makes no progress")

// keyed is a record with an ID that lists are paged by.
type keyed interface{ key() ID }

// keysetPages yields the non-empty pages of a list until the first error. Each page holds the IDs above the last one, so that
// records created or deleted in the meantime shift nothing. A short page is the last (accelo.md 4.1).
func keysetPages[T keyed](ctx context.Context, c *Client, operation, path string, q query, after ID) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		q.limit = pageSize
		base := q.filters
		for after := after; ; {
			q.filters = base.copy().above(after).ascending("id")
			page, err := readList[T](ctx, c, operation, path, q)
			if err == nil {
				after, err = lastKey(operation, page, after)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if len(page) > 0 && !yield(page, nil) || len(page) < pageSize {
				return
			}
		}
	}
}

// ListCalls returns how many calls it takes to list this many objects in order of ID.
func ListCalls(objects int) int { return objects/pageSize + 1 }

// lastKey returns the largest ID of a page, which must ascend from after. Otherwise Accelo ignored the filter or the order,
// and continuing would skip records or never end.
func lastKey[T keyed](operation string, page []T, after ID) (ID, error) {
	for _, item := range page {
		if item.key() <= after {
			return after, fmt.Errorf("accelo: %s: %w: ID %d follows %d", operation, errPaging, item.key(), after)
		}
		after = item.key()
	}
	return after, nil
}

// numberedPages reads a whole list by page number, for searches and for lists without a filter on IDs.
func numberedPages[T keyed](ctx context.Context, c *Client, operation, path string, q query) ([]T, error) {
	return collectPages(operation, q, func(q query) ([]T, error) { return readList[T](ctx, c, operation, path, q) })
}

func collectPages[T keyed](operation string, q query, readPage func(query) ([]T, error)) ([]T, error) {
	q.limit = pageSize
	var all []T
	var previousFirst ID
	for q.page = 0; q.page < maxPages; q.page++ {
		page, err := readPage(q)
		if err != nil {
			return nil, err
		}
		if len(page) > 0 {
			if page[0].key() == previousFirst {
				return nil, fmt.Errorf("accelo: %s: %w: page %d repeats the previous one", operation, errPaging, q.page)
			}
			previousFirst = page[0].key()
		}
		all = append(all, page...)
		if len(page) < pageSize {
			return all, nil
		}
	}
	return nil, fmt.Errorf("accelo: %s: %w: more than %d pages", operation, errPaging, maxPages)
}

// readByID reads the records with these IDs that exist, in order of ID, with one call per hundred.
func readByID[T keyed](ctx context.Context, c *Client, operation, path, fields string, ids []ID) ([]T, error) {
	var all []T
	for _, chunk := range chunkIDs(ids) {
		q := query{fields: fields, limit: pageSize, filters: where().ids("id", chunk...).ascending("id")}
		found, err := readList[T](ctx, c, operation, path, q)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// chunkIDs sorts IDs, removes duplicates, and splits them so that each chunk fits on one page.
func chunkIDs(ids []ID) [][]ID {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Collect(slices.Chunk(slices.Compact(ids), pageSize))
}
