package test

import (
	"context"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/local"
	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/local/stack"
	"ninjaone-accelo/internal/local/storetest"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

const (
	// testTimeout bounds a whole test. The longest waits are for claims that are in doubt.
	testTimeout = 4 * time.Minute
	// stopTimeout bounds the shutdown of a test's programs.
	stopTimeout = time.Minute

	connection = "default"
	importID   = "full-import/default"
	assetType  = "NinjaOne Device"
)

// scenario describes the initial state of a test's vendors, and the settings of its programs.
type scenario struct {
	organizations, devices, companies int
	// ninjaOne and accelo are more arguments for the simulators; settings are environment variables of worker and starter.
	ninjaOne, accelo, settings []string
	// latency of each call to a vendor.
	latency time.Duration
	// temporal is the test's own server. If nil, the test uses the shared one.
	temporal *local.Temporal
	// postgres is the test's own server. If nil, the test uses a database of the shared one.
	postgres *local.Postgres
	// seed of both simulators' data and random faults; 0 is their default.
	seed uint64
	// timeout bounds the whole test if testTimeout is too short.
	timeout time.Duration
	// prepare, if set, completes the scenario before the simulators start.
	prepare func(e *testEnv, s *scenario)
}

// testEnv is everything that a test owns: both simulators, a database, a Temporal namespace and the programs under test.
type testEnv struct {
	//nolint:containedctx // the environment lives as long as its test, and so does its deadline
	ctx      context.Context
	t        testing.TB
	stack    *stack.Stack
	options  stack.Options
	logs     *programLogs
	ninjaOne simulator[ninjaone.World]
	accelo   simulator[accelo.World]
	temporal client.Client
	database string // its URL
	// initial is what Accelo held at the start.
	initial accelo.World
	// journal, if set, takes down what was done in the simulators' consoles.
	journal *[]string
}

// newTestEnv starts both simulators and creates a database and a namespace. It starts no worker.
func newTestEnv(t testing.TB, s scenario) *testEnv {
	t.Helper()
	bin, database := binaries(t), databaseFor(t, s)
	address, namespace := temporalFor(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), max(testTimeout, s.timeout))
	t.Cleanup(cancel)
	logs := newProgramLogs(t)
	options := stack.Options{
		Bin: bin, Log: logs.writer,
		Environment: []string{
			"DATABASE_URL=" + database, "TEMPORAL_ADDRESS=" + address, "TEMPORAL_NAMESPACE=" + namespace,
			"CREDENTIALS_KEY=" + base64.StdEncoding.EncodeToString([]byte("a key of exactly 32 bytes, right")),
			"ADMIN_TOKEN=" + adminToken, "LISTEN_ADDRESS=127.0.0.1:0", "METRICS_ADDRESS=127.0.0.1:0",
			"RECONCILE_INTERVAL=8760h", // tests start reconciliations themselves
			"NINJAONE_CLIENT_ID=demo-client", "NINJAONE_CLIENT_SECRET=demo-secret",
			"ACCELO_CLIENT_ID=" + accelo.DefaultClientID, "ACCELO_CLIENT_SECRET=" + accelo.DefaultClientSecret,
		},
	}
	e := &testEnv{ctx: ctx, t: t, stack: stack.New(options), options: options, logs: logs, database: database}
	t.Cleanup(e.stop)
	if s.prepare != nil {
		s.prepare(e, &s)
	}
	ninjaURL, err := e.stack.StartSimulator(ctx, "ninjaone-simulator", 0, append([]string{
		"-organizations", strconv.Itoa(s.organizations), "-devices", strconv.Itoa(s.devices), "-latency", s.latency.String(),
		"-alerts", "0", "-seed", strconv.FormatUint(max(s.seed, 1), 10),
	}, s.ninjaOne...)...)
	require.NoError(t, err)
	acceloURL, err := e.stack.StartSimulator(ctx, "accelo-simulator", 0, append([]string{
		"-companies", strconv.Itoa(s.companies), "-latency", s.latency.String(), "-seed", strconv.FormatUint(max(s.seed, 1), 10),
	}, s.accelo...)...)
	require.NoError(t, err)
	e.ninjaOne, e.accelo = simulator[ninjaone.World]{e, ninjaURL}, simulator[accelo.World]{e, acceloURL}
	e.options.Environment = append(append(options.Environment, "NINJAONE_URL="+ninjaURL, "ACCELO_URL="+acceloURL), s.settings...)
	e.stack.Set(e.options.Environment...)
	e.temporal, err = client.DialContext(ctx, client.Options{HostPort: address, Namespace: namespace, Logger: discardLogger{}})
	require.NoError(t, err)
	t.Cleanup(e.temporal.Close)
	e.initial = e.accelo.state()
	return e
}

