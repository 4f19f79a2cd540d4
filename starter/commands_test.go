package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/store"
)

// A connection that does not exist is named by every command. Only the default one can be set up by the environment.
func TestUnknownConnection(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t)
	e.worker(map[string]any{flow.FullImport: func(workflow.Context, flow.FullImportInput) error { return nil }})
	for _, arguments := range [][]string{
		{"import"},
		{"plan"},
		{"reconcile"},
		{"reconcile", "--approve"},
		{"status"},
		{"retry"},
		{"links", "list"},
		{"links", "show", "device", "8"},
		{"relink", "device", "8", "12"},
		{"export-assets", "--directory", t.TempDir()},
	} {
		e.requireFailure(program.ExitCouldNotRun, `unknown connection "other"`, append(arguments, "--connection", "other")...)
	}
	require.ErrorContains(t, unknownConnection("default"), "set the NINJAONE_* and ACCELO_* variables")
	require.NotContains(t, unknownConnection("other").Error(), "NINJAONE_*")
}

func TestCommandsBeforeConnect(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t)
	e.requireFailure(program.ExitCouldNotRun, "is not set up: run `starter connect`", "relink", "device", "8", "12")
	e.requireFailure(program.ExitCouldNotRun, "is not set up: run `starter connect`", "export-assets", "--directory", t.TempDir())
	e.requireFailure(program.ExitCouldNotRun, "device 8 is not linked", "links", "forget", "device", "8")
	e.requireFailure(program.ExitCouldNotRun, "device 8 is not linked", "recreate", "device", "8")
	e.requireFailure(program.ExitCouldNotRun, "device 8 not found", "links", "show", "device", "8")
}

// Connect prints its report although no vendor answers, and then fails.
func TestConnectWithoutVendors(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t)
	report := e.runJSON(program.ExitCouldNotRun, "connect")
	require.Equal(t, "default", report["connection"])
	require.Equal(t, false, report["ready"])
	require.Equal(t, "not checked: a vendor could not be reached", report["schedule"])
	require.Empty(t, report["todo"])
	result := e.run("connect")
	require.Contains(t, result.stderr, "cannot reach NinjaOne at http://127.0.0.1:1")
	require.Contains(t, result.stdout, "? request type       NinjaOne Alerts, not checked")
}

// The keys are those of interface.md 6, and the lists are never null.
func TestStatusAndLinksAsJSON(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t)
	connections, ok := e.runJSON(program.ExitDone, "status")["connections"].([]any)
	require.True(t, ok)
	require.Len(t, connections, 1)
	for _, key := range []string{
		"connection", "ready", "links", "waiting", "open_alerts", "failures", "accelo_budget", "activity_cursor", "cursor_age_seconds", "last_import",
		"last_reconcile",
	} {
		require.Contains(t, connections[0], key)
	}
	require.Equal(t, map[string]any{"connection": "default", "total": 0.0, "links": []any{}}, e.runJSON(program.ExitDone, "links", "list"))

	key := store.KeyOf("default", store.Devices, 8)
	link := &store.Link{OrganizationID: 7, MatchKey: "3/srv", AcceloID: 12, CompanyID: 3}
	_, _, err := e.store.Ensure(t.Context(), store.Creation{
		Key: key, OrganizationID: 7, MatchKey: "3/srv", Find: func(context.Context, *store.Doubtful) (*store.Link, error) { return link, nil },
	})
	require.NoError(t, err)
	require.NoError(t, e.store.RecordFailure(t.Context(), store.Failure{
		Connection: "default", Kind: store.Devices, NinjaID: "9", OrganizationID: 7, Error: "its title is too long",
	}))
	require.EqualValues(t, 1, e.runJSON(program.ExitDone, "links", "list", "--state", "linked")["total"])
	for _, state := range []string{"failed", "parked"} {
		require.EqualValues(t, 1, e.runJSON(program.ExitDone, "links", "list", "--state", state)["total"], state)
	}
	shown := e.runJSON(program.ExitDone, "links", "show", "asset", "8")
	require.Equal(t, "default", shown["connection"])
	require.NotNil(t, shown["link"])
	require.Equal(t, map[string]any{"connection": "default", "kind": "device", "ninja_id": "8", "before": 12.0, "accelo_id": 0.0},
		e.runJSON(program.ExitDone, "links", "forget", "device", "8"))
	shown = e.runJSON(program.ExitDone, "links", "show", "device", "8")
	require.Nil(t, shown["link"])
	require.NotEmpty(t, shown["history"])
}

