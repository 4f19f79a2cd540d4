package simulation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/internal/store"
)

// database is a PostgreSQL database that lives use one after the other. It asks the current life for the time and for permission to
// run a statement. The lives share the store and its connections, which keep their plans.
type database struct {
	address string
	direct  *pgx.Conn
	store   *store.Store
	// empty are the statements that empty it.
	empty string
	life  atomic.Pointer[life]
	// clocks are the times that the connections know.
	clocks sync.Map
	// adopted are the connections that the current life uses, with the timers that they had before.
	adopted sync.Map
	// spoiled means that a life opened a connection. Its timers belong to that life, so no other may use it.
	spoiled atomic.Bool
}

// clock replaces PostgreSQL's clock. The product's tables are in the same schema, which comes before pg_catalog.
const clock = `CREATE SCHEMA sim;
CREATE FUNCTION sim.now() RETURNS timestamptz LANGUAGE sql STABLE AS
	$$ SELECT coalesce(nullif(current_setting('sim.now', true), '')::timestamptz, pg_catalog.clock_timestamp()) $$;
CREATE FUNCTION sim.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$ SELECT sim.now() $$;`

// openDatabase prepares an empty database. It must be called outside of any life.
func openDatabase(ctx context.Context, address string) (*database, error) {
	plain, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	query := plain.Query()
	query.Set("search_path", "sim,pg_catalog")
	// One plan for each statement, whatever ran before: a life is the same each time. Nothing is vacuumed behind its back.
	query.Set("plan_cache_mode", "force_generic_plan")
	query.Set("track_counts", "off")
	query.Set("track_activities", "off")
	query.Set("synchronous_commit", "off")
	plain.RawQuery = query.Encode()
	d := &database{address: plain.String()}
	if d.direct, err = pgx.Connect(ctx, d.address); err != nil {
		return nil, err
	}
	if _, err := d.direct.Exec(ctx, clock); err != nil {
		return nil, err
	}
	if err := d.open(ctx); err != nil {
		return nil, err
	}
	if err := d.direct.QueryRow(ctx, emptying).Scan(&d.empty); err != nil {
		return nil, err
	}
	_, err = d.direct.Exec(ctx, "SET session_replication_role = replica") // deletes need no triggers
	return d, err
}

// emptying returns the statements that empty all tables and start their sequences again. TRUNCATE would take many times as long,
// because it creates files and ends the plans of every connection.
const emptying = `SELECT concat(
	(SELECT string_agg(format('DELETE FROM %I;', tablename), '') FROM pg_tables WHERE schemaname = 'sim' AND tablename <> 'goose_db_version'),
	(SELECT string_agg(format('SELECT setval(%L, 1, false);', sequencename), '') FROM pg_sequences WHERE schemaname = 'sim' AND sequencename !~ '^goose'))`

const (
	poolSize = 24
	forever  = 1000 * time.Hour
)

// open opens the store and all connections of its pool. It must be called outside of any life.
func (d *database) open(ctx context.Context) (err error) {
	var filling atomic.Bool
	var all sync.WaitGroup
	all.Add(poolSize)
	d.spoiled.Store(false)
	d.store, err = store.Open(ctx, d.address, store.Options{Pool: func(config *pgxpool.Config) {
		config.ConnConfig.Tracer, config.MaxConns = d, poolSize
		config.MaxConnLifetime, config.MaxConnIdleTime, config.HealthCheckPeriod = forever, forever, forever
		config.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false }
		config.BeforeConnect = func(context.Context, *pgx.ConnConfig) error {
			if d.life.Load() != nil {
				d.spoiled.Store(true)
			}
			return nil
		}
		config.PrepareConn = func(_ context.Context, c *pgx.Conn) (bool, error) {
			d.adopt(c)
			if filling.Load() { // nobody gives a connection back until all are open
				all.Done()
				all.Wait()
			}
			return true, nil
		}
	}}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	filling.Store(true)
	defer filling.Store(false)
	var group errgroup.Group
	for range poolSize {
		group.Go(func() error { return d.store.Ping(ctx) })
	}
	return group.Wait()
}

