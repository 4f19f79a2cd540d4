package accelo

import "slices"

// table holds the rows of one object type, sorted by ID. The world's lock guards it.
type table[T any] struct {
	id    func(*T) *int64
	rows  []*T
	byID  map[int64]*T
	next  int64
	stale map[int64]staleRow[T]
}

// staleRow is the old state of a row that readers see until a moment. A nil row does not exist yet.
type staleRow[T any] struct {
	row   *T
	until int64
}

// newTable returns an empty table that numbers its rows from first. Each table starts at a different number, so that tests
// notice an ID that is used for the wrong type of object.
func newTable[T any](first int64, id func(*T) *int64) table[T] {
	return table[T]{id: id, byID: map[int64]*T{}, next: first, stale: map[int64]staleRow[T]{}}
}

// add assigns the next ID to a row and stores it.
func (t *table[T]) add(row *T) *T {
	*t.id(row) = t.next
	t.byID[t.next] = row
	t.rows = append(t.rows, row)
	t.next++
	return row
}

// get returns the current state of a row, or nil.
func (t *table[T]) get(id int64) *T { return t.byID[id] }

func (t *table[T]) remove(id int64) {
	if _, ok := t.byID[id]; !ok {
		return
	}
	delete(t.byID, id)
	delete(t.stale, id)
	at, found := slices.BinarySearchFunc(t.rows, id, func(row *T, id int64) int { return int(*t.id(row) - id) })
	if found {
		// Allocate a new slice: a caller may still iterate over the old one.
		t.rows = slices.Concat(t.rows[:at], t.rows[at+1:])
	}
}

// lag makes readers see the previous state of a row (nil if it did not exist) until a moment in milliseconds. If an earlier
// lag is still active, its state stays, because readers have not seen the one in between.
func (t *table[T]) lag(id int64, before *T, now, until int64) {
	if until <= now {
		return
	}
	for other, old := range t.stale {
		if old.until <= now {
			delete(t.stale, other)
		}
	}
	if old, ok := t.stale[id]; ok {
		before = old.row
	}
	t.stale[id] = staleRow[T]{row: before, until: until}
}

// read returns a row as readers see it at a moment, or nil.
func (t *table[T]) read(id, now int64) *T {
	if old, ok := t.stale[id]; ok && old.until > now {
		return old.row
	}
	return t.byID[id]
}

// visible returns all rows as readers see them at a moment. The caller must not modify the slice.
func (t *table[T]) visible(now int64) []*T {
	lagging := false
	for _, old := range t.stale {
		lagging = lagging || old.until > now
	}
	if !lagging {
		return t.rows
	}
	seen := make([]*T, 0, len(t.rows))
	for _, row := range t.rows {
		if row = t.read(*t.id(row), now); row != nil {
			seen = append(seen, row)
		}
	}
	return seen
}

// copies returns a copy of every row.
func (t *table[T]) copies() []T {
	all := make([]T, len(t.rows))
	for i, row := range t.rows {
		all[i] = *row
	}
	return all
}