// The exit code of an import says whether records failed. A cancelled import has a result, a failed one has none.
func TestImportExitCodes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		result    flow.ImportResult
		err       func(flow.ImportResult) error
		code      int
		stderr    string
		arguments []string
	}{
		{"done", flow.ImportResult{Connection: "default", Devices: flow.Counts{Created: 1}}, nil, program.ExitDone, "", []string{"import"}},
		{"some failed", flow.ImportResult{Connection: "default", Alerts: flow.Counts{Failed: 1}}, nil, program.ExitSomeFailures, "", []string{"import"}},
		{"plan", flow.ImportResult{Connection: "default", Plan: true}, nil, program.ExitDone, "", []string{"plan"}},
		{"plan with failures", flow.ImportResult{Connection: "default", Plan: true, Devices: flow.Counts{Failed: 2}}, nil, program.ExitSomeFailures, "", []string{"plan"}},
		{"import --plan", flow.ImportResult{Connection: "default", Plan: true}, nil, program.ExitDone, "", []string{"import", "--plan"}},
		{"cancelled", flow.ImportResult{Connection: "default", Cancelled: true}, func(r flow.ImportResult) error { return temporal.NewCanceledError(r) }, program.ExitDone, "", []string{"import"}},
		{"failed", flow.ImportResult{}, func(flow.ImportResult) error {
			return temporal.NewNonRetryableApplicationError("connection \"default\" is not set up", "NotConnected", errors.New("cause"))
		}, program.ExitCouldNotRun, "the import failed: connection \"default\" is not set up", []string{"import"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := newEnvironment(t)
			e.worker(map[string]any{flow.FullImport: func(_ workflow.Context, in flow.FullImportInput) (flow.ImportResult, error) {
				if in.Plan != test.result.Plan {
					return test.result, temporal.NewNonRetryableApplicationError("wrong input", "Test", nil)
				}
				if test.err != nil {
					return test.result, test.err(test.result)
				}
				return test.result, nil
			}})
			if test.code == program.ExitCouldNotRun {
				e.requireFailure(test.code, test.stderr, append(test.arguments, "--json")...)
				return
			}
			object := e.runJSON(test.code, test.arguments...)
			require.Equal(t, "default", object["connection"])
			require.Equal(t, test.result.Plan, object["plan"])
		})
	}
}

// While an import runs, a second one follows it and a plan is refused.
func TestImportWhileOneIsRunning(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t)
	c := e.worker(map[string]any{flow.FullImport: func(ctx workflow.Context, _ flow.FullImportInput) (flow.ImportResult, error) {
		workflow.GetSignalChannel(ctx, "finish").Receive(ctx, nil)
		return flow.ImportResult{Connection: "default", Organizations: flow.Counts{Created: 3}}, nil
	}})
	started := e.runJSON(program.ExitDone, "import", "--wait=false")
	require.Equal(t, "full-import/default", started["workflow_id"])
	require.NotEmpty(t, started["run_id"])
	for _, arguments := range [][]string{{"plan"}, {"import", "--plan"}, {"plan", "--wait=false"}} {
		e.requireFailure(program.ExitCouldNotRun, "an import is already running; wait for it to finish before planning", arguments...)
	}
	second := e.run("import", "--wait=false")
	require.Equal(t, "Already running: full-import/default\n", second.stdout)
	require.Contains(t, second.stderr, "An import is already running; following its progress (full-import/default).")

	finish := func() {
		t.Helper()
		require.NoError(t, c.SignalWorkflow(t.Context(), "full-import/default", "", "finish", nil))
		require.NoError(t, c.GetWorkflow(t.Context(), "full-import/default", "").Get(t.Context(), nil))
	}
	finish()
	e.runJSON(program.ExitDone, "plan", "--wait=false")
	e.requireFailure(program.ExitCouldNotRun, "a plan is already running; wait for it to finish before planning", "plan")
	require.Contains(t, e.run("import", "--wait=false").stderr, "A plan is already running; following its progress (full-import/default).")
	finish()
	require.NotEqual(t, started["run_id"], e.runJSON(program.ExitDone, "import", "--wait=false")["run_id"])
}