// close ends the connections.
func (d *database) close(ctx context.Context) {
	d.store.Close()
	_ = d.direct.Close(ctx)
}

// reset prepares the database for the next life.
func (d *database) reset(ctx context.Context) error {
	if d.spoiled.Load() {
		if err := d.open(ctx); err != nil {
			return err
		}
	}
	_, err := d.direct.Exec(ctx, d.empty)
	return err
}

// errCrashed ends whatever a crashed worker still tries to do.
var errCrashed = errors.New("the worker crashed")

// TraceQueryStart implements pgx.QueryTracer.
func (d *database) TraceQueryStart(ctx context.Context, c *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	return d.before(ctx, c, data.SQL, data.Args)
}

// TraceQueryEnd implements pgx.QueryTracer.
func (d *database) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	d.after(ctx)
}

// TraceBatchStart implements pgx.BatchTracer.
func (d *database) TraceBatchStart(ctx context.Context, c *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	var values []any
	for _, query := range data.Batch.QueuedQueries {
		values = append(values, query.Arguments...)
	}
	return d.before(ctx, c, data.Batch.QueuedQueries[0].SQL, values)
}

// TraceBatchQuery implements pgx.BatchTracer.
func (d *database) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer.
func (d *database) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchEndData) {
	d.after(ctx)
}

type afterKey struct{}

// before waits until the life lets a statement run, and sets the database's clock. A transaction is one step: nothing else runs
// between its statements, which might wait for its locks.
func (d *database) before(ctx context.Context, c *pgx.Conn, sql string, values []any) context.Context {
	l, who := d.life.Load(), actorOf(ctx)
	if l == nil {
		return ctx
	}
	if c.PgConn().TxStatus() != 'I' {
		switch {
		case sql == "commit" || strings.HasPrefix(sql, "rollback"): // pgx gives up a connection that can't do this
			return context.WithoutCancel(ctx)
		case who != nil && who.broken:
			return canceled(ctx)
		}
		return ctx
	}
	then, err := l.statement(ctx, label(sql), text(values))
	if begins := strings.HasPrefix(sql, "begin"); begins {
		if ctx = context.WithoutCancel(ctx); who != nil {
			who.broken = err != nil
		}
	} else if err != nil {
		return canceled(ctx)
	}
	if now := time.Now(); d.known(c) != now {
		if _, err := c.PgConn().Exec(context.Background(), "SET sim.now = '"+now.UTC().Format("2006-01-02 15:04:05.999999")+"+00'").ReadAll(); err != nil {
			l.problemf("set the database's clock: %v", err)
		}
		d.clocks.Store(c, now)
	}
	if then != nil {
		return context.WithValue(ctx, afterKey{}, then)
	}
	return ctx
}

func canceled(ctx context.Context) context.Context {
	ended, cancel := context.WithCancelCause(ctx)
	cancel(errCrashed)
	return ended
}

func (d *database) known(c *pgx.Conn) time.Time {
	at, _ := d.clocks.Load(c)
	now, _ := at.(time.Time)
	return now
}

func (d *database) after(ctx context.Context) {
	if then, ok := ctx.Value(afterKey{}).(func()); ok {
		then()
	}
}

// text tells statements with the same label apart. Claims are random, so they can't.
func text(values []any) string {
	var all strings.Builder
	for _, value := range values {
		switch value.(type) {
		case uuid.UUID, []byte, *time.Time, time.Time:
		default:
			fmt.Fprintf(&all, "%v,", value)
		}
	}
	return all.String()
}

var labels sync.Map

// label names a statement in stories: what it does with which table.
func label(sql string) string {
	if known, ok := labels.Load(sql); ok {
		if text, ok := known.(string); ok {
			return text
		}
	}
	made := newLabel(sql)
	labels.Store(sql, made)
	return made
}

func newLabel(sql string) string {
	words := strings.Fields(sql)
	text := strings.Join(words[:min(len(words), 4)], " ")
	if len(words) > 0 && strings.EqualFold(words[0], "select") {
		for i, word := range words {
			if strings.EqualFold(word, "from") && i+1 < len(words) {
				return "SELECT FROM " + words[i+1]
			}
		}
	}
	return text
}
