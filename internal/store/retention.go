package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// What has ended is removed after a while (design.md rule 13): reset alerts, closed incidents with their links and notes, imports, audit
// entries. What is still owed stays, whatever its age, and so does what later answers of NinjaOne have to be compared with.

// minNamed is the shortest time for which a named alert stays. It is longer than the interval in which names are stored.
const minNamed = 48 * time.Hour

// sweepWindow is how many rows one batch looks at.
const sweepWindow = 500

// Sweep says what is past its retention.
type Sweep struct {
	Connection string
	// Retention is how long what has ended stays.
	Retention time.Duration
	// ReopenWindow is how long a closed request may be reopened: its incident stays at least that long.
	ReopenWindow time.Duration
	// Pause is how long after a complete pass the next one begins.
	Pause time.Duration
}

// Swept is what one batch did.
type Swept struct {
	Removed int
	// Done means that the pass is complete, or that the next one is not due.
	Done bool
}

// sweepState is how far a connection's pass has come. It is stored with every batch, so that whoever runs the next one continues there.
type sweepState struct {
	// Step is the position in sweepSteps, At and ID those of the last row that was looked at.
	Step int        `json:"step,omitempty"`
	At   *time.Time `json:"at,omitempty"`
	ID   string     `json:"id,omitempty"`
	// FinishedAt is when the last pass was complete.
	FinishedAt *time.Time `json:"finished_at,omitempty"`
}

// sweepBatch is a sweep at a position, in the transaction of one batch.
type sweepBatch struct {
	Sweep

	tx pgx.Tx
	// before is the end of the retention, incidentBefore that of incidents and namedBefore that of named alerts; after and afterID are the
	// position.
	before, incidentBefore, namedBefore time.Time
	after                               time.Time
	afterID                             string
}

// sweepStep looks at the next rows of one kind, the oldest first. Last is the last row it looked at, nil if there are no more.
type sweepStep func(ctx context.Context, b sweepBatch) (last *sweepRow, removed int, err error)

// sweepRow is a row that a step looks at.
type sweepRow struct {
	ID string
	At time.Time
	// Ends means that it is to be removed.
	Ends bool
}

// sweepSteps are in this order because each frees what the next one removes.
func sweepSteps() []sweepStep {
	return []sweepStep{sweepResetAlerts, sweepHeldAlerts, sweepIncidents, sweepLinks, sweepHistory, sweepImports, sweepAudit}
}

// SweepBatch removes the next rows that are past their retention, in one short transaction. It looks at a bounded number of rows, and starts over
// once it has seen all of them and the pause is over.
func (s *Store) SweepBatch(ctx context.Context, sweep Sweep) (swept Swept, err error) {
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		if swept, err = sweepOnce(ctx, tx, sweep); err != nil || !swept.Done {
			return err
		}
		return compactCounts(ctx, tx, sweep.Connection)
	})
	if err != nil {
		return Swept{}, fmt.Errorf("remove what is past its retention from %s: %w", sweep.Connection, err)
	}
	return swept, nil
}

func sweepOnce(ctx context.Context, tx pgx.Tx, sweep Sweep) (swept Swept, err error) {
	if _, err := tx.Exec(ctx, ensureReconcileRow, sweep.Connection); err != nil {
		return swept, err
	}
	var state sweepState
	var now time.Time
	err = tx.QueryRow(ctx, `SELECT retention, now() FROM reconciles WHERE connection = $1 FOR UPDATE`, sweep.Connection).Scan(&state, &now)
	if errors.Is(err, pgx.ErrNoRows) { // the connection is gone
		return Swept{Done: true}, nil
	}
	if err != nil {
		return swept, err
	}
	if state.Step == 0 && state.At == nil && state.FinishedAt != nil && now.Before(state.FinishedAt.Add(sweep.Pause)) {
		return Swept{Done: true}, nil
	}
	if steps := sweepSteps(); state.Step < len(steps) {
		last, removed, err := steps[state.Step](ctx, newSweepBatch(sweep, tx, state, now))
		if err != nil {
			return swept, err
		}
		swept.Removed = removed
		state = state.next(last)
	}
	if swept.Done = state.Step >= len(sweepSteps()); swept.Done {
		state = sweepState{FinishedAt: &now}
	}
	_, err = tx.Exec(ctx, `UPDATE reconciles SET retention = $2 WHERE connection = $1`, sweep.Connection, state)
	return swept, err
}

func newSweepBatch(sweep Sweep, tx pgx.Tx, state sweepState, now time.Time) sweepBatch {
	b := sweepBatch{
		Sweep: sweep, tx: tx, before: now.Add(-sweep.Retention), incidentBefore: now.Add(-max(sweep.Retention, sweep.ReopenWindow)),
		namedBefore: now.Add(-max(sweep.Retention, minNamed)), afterID: state.ID,
	}
	if state.At != nil {
		b.after = *state.At
	}
	return b
}

// next is the state after a batch.
func (s sweepState) next(last *sweepRow) sweepState {
	if last == nil {
		return sweepState{Step: s.Step + 1, FinishedAt: s.FinishedAt}
	}
	return sweepState{Step: s.Step, At: &last.At, ID: last.ID, FinishedAt: s.FinishedAt}
}

// look reads the rows of a window: id, at and ends of each, the oldest first.
func (b sweepBatch) look(ctx context.Context, query string, arguments ...any) (ending []string, last *sweepRow, err error) {
	rows, err := b.tx.Query(ctx, query, arguments...)
	if err != nil {
		return nil, nil, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[sweepRow])
	if err != nil || len(list) == 0 {
		return nil, nil, err
	}
	for _, row := range list {
		if row.Ends {
			ending = append(ending, row.ID)
		}
	}
	return ending, &list[len(list)-1], nil
}

// remove runs a statement that deletes rows.
func (b sweepBatch) remove(ctx context.Context, statement string, arguments ...any) (int, error) {
	tag, err := b.tx.Exec(ctx, statement, arguments...)
	return int(tag.RowsAffected()), err
}