func databaseFor(t testing.TB, s scenario) string {
	t.Helper()
	if s.postgres == nil {
		return storetest.Database(t)
	}
	require.NoError(t, s.postgres.CreateDatabase(t.Context(), "sync"))
	return s.postgres.URL("sync")
}

func temporalFor(t testing.TB, s scenario) (address, namespace string) {
	t.Helper()
	if s.temporal != nil {
		return s.temporal.Address(), "default"
	}
	return localtest.Temporal(t)
}

// newConnectedEnv returns an environment with a worker, in which `starter connect` has succeeded.
func newConnectedEnv(t testing.TB, s scenario) *testEnv {
	t.Helper()
	e := newTestEnv(t, s)
	e.startWorker()
	require.Equal(t, 0, e.starter("connect").Code)
	return e
}

func (e *testEnv) stop() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(e.ctx), stopTimeout)
	defer cancel()
	require.NoError(e.t, e.stack.Stop(ctx))
}

// startWorker starts one more worker.
func (e *testEnv) startWorker() *local.Program {
	e.t.Helper()
	worker, _, err := e.stack.StartWorker(e.ctx)
	require.NoError(e.t, err)
	return worker
}

// starter runs `starter` with some arguments and waits for it. Its output must hold no stack trace and no secret.
func (e *testEnv) starter(arguments ...string) stack.Result {
	e.t.Helper()
	result, err := e.stack.Starter(e.ctx, nil, arguments...)
	require.NoError(e.t, err)
	requireClean(e.t, result)
	return result
}

func requireClean(t testing.TB, result stack.Result) {
	t.Helper()
	for _, word := range []string{"goroutine ", "panic:", "DATA RACE", accelo.DefaultClientSecret} {
		require.NotContains(t, result.Stdout+result.Stderr, word)
	}
}

// starterInBackground runs `starter` and returns a function that waits for it. Cancelling the context is Ctrl-C.
func (e *testEnv) starterInBackground(ctx context.Context, arguments ...string) (wait func() stack.Result) {
	type exit struct {
		result stack.Result
		err    error
	}
	done := make(chan exit, 1)
	go func() {
		result, err := e.stack.Starter(ctx, nil, arguments...)
		done <- exit{result, err}
	}()
	return func() stack.Result {
		e.t.Helper()
		select {
		case exited := <-done:
			require.NoError(e.t, exited.err)
			requireClean(e.t, exited.result)
			return exited.result
		case <-e.ctx.Done():
			require.Fail(e.t, "the starter is still running", "starter %s", strings.Join(arguments, " "))
			return stack.Result{}
		}
	}
}

// starterWith runs `starter` with changed settings and waits for it.
func (e *testEnv) starterWith(settings []string, arguments ...string) stack.Result {
	e.t.Helper()
	options := e.options
	options.Environment = slices.Concat(options.Environment, settings)
	result, err := stack.New(options).Starter(e.ctx, nil, arguments...)
	require.NoError(e.t, err)
	requireClean(e.t, result)
	return result
}

// runImport runs an import, waits for it and decodes its report.
func (e *testEnv) runImport(arguments ...string) importReport {
	e.t.Helper()
	result := e.starter(append([]string{"import", "--json"}, arguments...)...)
	report := decodeStrict[importReport](e.t, result.Stdout)
	require.Equal(e.t, exitCodeOf(report), result.Code, result.Stderr)
	return report
}

// waitUntil polls a condition. These tests wait in no other way.
func (e *testEnv) waitUntil(what string, condition func() bool) {
	e.t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !condition() {
		select {
		case <-ticker.C:
		case <-e.ctx.Done():
			require.Fail(e.t, "timed out waiting until "+what)
		}
	}
}
