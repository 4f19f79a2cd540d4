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
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

const (
	// patience bounds a whole test; the longest waits are those for claims whose fate is unknown.
	patience = 4 * time.Minute
	// stopPatience bounds the end of a test's programs.
	stopPatience = time.Minute

	connection = "default"
	importID   = "full-import/default"
	assetType  = "NinjaOne Device"
)

// scenario says what a test's world looks like at the start.
type scenario struct {
	organizations, devices, companies int
	// ninjaOne and accelo are further arguments of the simulators, settings of worker and starter.
	ninjaOne, accelo, settings []string
	// latency of both vendors' calls.
	latency time.Duration
	// temporal is a server of the test's own; nil is the one that all tests share.
	temporal *local.Temporal
	// postgres is a server of the test's own; nil is a database of the one that all tests share.
	postgres *local.Postgres
	// seed of both vendors' worlds and of the faults that they roll; 0 is the simulators' own.
	seed uint64
	// patience bounds the whole test, where the usual one is too short.
	patience time.Duration
}

// world is everything a test has for itself: both vendors, a database, a Temporal namespace, and the programs.
type world struct {
	//nolint:containedctx // a world lives as long as its test, and so does its deadline
	ctx      context.Context
	t        testing.TB
	stack    *stack.Stack
	options  stack.Options
	logs     *logbook
	ninjaOne vendor[ninjaone.World]
	accelo   vendor[accelo.World]
	temporal client.Client
	database string // its URL
	// before is what Accelo held at the start.
	before accelo.World
}

// newWorld starts two simulators and gets a database and a namespace. Workers are started by the test.
func newWorld(t testing.TB, s scenario) *world {
	t.Helper()
	bin, database := binaries(t), databaseFor(t, s)
	address, namespace := temporalFor(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), max(patience, s.patience))
	t.Cleanup(cancel)
	logs := newLogbook(t)
	options := stack.Options{
		Bin: bin, Log: logs.writer,
		Environment: []string{
			"DATABASE_URL=" + database, "TEMPORAL_ADDRESS=" + address, "TEMPORAL_NAMESPACE=" + namespace,
			"CREDENTIALS_KEY=" + base64.StdEncoding.EncodeToString([]byte("a key of exactly 32 bytes, right")),
			"ADMIN_TOKEN=a token for tests alone", "LISTEN_ADDRESS=127.0.0.1:0", "METRICS_ADDRESS=127.0.0.1:0",
			"RECONCILE_INTERVAL=8760h", // tests reconcile when they say so
			"NINJAONE_CLIENT_ID=demo-client", "NINJAONE_CLIENT_SECRET=demo-secret",
			"ACCELO_CLIENT_ID=" + accelo.DefaultClientID, "ACCELO_CLIENT_SECRET=" + accelo.DefaultClientSecret,
		},
	}
	w := &world{ctx: ctx, t: t, stack: stack.New(options), options: options, logs: logs, database: database}
	t.Cleanup(w.stop)
	ninjaURL, err := w.stack.StartSimulator(ctx, "ninjaone-simulator", 0, append([]string{
		"-organizations", strconv.Itoa(s.organizations), "-devices", strconv.Itoa(s.devices), "-latency", s.latency.String(),
		"-alerts", "0", "-seed", strconv.FormatUint(max(s.seed, 1), 10),
	}, s.ninjaOne...)...)
	require.NoError(t, err)
	acceloURL, err := w.stack.StartSimulator(ctx, "accelo-simulator", 0, append([]string{
		"-companies", strconv.Itoa(s.companies), "-latency", s.latency.String(), "-seed", strconv.FormatUint(max(s.seed, 1), 10),
	}, s.accelo...)...)
	require.NoError(t, err)
	w.ninjaOne, w.accelo = vendor[ninjaone.World]{w, ninjaURL}, vendor[accelo.World]{w, acceloURL}
	w.options.Environment = append(append(options.Environment, "NINJAONE_URL="+ninjaURL, "ACCELO_URL="+acceloURL), s.settings...)
	w.stack.Set(w.options.Environment...)
	w.temporal, err = client.DialContext(ctx, client.Options{HostPort: address, Namespace: namespace, Logger: silent{}})
	require.NoError(t, err)
	t.Cleanup(w.temporal.Close)
	w.before = w.accelo.state()
	return w
}

func databaseFor(t testing.TB, s scenario) string {
	t.Helper()
	if s.postgres == nil {
		return localtest.Database(t)
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

// connected is a world with a worker, in which `connect` has succeeded.
func connected(t testing.TB, s scenario) *world {
	t.Helper()
	w := newWorld(t, s)
	w.worker()
	require.Equal(t, 0, w.run("connect").Code)
	return w
}

func (w *world) stop() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), stopPatience)
	defer cancel()
	require.NoError(w.t, w.stack.Stop(ctx))
}

// worker starts a worker.
func (w *world) worker() *local.Program {
	w.t.Helper()
	worker, _, err := w.stack.StartWorker(w.ctx)
	require.NoError(w.t, err)
	return worker
}

// run calls the starter and waits for its end; it never prints a stack trace or a secret.
func (w *world) run(arguments ...string) stack.Result {
	w.t.Helper()
	result, err := w.stack.Starter(w.ctx, nil, arguments...)
	require.NoError(w.t, err)
	requireClean(w.t, result)
	return result
}

func requireClean(t testing.TB, result stack.Result) {
	t.Helper()
	for _, word := range []string{"goroutine ", "panic:", "DATA RACE", accelo.DefaultClientSecret} {
		require.NotContains(t, result.Stdout+result.Stderr, word)
	}
}

// starting calls the starter and does not wait. The function waits; cancelling the context presses Ctrl-C.
func (w *world) starting(ctx context.Context, arguments ...string) (wait func() stack.Result) {
	type ended struct {
		result stack.Result
		err    error
	}
	end := make(chan ended, 1)
	go func() {
		result, err := w.stack.Starter(ctx, nil, arguments...)
		end <- ended{result, err}
	}()
	return func() stack.Result {
		w.t.Helper()
		select {
		case e := <-end:
			require.NoError(w.t, e.err)
			requireClean(w.t, e.result)
			return e.result
		case <-w.ctx.Done():
			require.Fail(w.t, "the starter does not end", "starter %s", strings.Join(arguments, " "))
			return stack.Result{}
		}
	}
}

// runWith calls the starter with some settings changed, and waits for its end.
func (w *world) runWith(settings []string, arguments ...string) stack.Result {
	w.t.Helper()
	options := w.options
	options.Environment = slices.Concat(options.Environment, settings)
	result, err := stack.New(options).Starter(w.ctx, nil, arguments...)
	require.NoError(w.t, err)
	requireClean(w.t, result)
	return result
}

// imports runs an import to its end and decodes its report.
func (w *world) imports(arguments ...string) importReport {
	w.t.Helper()
	result := w.run(append([]string{"import", "--json"}, arguments...)...)
	report := decodeStrict[importReport](w.t, result.Stdout)
	require.Equal(w.t, exitCodeOf(report), result.Code, result.Stderr)
	return report
}

// until polls a condition; it is the only way in which these tests wait.
func (w *world) until(what string, condition func() bool) {
	w.t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !condition() {
		select {
		case <-ticker.C:
		case <-w.ctx.Done():
			require.Fail(w.t, "waited in vain until "+what)
		}
	}
}
