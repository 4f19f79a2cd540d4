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

// TemporalOptions say how to run Temporal's development server.
type TemporalOptions struct {
	// Binary is the path of the Temporal CLI. If it is empty, FindTemporal finds it.
	Binary string
	// DatabaseFile keeps workflows across restarts. If it is empty, they are only in memory.
	DatabaseFile string
	// Port and UIPort wanted on 127.0.0.1. If they are in use, the server gets other ones. 0 means any.
	Port, UIPort int
	// Headless disables the web UI.
	Headless bool
	// SearchAttributes to register in every namespace, all of type Keyword.
	SearchAttributes []string
	// LaterAttributes makes search attributes usable as soon as they are added to the running server. In return, the server reads
	// the namespace and the cluster's settings from its database at every step of every workflow.
	LaterAttributes bool
	// Namespaces to create in addition to `default`.
	Namespaces []string
	// DynamicConfig holds server settings as JSON values by key.
	DynamicConfig map[string]string
	// Log receives the server's output; nil drops it.
	Log io.Writer
}

// Temporal is a running development server. Stop, Kill and Restart must not run concurrently.
type Temporal struct {
	options TemporalOptions
	port    *Port
	ui      *Port // nil if headless
	program *Program
}

// StartTemporal starts the server, and returns when it is healthy. The error says how to install the CLI if it is missing, and
// contains the server's output if it does not start.
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
		// Without a home directory, the CLI neither reads the user's settings nor leaves files behind.
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
		// A write-ahead log is synced once per commit, SQLite's default journal several times. Both are durable.
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
		// The worker that completes a workflow task can then get the next activity in the reply.
		"--dynamic-config-value", "system.enableActivityEagerExecution=true",
		"--dynamic-config-value", "system.forceSearchAttributesCacheRefreshOnRead="+strconv.FormatBool(t.options.LaterAttributes))
	for key, value := range t.options.DynamicConfig {
		arguments = append(arguments, "--dynamic-config-value", key+"="+value)
	}
	return arguments
}

// answers reports an error until the server is healthy.
func (t *Temporal) answers(ctx context.Context) error {
	c, err := client.DialContext(ctx, client.Options{HostPort: t.Address(), Logger: noLog()})
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.CheckHealth(ctx, &client.CheckHealthRequest{})
	return err
}

// noLog returns a logger that drops everything, because attempts fail until the server is ready.
func noLog() log.Logger { return log.NewStructuredLogger(slog.New(slog.DiscardHandler)) }

// Address returns the TEMPORAL_ADDRESS of the server.
func (t *Temporal) Address() string { return t.port.Address() }

// UIURL returns the base URL of the web UI, which is empty if headless.
func (t *Temporal) UIURL() string {
	if t.ui == nil {
		return ""
	}
	return "http://" + t.ui.Address()
}

// Program returns the server's process.
func (t *Temporal) Program() *Program { return t.program }

// Stop ends the server. It may be called after Kill.
func (t *Temporal) Stop(ctx context.Context) error {
	err := t.program.Stop(ctx)
	t.port.Release()
	if t.ui != nil {
		t.ui.Release()
	}
	return err
}

// Kill ends the server like a crash (SIGKILL).
func (t *Temporal) Kill() { t.program.Kill() }

// Restart ends the server if it is running, and starts it on the same ports. Without a DatabaseFile, all workflows are lost.
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

// FindTemporal returns the path of the Temporal CLI. It looks in bin/ of the module of the current directory, next to this
// program, and on PATH. The error says how to install it.
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

// moduleRoot returns the nearest directory upwards that contains a go.mod.
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
			return "", errors.New("no go.mod in this directory or above")
		}
		directory = parent
	}
}
