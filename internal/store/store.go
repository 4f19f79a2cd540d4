package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrNotFound means that a requested row does not exist.
var ErrNotFound = errors.New("not found")

// poolSize bounds a program's connections to PostgreSQL unless DATABASE_URL sets pool_max_conns. It is large enough that webhooks do not
// queue for a connection during a storm of alerts; PostgreSQL allows 100 in all by default.
const poolSize = 24

// errUnreachable marks errors that end once the server is up.
var errUnreachable = errors.New("cannot be reached")

// Store is the product's database. It is safe for concurrent use.
type Store struct {
	pool   fencedPool
	claims ClaimTimes
}

// ClaimTimes are the durations that Ensure works with.
type ClaimTimes struct {
	// Lease is how long a claim is held; zero means 40 seconds, 10 more than a call may take.
	Lease time.Duration
	// Settle is how long an object may take to appear in Accelo after its create was sent; zero means one minute.
	Settle time.Duration
}

func (t ClaimTimes) withDefaults() ClaimTimes {
	if t.Lease == 0 {
		t.Lease = 40 * time.Second
	}
	if t.Settle == 0 {
		t.Settle = time.Minute
	}
	return t
}

// Options tune a store; the zero value is right for production.
type Options struct {
	Claims ClaimTimes
	// Pool adjusts the pool before it opens; nil leaves it. The simulation decides here which statement runs next.
	Pool func(*pgxpool.Config)
}

// Open connects to the database at url and migrates its schema. Several programs may call it at once: migrations run under an advisory
// lock. Errors say what to check and never repeat the URL, which holds a password.
func Open(ctx context.Context, url string, options Options, logger *slog.Logger) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("DATABASE_URL is not a PostgreSQL URL: write postgres://USER:PASSWORD@HOST:5432/DATABASE")
	}
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = poolSize
	}
	if options.Pool != nil {
		options.Pool(config)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	if err := migrate(ctx, pool, logger); err != nil {
		pool.Close()
		return nil, fmt.Errorf("PostgreSQL at %s: %w", config.ConnConfig.Host, err)
	}
	return &Store{pool: fencedPool{pool}, claims: options.Claims.withDefaults()}, nil
}

// OpenWithin is Open for a program that may start before its database. It retries for up to timeout while the server is unreachable.
func OpenWithin(ctx context.Context, timeout time.Duration, url string, options Options, logger *slog.Logger) (*Store, error) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for until := time.Now().Add(timeout); ; {
		s, err := Open(ctx, url, options, logger)
		if err == nil || !errors.Is(err, errUnreachable) || time.Now().After(until) {
			return s, err
		}
		logger.WarnContext(ctx, "waiting for PostgreSQL", "error", err)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Close closes all connections to the database.
func (s *Store) Close() {
	s.pool.Close()
}

// Ping returns an error unless the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return s.pool.Ping(ctx)
}

func migrate(ctx context.Context, pool *pgxpool.Pool, logger *slog.Logger) error {
	if err := pool.Ping(ctx); err != nil {
		return fmt.Errorf("%w (check DATABASE_URL and that the server is running): %w", errUnreachable, err)
	}
	db := stdlib.OpenDBFromPool(pool)
	defer func() { _ = db.Close() }()
	provider, err := newProvider(db, logger)
	if err != nil {
		return fmt.Errorf("prepare migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

func newProvider(db *sql.DB, logger *slog.Logger) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithSessionLocker(locker), goose.WithSlog(logger))
}

// inTransaction runs do in a transaction. It rolls back even if the caller's context is done.
func (s *Store) inTransaction(ctx context.Context, do func(pgx.Tx) error) error {
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := do(tx); err != nil {
		rollback, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = tx.Rollback(rollback)
		return err
	}
	return tx.Commit(ctx)
}

// storable removes what PostgreSQL rejects: NUL and invalid UTF-8. Without it, a vendor's error message could prevent its own recording.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

// isUniqueViolation is SQLSTATE 23505.
func isUniqueViolation(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}