func TestReconcileExitCodes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		result flow.ReconcileResult
		code   int
	}{
		{"done", flow.ReconcileResult{Connection: "default"}, program.ExitDone},
		{"needs approval", flow.ReconcileResult{Connection: "default", Held: "12 devices"}, program.ExitToDo},
		{"some failed", flow.ReconcileResult{Connection: "default", Failures: []flow.ImportFailure{{Kind: "alert"}}}, program.ExitSomeFailures},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := newEnvironment(t)
			e.worker(map[string]any{flow.Reconcile: func(workflow.Context, flow.ReconcileInput) (flow.ReconcileResult, error) { return test.result, nil }})
			require.Equal(t, "default", e.runJSON(test.code, "reconcile")["connection"])
			e.requireFailure(program.ExitCouldNotRun, "nothing needs approval", "reconcile", "--approve")
		})
	}
}

// Without a worker the command says why nothing happens.
func TestImportWithoutWorker(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t)
	e.worker(nil)
	e.environ = append(e.environ, "TASK_QUEUE=unserved")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stdout bytes.Buffer
	stderr := interrupting{text: "No worker is running", interrupt: cancel}
	app := &app{environ: e.environ, stdout: &stdout, stderr: &stderr}
	require.Equal(t, program.ExitCouldNotRun, app.exit(app.run(ctx, []string{"import"})))
	require.Contains(t, stderr.String(), "No worker is running for task queue unserved. Start bin/worker to continue.")
	require.Contains(t, stderr.String(), "stopped watching; full-import/default continues.")
}

// interrupting collects what a command prints and interrupts the command once it has printed a text.
type interrupting struct {
	bytes.Buffer
	text      string
	interrupt func()
}

func (w *interrupting) Write(b []byte) (int, error) {
	n, err := w.Buffer.Write(b)
	if strings.Contains(w.String(), w.text) {
		w.interrupt()
	}
	return n, err
}

func TestRetryCommand(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t)
	e.worker(map[string]any{flow.ImportOrganization: func(workflow.Context, flow.ImportOrganizationInput) error { return nil }})
	require.Equal(t, map[string]any{"connection": "default", "started": []any{}}, e.runJSON(program.ExitDone, "retry"))
	require.NoError(t, e.store.RecordFailure(t.Context(), store.Failure{
		Connection: "default", Kind: store.Devices, NinjaID: "9", OrganizationID: 7, Error: "its title is too long",
	}))
	require.Equal(t, "No failed sync matches: nothing to retry.\n", e.run("retry", "--device", "8").stdout)
	require.Equal(t, "Retrying device 9 (import-organization/default/7)\n", e.run("retry", "--device", "9").stdout)
	started, ok := e.runJSON(program.ExitDone, "retry", "--organization", "7")["started"].([]any)
	require.True(t, ok)
	require.Len(t, started, 1)
	require.Subset(t, started[0], map[string]any{"workflow_id": "import-organization/default/7", "kind": "device", "ninja_id": "9"})
}
