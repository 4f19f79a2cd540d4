package store

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// fencedPool is the pool of a store. Every statement goes through it, so none can forget the pair that its context is bound to
// (see WithPair): with a pair that its connection has left, a statement fails with ErrFormerPair and has no effect. Statements of
// an unbound context pass as they are.
//
// The check travels in the same round trip and the same transaction as the statement. Before a write it locks the pair until the
// write has committed; after a read it proves that the pair was still there when the rows were read.
type fencedPool struct {
	pool *pgxpool.Pool
}

const (
	requirePair = `SELECT require_pair($1, $2)`
	checkPair   = `SELECT check_pair($1, $2)`
	// formerPairCode is the SQLSTATE that both functions raise.
	formerPairCode = "NA001"
)

// Exec runs a statement that writes.
func (p fencedPool) Exec(ctx context.Context, sql string, arguments ...any) (tag pgconn.CommandTag, err error) {
	pair, bound := PairFrom(ctx)
	if !bound {
		return p.pool.Exec(ctx, sql, arguments...)
	}
	batch := &pgx.Batch{}
	batch.Queue(requirePair, pair.Connection, pair.Number)
	batch.Queue(sql, arguments...).Exec(func(done pgconn.CommandTag) error {
		tag = done
		return nil
	})
	return tag, formerPair(p.pool.SendBatch(ctx, batch).Close())
}

// Query runs a statement that returns rows. The caller must close them.
func (p fencedPool) Query(ctx context.Context, sql string, arguments ...any) (pgx.Rows, error) {
	pair, bound := PairFrom(ctx)
	if !bound {
		return p.pool.Query(ctx, sql, arguments...)
	}
	results, err := p.send(ctx, pair, sql, arguments)
	if err != nil {
		return nil, err
	}
	rows, err := results.Query()
	fenced := &fencedRows{Rows: rows, results: results}
	if err != nil {
		fenced.Close()
		return fenced, formerPair(err)
	}
	return fenced, nil
}

// QueryRow runs a statement that returns one row.
func (p fencedPool) QueryRow(ctx context.Context, sql string, arguments ...any) pgx.Row {
	pair, bound := PairFrom(ctx)
	if !bound {
		return p.pool.QueryRow(ctx, sql, arguments...)
	}
	results, err := p.send(ctx, pair, sql, arguments)
	return fencedRow{results: results, err: err}
}

// send sends one statement together with its check. The next result is that of the statement.
func (p fencedPool) send(ctx context.Context, pair Pair, sql string, arguments []any) (pgx.BatchResults, error) {
	batch := &pgx.Batch{}
	if onlyReads(sql) {
		batch.Queue(sql, arguments...)
		batch.Queue(checkPair, pair.Connection, pair.Number)
		return p.pool.SendBatch(ctx, batch), nil
	}
	batch.Queue(requirePair, pair.Connection, pair.Number)
	batch.Queue(sql, arguments...)
	results := p.pool.SendBatch(ctx, batch)
	if _, err := results.Exec(); err != nil {
		_ = results.Close()
		return nil, formerPair(err)
	}
	return results, nil
}

// SendBatch sends statements with result functions. The caller must close the results, which runs these functions.
func (p fencedPool) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	pair, bound := PairFrom(ctx)
	if !bound {
		return p.pool.SendBatch(ctx, batch)
	}
	reads := true
	for _, query := range batch.QueuedQueries {
		reads = reads && onlyReads(query.SQL)
	}
	fenced := &pgx.Batch{}
	if !reads {
		fenced.Queue(requirePair, pair.Connection, pair.Number)
	}
	fenced.QueuedQueries = append(fenced.QueuedQueries, batch.QueuedQueries...)
	if reads {
		fenced.Queue(checkPair, pair.Connection, pair.Number)
	}
	return fencedResults{p.pool.SendBatch(ctx, fenced)}
}

// Begin begins a transaction. The pair stays locked until it ends.
func (p fencedPool) Begin(ctx context.Context) (pgx.Tx, error) {
	pair, bound := PairFrom(ctx)
	if !bound {
		return p.pool.Begin(ctx)
	}
	batch := &pgx.Batch{}
	batch.BeginTx(pgx.TxOptions{})
	batch.Queue(requirePair, pair.Connection, pair.Number)
	results := p.pool.SendBatch(ctx, batch)
	tx := results.Tx()
	err := results.Close()
	if err == nil {
		return tx, nil
	}
	if tx != nil {
		_ = tx.Rollback(context.WithoutCancel(ctx))
	}
	return nil, formerPair(err)
}

// Ping returns an error unless the database answers.
func (p fencedPool) Ping(ctx context.Context) error { return p.pool.Ping(ctx) }

// Close closes all connections.
func (p fencedPool) Close() { p.pool.Close() }

// onlyReads reports whether a statement changes nothing and takes no lock.
func onlyReads(sql string) bool {
	return strings.HasPrefix(strings.TrimSpace(sql), "SELECT") && !strings.Contains(sql, "FOR UPDATE") && !strings.Contains(sql, "_lock(")
}

// formerPair translates the error of both checks.
func formerPair(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == formerPairCode {
		return ErrFormerPair
	}
	return err
}

// fencedRows are the rows of a statement. They end with its check.
type fencedRows struct {
	pgx.Rows
	results pgx.BatchResults
	err     error
	closed  bool
}

// Next reads the next row. After the last one it closes the rows.
func (r *fencedRows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

// Close ends the reading and makes the check.
func (r *fencedRows) Close() {
	if r.closed {
		return
	}
	r.closed = true
	r.Rows.Close()
	r.err = formerPair(r.results.Close())
}

// Err returns why the rows are not to be used.
func (r *fencedRows) Err() error {
	if r.err != nil {
		return r.err
	}
	return formerPair(r.Rows.Err())
}

// fencedRow is the row of a statement.
type fencedRow struct {
	results pgx.BatchResults
	err     error
}

// Scan reads the row and makes the check.
func (r fencedRow) Scan(targets ...any) error {
	if r.err != nil {
		return r.err
	}
	scanned := r.results.QueryRow().Scan(targets...)
	if closed := formerPair(r.results.Close()); errors.Is(closed, ErrFormerPair) || scanned == nil {
		return closed
	}
	return scanned
}

// fencedResults are the results of a batch.
type fencedResults struct{ pgx.BatchResults }

// Close runs the result functions and makes the check.
func (r fencedResults) Close() error { return formerPair(r.BatchResults.Close()) }
