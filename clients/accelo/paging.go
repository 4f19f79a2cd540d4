package accelo

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// Searches and lists of one object's children are short; more pages than this mean that paging does not work.
const maxPages = 1000

var errPaging = errors.New("paging makes no progress")

type keyed interface{ key() ID }

// ascendingPages reads a list by key: each page asks for the ids above the last one seen, so that records that appear or
// vanish meanwhile shift nothing. A page shorter than the limit is the last (contract accelo 4.1).
func ascendingPages[T keyed](ctx context.Context, c *Client, operation, path string, q query, after ID) iter.Seq2[[]T, error] {
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

// lastKey checks that ids rise from after on. Where they do not, the filter or the order was ignored, and going on would
// skip records or never end.
func lastKey[T keyed](operation string, page []T, after ID) (ID, error) {
	for _, item := range page {
		if item.key() <= after {
			return after, fmt.Errorf("accelo: %s: %w: id %d after %d", operation, errPaging, item.key(), after)
		}
		after = item.key()
	}
	return after, nil
}

// numberedPages reads a whole short list by page number, for searches and for lists that cannot filter by id.
func numberedPages[T keyed](ctx context.Context, c *Client, operation, path string, q query) ([]T, error) {
	return everyPage(operation, q, func(q query) ([]T, error) { return readList[T](ctx, c, operation, path, q) })
}

func everyPage[T keyed](operation string, q query, read func(query) ([]T, error)) ([]T, error) {
	q.limit = pageSize
	var all []T
	var first ID // of the page before
	for q.page = 0; q.page < maxPages; q.page++ {
		page, err := read(q)
		if err != nil {
			return nil, err
		}
		if len(page) > 0 {
			if page[0].key() == first {
				return nil, fmt.Errorf("accelo: %s: %w: page %d repeats the one before", operation, errPaging, q.page)
			}
			first = page[0].key()
		}
		all = append(all, page...)
		if len(page) < pageSize {
			return all, nil
		}
	}
	return nil, fmt.Errorf("accelo: %s: %w: more than %d pages", operation, errPaging, maxPages)
}

// listByID reads objects by their ids, a hundred a call.
func listByID[T keyed](ctx context.Context, c *Client, operation, path, fields string, ids []ID) ([]T, error) {
	var all []T
	for _, chunk := range chunksOfIDs(ids) {
		q := query{fields: fields, limit: pageSize, filters: where().ids("id", chunk...).ascending("id")}
		found, err := readList[T](ctx, c, operation, path, q)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// chunksOfIDs cuts ids, sorted and each once, into lists that fit one page.
func chunksOfIDs(ids []ID) [][]ID {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Collect(slices.Chunk(slices.Compact(ids), pageSize))
}
