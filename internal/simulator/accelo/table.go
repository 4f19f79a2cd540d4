package accelo

import "slices"

// table holds the rows of one object type in ascending order of id. It is guarded by the world's lock.
type table[T any] struct {
	id    func(*T) *int64
	rows  []*T
	byID  map[int64]*T
	next  int64
	stale map[int64]staleRow[T]
}

// staleRow is how a row still reads until a moment has come; a nil row does not exist yet.
type staleRow[T any] struct {
	row   *T
	until int64
}

// newTable makes an empty table that numbers its rows from first. Tables start at different numbers so that an id used for
// the wrong object is noticed.
func newTable[T any](first int64, id func(*T) *int64) table[T] {
	return table[T]{id: id, byID: map[int64]*T{}, next: first, stale: map[int64]staleRow[T]{}}
}

// add numbers a row and stores it.
func (t *table[T]) add(row *T) *T {
	*t.id(row) = t.next
	t.byID[t.next] = row
	t.rows = append(t.rows, row)
	t.next++
	return row
}

// get returns a row as it is now, nil when there is none.
func (t *table[T]) get(id int64) *T { return t.byID[id] }

func (t *table[T]) remove(id int64) {
	if _, ok := t.byID[id]; !ok {
		return
	}
	delete(t.byID, id)
	delete(t.stale, id)
	at, found := slices.BinarySearchFunc(t.rows, id, func(row *T, id int64) int { return int(*t.id(row) - id) })
	if found {
		// A fresh slice, as a reader may still walk the old one.
		t.rows = slices.Concat(t.rows[:at], t.rows[at+1:])
	}
}

// lag keeps what readers see of a row as it was before (nil: not there) until a moment on the world's clock, in
// milliseconds. An older lag that has not passed stays, as readers have not seen the state in between.
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

// read returns a row as readers see it at a moment, nil when they see none.
func (t *table[T]) read(id, now int64) *T {
	if old, ok := t.stale[id]; ok && old.until > now {
		return old.row
	}
	return t.byID[id]
}

// visible returns all rows as readers see them at a moment. The caller must not change the slice.
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
