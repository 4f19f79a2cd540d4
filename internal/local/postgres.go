package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// startupTimeout bounds a start whose context has no deadline.
	startupTimeout = 2 * time.Minute
	// maxStarts is how often a server is started if its port is taken in the meantime.
	maxStarts = 5
	superuser = "postgres"
)

// PostgresOptions say where a cluster is, and how durable its data is.
type PostgresOptions struct {
	// Directory of the cluster. It is created if it does not exist. If it is empty, the cluster gets a temporary directory,
	// which Stop removes. If we are root and the server's account can't reach the directory, the cluster is in
	// /var/lib/ninjaone-accelo instead, always in the same directory for the same Directory.
	Directory string
	// Port wanted on 127.0.0.1. If it is in use, the server gets another one. 0 means any.
	Port int
	// Fast disables durability, for tests: a crash of the machine or of the server may lose the last commits.
	Fast bool
	// Log receives the server's output; nil drops it.
	Log io.Writer
}

// Postgres is a PostgreSQL server with its own cluster. Stop, Kill and Restart must not run concurrently.
type Postgres struct {
	options  PostgresOptions
	cluster  *cluster
	port     *Port
	password string
	program  *Program
}

// StartPostgres creates a cluster if there is none, starts its server, and returns when the server accepts connections. The
// error says what to install if programs are missing, and contains the server's output if it does not start.
func StartPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	ctx, cancel := withStartTimeout(ctx)
	defer cancel()
	binaries, err := FindPostgres(ctx)
	if err != nil {
		return nil, err
	}
	cluster, err := openCluster(ctx, binaries, o.Directory)
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL cluster: %w", err)
	}
	p := &Postgres{options: o, cluster: cluster}
	if p.password, err = cluster.initialize(ctx); err == nil {
		err = p.startOnFreePort(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start PostgreSQL: %w", err), cluster.close())
	}
	return p, nil
}

func withStartTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, bounded := ctx.Deadline(); bounded {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, startupTimeout)
}

// startOnFreePort starts the server, on another port if the reserved one was taken in the meantime.
func (p *Postgres) startOnFreePort(ctx context.Context) error {
	return onFreePort(ctx, p.options.Port, func(port *Port) error {
		p.port = port
		return p.start(ctx)
	})
}

func (p *Postgres) start(ctx context.Context) error {
	program, err := StartProgram(ctx, ProgramOptions{
		Path:       filepath.Join(p.cluster.binaries, "postgres"),
		Args:       p.arguments(),
		Env:        cleanEnvironment("PG"),
		Directory:  p.cluster.directory,
		Log:        p.options.Log,
		stopSignal: syscall.SIGINT, // fast shutdown: ends sessions and writes a checkpoint
		// Immediate shutdown: like a kill, but it also ends the server's children and frees its shared memory.
		deathSignal: syscall.SIGQUIT,
		owner:       p.cluster.owner,
	})
	if err != nil {
		return err
	}
	p.program = program
	if err := program.await(ctx, p.answers); err != nil {
		program.Kill()
		return err
	}
	return nil
}

func (p *Postgres) arguments() []string {
	settings := []string{
		"listen_addresses=127.0.0.1",
		fmt.Sprintf("port=%d", p.port.Number()),
		"unix_socket_directories=",
		"max_connections=400",
		"logging_collector=off",
		"jit=off",
	}
	if p.options.Fast {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off",
			"wal_level=minimal", "max_wal_senders=0", "checkpoint_timeout=1h")
	}
	arguments := []string{"-D", p.cluster.data()}
	for _, setting := range settings {
		arguments = append(arguments, "-c", setting)
	}
	return arguments
}

// answers reports an error until our server accepts connections. Another server would not accept the password.
func (p *Postgres) answers(ctx context.Context) error {
	return p.withConnection(ctx, func(c *pgx.Conn) error { return c.Ping(ctx) })
}

func (p *Postgres) withConnection(ctx context.Context, do func(*pgx.Conn) error) error {
	connection, err := pgx.Connect(ctx, p.URL(superuser))
	if err != nil {
		return err
	}
	return errors.Join(do(connection), connection.Close(ctx))
}

// URL returns the DATABASE_URL of a database of this server. It contains the superuser's password.
func (p *Postgres) URL(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, p.password),
		Host:     p.port.Address(),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// CreateDatabase creates an empty database unless it exists.
func (p *Postgres) CreateDatabase(ctx context.Context, name string) error {
	err := p.withConnection(ctx, func(c *pgx.Conn) error {
		var exists bool
		row := c.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name)
		if err := row.Scan(&exists); err != nil || exists {
			return err
		}
		_, err := c.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
		return err
	})
	if err != nil {
		return fmt.Errorf("create database %q: %w", name, err)
	}
	return nil
}

// Directory returns the directory of the cluster, which may differ from the wanted one (see PostgresOptions).
func (p *Postgres) Directory() string { return p.cluster.directory }

// Program returns the server's process.
func (p *Postgres) Program() *Program { return p.program }

// Stop shuts down the server, ends its sessions, and removes a temporary directory. It may be called after Kill.
func (p *Postgres) Stop(ctx context.Context) error {
	err := p.program.Stop(ctx)
	p.port.Release()
	return errors.Join(err, p.cluster.close())
}

// Kill ends the server like a crash (SIGKILL). The data is kept for Restart.
func (p *Postgres) Kill() { p.program.Kill() }

// Restart shuts down the server if it is running, and starts it with the same data on the same port.
func (p *Postgres) Restart(ctx context.Context) error {
	ctx, cancel := withStartTimeout(ctx)
	defer cancel()
	if err := p.program.Stop(ctx); err != nil {
		return err
	}
	if err := p.start(ctx); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	return nil
}

// onFreePort calls start with a reserved port, and again with another one if the server reports that the port is in use.
func onFreePort(ctx context.Context, wanted int, start func(*Port) error) error {
	var err error
	for range maxStarts {
		var port *Port
		if port, err = ReservePort(ctx, wanted); err != nil {
			return err
		}
		if err = start(port); err == nil {
			return nil
		}
		port.Release()
		var exit *exitError
		if !errors.As(err, &exit) || !exit.mentions("address already in use") {
			return err
		}
	}
	return err
}

// cleanEnvironment returns our environment without variables with the given prefixes, which would configure the program.
func cleanEnvironment(prefixes ...string) []string {
	clean := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(variable, prefix) })
	})
	return append(clean, "LC_ALL=C")
}
