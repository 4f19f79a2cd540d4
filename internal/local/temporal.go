package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
)

// TemporalOptions say how Temporal's development server runs.
type TemporalOptions struct {
	// Binary is the Temporal CLI; empty finds it (see FindTemporal).
	Binary string
	// DatabaseFile keeps workflows from one start to the next; empty keeps them in memory.
	DatabaseFile string
	// Port and UIPort wanted on 127.0.0.1; others are taken when they are in use. 0 is any.
	Port, UIPort int
	// Headless leaves the web UI out.
	Headless bool
	// SearchAttributes to register in every namespace, all of type Keyword.
	SearchAttributes []string
	// LaterAttributes lets search attributes that are added to the running server be used at once, not seconds later. The server
	// then reads the namespace and the cluster's settings from its database at every step of every workflow.
	LaterAttributes bool
	// Namespaces to have besides `default`.
	Namespaces []string
	// DynamicConfig holds server settings as JSON values by key.
	DynamicConfig map[string]string
	// Log receives what the server prints; nil drops it.
	Log io.Writer
}

// Temporal is a running development server. Stop, Kill and Restart must not run at the same time.
type Temporal struct {
	options TemporalOptions
	port    *Port
	ui      *Port // nil when headless
	program *Program
}

// StartTemporal starts the server and returns when it answers. The errors say how to get the CLI when it is missing, and
// what it printed when it does not start.
func StartTemporal(ctx context.Context, o TemporalOptions) (*Temporal, error) {
	ctx, cancel := withStartTimeout(ctx)
	defer cancel()
	if o.Binary == "" {
		binary, err := FindTemporal()
		if err != nil {
			return nil, err
		}
		o.Binary = binary
	}
	if o.DatabaseFile != "" {
		if err := os.MkdirAll(filepath.Dir(o.DatabaseFile), 0o750); err != nil {
			return nil, fmt.Errorf("directory of Temporal's database: %w", err)
		}
	}
	t := &Temporal{options: o}
	err := onFreePort(ctx, o.Port, func(port *Port) error {
		t.port = port
		return t.startWithUI(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("start Temporal: %w", err)
	}
	return t, nil
}

func (t *Temporal) startWithUI(ctx context.Context) error {
	if t.options.Headless {
		return t.start(ctx)
	}
	var err error
	if t.ui, err = ReservePort(ctx, t.options.UIPort); err != nil {
		return err
	}
	if err = t.start(ctx); err != nil {
		t.ui.Release()
	}
	return err
}

func (t *Temporal) start(ctx context.Context) error {
	program, err := StartProgram(ctx, ProgramOptions{
		Path: t.options.Binary,
		Args: t.arguments(),
		// Without a home the CLI neither reads the settings that somebody keeps there nor leaves files behind.
		Env: cleanEnvironment("TEMPORAL_", "HOME=", "XDG_CONFIG_HOME="),
		Log: t.options.Log,
	})
	if err != nil {
		return err
	}
	t.program = program
	if err := program.await(ctx, t.answers); err != nil {
		program.Kill()
		return err
	}
	return nil
}

func (t *Temporal) arguments() []string {
	arguments := []string{"server", "start-dev", "--ip", "127.0.0.1", "--port", strconv.Itoa(t.port.Number()), "--log-level", "error"}
	if t.ui == nil {
		arguments = append(arguments, "--headless")
	} else {
		arguments = append(arguments, "--ui-port", strconv.Itoa(t.ui.Number()))
	}
	if t.options.DatabaseFile != "" {
		// A write-ahead log is synced once for each commit, where SQLite's own journal is synced several times; both are durable.
		arguments = append(arguments, "--db-filename", t.options.DatabaseFile,
			"--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=full")
	}
	for _, namespace := range t.options.Namespaces {
		arguments = append(arguments, "--namespace", namespace)
	}
	for _, name := range t.options.SearchAttributes {
		arguments = append(arguments, "--search-attribute", name+"=Keyword")
	}
	arguments = append(arguments,
		// An activity then comes along with the answer to the workflow task that asks for it, where the same worker can take it.
		"--dynamic-config-value", "system.enableActivityEagerExecution=true",
		"--dynamic-config-value", "system.forceSearchAttributesCacheRefreshOnRead="+strconv.FormatBool(t.options.LaterAttributes))
	for key, value := range t.options.DynamicConfig {
		arguments = append(arguments, "--dynamic-config-value", key+"="+value)
	}
	return arguments
}

// answers asks the server whether it is in good health.
func (t *Temporal) answers(ctx context.Context) error {
	c, err := client.DialContext(ctx, client.Options{HostPort: t.Address(), Logger: silence()})
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.CheckHealth(ctx, &client.CheckHealthRequest{})
	return err
}

// silence is a logger for tries that may fail: a server that does not answer yet is no news.
func silence() log.Logger { return log.NewStructuredLogger(slog.New(slog.DiscardHandler)) }

// Address is the server's host and port, as TEMPORAL_ADDRESS takes it.
func (t *Temporal) Address() string { return t.port.Address() }

// UIURL is the base of the web UI; empty when headless.
func (t *Temporal) UIURL() string {
	if t.ui == nil {
		return ""
	}
	return "http://" + t.ui.Address()
}

// Program is the server's process.
func (t *Temporal) Program() *Program { return t.program }

// Stop ends the server. It may follow Kill.
func (t *Temporal) Stop(ctx context.Context) error {
	err := t.program.Stop(ctx)
	t.port.Release()
	if t.ui != nil {
		t.ui.Release()
	}
	return err
}

// Kill ends the server as a crash would (SIGKILL).
func (t *Temporal) Kill() { t.program.Kill() }

// Restart ends the server if it runs and starts it on the same ports. Without a DatabaseFile all workflows are gone.
func (t *Temporal) Restart(ctx context.Context) error {
	ctx, cancel := withStartTimeout(ctx)
	defer cancel()
	if err := t.program.Stop(ctx); err != nil {
		return err
	}
	if err := t.start(ctx); err != nil {
		return fmt.Errorf("start Temporal: %w", err)
	}
	return nil
}

// FindTemporal finds the Temporal CLI: in bin/ beside the go.mod above the current directory, beside this program, or on
// PATH. The error says how to install it.
func FindTemporal() (string, error) {
	candidates := []string{}
	if root, err := moduleRoot(); err == nil {
		candidates = append(candidates, filepath.Join(root, "bin", "temporal"))
	}
	if executable, err := os.Executable(); err == nil {
		candidates = append(candidates, filepath.Join(filepath.Dir(executable), "temporal"))
	}
	for _, candidate := range append(candidates, "temporal") {
		if path, err := exec.LookPath(candidate); err == nil {
			return path, nil
		}
	}
	return "", errors.New("the Temporal CLI is neither in bin/ nor on PATH: run `make tools`")
}

// moduleRoot is the nearest directory upwards that holds a go.mod.
func moduleRoot() (string, error) {
	directory, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(directory, "go.mod")); err == nil {
			return directory, nil
		}
		parent := filepath.Dir(directory)
		if parent == directory {
			return "", errors.New("no go.mod here or above")
		}
		directory = parent
	}
}
