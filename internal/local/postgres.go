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
	// startTimeout bounds a start whose context has no deadline.
	startTimeout = 2 * time.Minute
	// startTries is how often a server is started again because its port was taken in the meantime.
	startTries = 5
	superuser  = "postgres"
)

// PostgresOptions say where a cluster lives and how careful it is with its data.
type PostgresOptions struct {
	// Directory of the cluster, made when missing, used again when it holds one already. Empty is a directory of its own
	// that Stop removes. When we are root and the unprivileged account cannot reach it, another one under the system's
	// temporary directory takes its place: always the same for the same Directory.
	Directory string
	// Port wanted on 127.0.0.1; another one is taken when it is in use. 0 is any.
	Port int
	// Fast gives up safety against power loss, for tests. A killed server may lose the last commits, too.
	Fast bool
	// Log receives what the server prints; nil drops it.
	Log io.Writer
}

// Postgres is a PostgreSQL server with a cluster of its own. Stop, Kill and Restart must not run at the same time.
type Postgres struct {
	options  PostgresOptions
	cluster  *cluster
	port     *Port
	password string
	program  *Program
}

// StartPostgres makes a cluster where there is none, starts a server on it and returns when it answers. The errors say
// what to install when the server's programs are missing, and what the server printed when it does not start.
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
	return context.WithTimeout(ctx, startTimeout)
}

// startOnFreePort tries again with another port when somebody took the reserved one in the instant before the start.
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
		stopSignal: syscall.SIGINT, // fast shutdown: ends sessions, writes a checkpoint
		// Immediate shutdown: as good as a kill, but the server's own children and shared memory go too.
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

// answers proves that our server listens there, for no other accepts the password.
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

// URL of a database of this server, as DATABASE_URL takes it. It holds the superuser's password.
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

// CreateDatabase makes an empty database, unless it exists.
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

// Directory of the cluster, which may not be the one asked for (see PostgresOptions).
func (p *Postgres) Directory() string { return p.cluster.directory }

// Program is the server's process.
func (p *Postgres) Program() *Program { return p.program }

// Stop shuts the server down, ending its sessions, and removes a directory that was not asked for. It may follow Kill.
func (p *Postgres) Stop(ctx context.Context) error {
	err := p.program.Stop(ctx)
	p.port.Release()
	return errors.Join(err, p.cluster.close())
}

// Kill ends the server as a crash would (SIGKILL). The data stays for Restart.
func (p *Postgres) Kill() { p.program.Kill() }

// Restart shuts the server down if it runs and starts it with the same data and the same port.
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

// onFreePort calls start with a reserved port, and again with another one as long as it ends for want of the port.
func onFreePort(ctx context.Context, wanted int, start func(*Port) error) error {
	var err error
	for range startTries {
		var port *Port
		if port, err = ReservePort(ctx, wanted); err != nil {
			return err
		}
		if err = start(port); err == nil {
			return nil
		}
		port.Release()
		var exit *exitError
		if !errors.As(err, &exit) || !exit.says("address already in use") {
			return err
		}
	}
	return err
}

// cleanEnvironment is ours without the variables of those prefixes, which would configure the program behind our back.
func cleanEnvironment(prefixes ...string) []string {
	clean := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(variable, prefix) })
	})
	return append(clean, "LC_ALL=C")
}
