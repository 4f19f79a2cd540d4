package accelo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"ninjaone-accelo/clients/lenient"
)

// maxPages limits lists that are paged by number. They are short, so more pages mean that paging does not work.
const maxPages = 1000

var errPaging = errors.New("paging makes no progress")

// keyed is a record with an ID that lists are paged by.
type keyed interface{ key() ID }

// keysetPages yields the non-empty pages of a list until the first error. Each page holds the IDs above the last one, so that
// records created or deleted in the meantime shift nothing. Accelo may send fewer than it is asked for (accelo.md 4.1), so a page ends the list
// only if it is certainly the last. A deployment that orders lists in its own way is asked for the whole list first.
func keysetPages[T keyed](ctx context.Context, c *Client, operation, path string, q query, start ID) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		q.limit = pageSize
		base := q.filters
		for after := start; ; {
			q.filters = base.copy().above(after).ascending("id")
			page, rows, err := readPage[T](ctx, c, operation, path, q)
			end := c.pages.IsLast(operation, pageSize, rows)
			first := after
			if err == nil {
				after, err = lastKey(operation, page, after)
			}
			if errors.Is(err, errPaging) && first == start {
				sortedPages(ctx, c, operation, path, q, start, yield)
				return
			}
			if err == nil && len(page) == 0 && !end {
				err = fmt.Errorf("accelo: %s: %w: none of %d records has a readable ID", operation, errPaging, rows)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if len(page) > 0 && !yield(page, nil) || end {
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
	return collectPages(c, operation, q, func(q query) ([]T, int, error) { return readPage[T](ctx, c, operation, path, q) })
}

func collectPages[T keyed](c *Client, operation string, q query, read func(query) (page []T, rows int, err error)) ([]T, error) {
	q.limit = pageSize
	var all []T
	var previousFirst ID
	short := false // the page before was not full, so this one was asked for to be sure
	for q.page = 0; q.page < maxPages; q.page++ {
		page, rows, err := read(q)
		if short && IsInvalidRequest(err) { // there is no such page
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if len(page) > 0 {
			switch repeats := page[0].key() == previousFirst; {
			case repeats && short: // this list has no pages
				return all, nil
			case repeats:
				return nil, fmt.Errorf("accelo: %s: %w: page %d repeats the previous one", operation, errPaging, q.page)
			}
			previousFirst = page[0].key()
		}
		all = append(all, page...)
		if c.pages.IsLast(operation, pageSize, rows) {
			return all, nil
		}
		short = rows < pageSize
	}
	return nil, fmt.Errorf("accelo: %s: %w: more than %d pages", operation, errPaging, maxPages)
}

// sortedPages reads a whole list by page number and yields the records above an ID, if there are any, in order of ID.
func sortedPages[T keyed](ctx context.Context, c *Client, operation, path string, q query, start ID, yield func([]T, error) bool) {
	all, err := numberedPages[T](ctx, c, operation, path, q)
	if err != nil {
		yield(nil, err)
		return
	}
	all = slices.DeleteFunc(all, func(record T) bool { return record.key() <= start })
	slices.SortFunc(all, byKey[T])
	if all = slices.CompactFunc(all, func(a, b T) bool { return a.key() == b.key() }); len(all) > 0 {
		yield(all, nil)
	}
}

func byKey[T keyed](a, b T) int { return cmp.Compare(a.key(), b.key()) }

// readByID reads the records with these IDs that exist, in order of ID, with one call per hundred.
func readByID[T keyed](ctx context.Context, c *Client, operation, path, fields string, ids []ID) ([]T, error) {
	var all []T
	for _, chunk := range chunkIDs(ids) {
		found, err := readChunk(chunk, func(ids []ID) ([]T, error) {
			return readList[T](ctx, c, operation, path, query{fields: fields, limit: pageSize, filters: where().ids("id", ids...).ascending("id")})
		})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, byKey[T])
	return all, nil
}

// readChunk reads the records with these IDs, which fit on one page. A page that has some of them and is long may have been cut, so the others
// are asked for once more.
func readChunk[T keyed](chunk []ID, read func([]ID) ([]T, error)) (all []T, err error) {
	for {
		page, err := read(chunk)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		left := slices.DeleteFunc(slices.Clone(chunk), func(id ID) bool {
			return slices.ContainsFunc(page, func(record T) bool { return record.key() == id })
		})
		if len(left) == 0 || len(left) == len(chunk) || len(page) < lenient.SmallestPage {
			return all, nil
		}
		chunk = left
	}
}

// chunkIDs sorts IDs, removes duplicates, and splits them so that each chunk fits on one page.
func chunkIDs(ids []ID) [][]ID {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Collect(slices.Chunk(slices.Compact(ids), pageSize))
}
