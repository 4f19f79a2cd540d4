//go:build record

package workflows_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/rules"
)

// newScriptedServer returns a server whose activities follow a script, and a launcher as in production.
func newScriptedServer(t *testing.T, script alertScript, attributes ...string) (*server, *launch.Launcher) {
	t.Helper()
	fake := newFakeActivities(0)
	fake.alertScript = script
	s := newServer(t, fake)
	return s, launch.New(s.Client, taskQueue, attributes)
}

// historyName returns the name of a path's history.
func historyName(workflow, name string) string {
	return workflow + "-" + strings.ReplaceAll(strings.ReplaceAll(name, ",", ""), " ", "-")
}

func recordAlertTriggered(t *testing.T, record recorder) {
	run := func(name string, in flow.AlertTriggeredInput, script alertScript, attributes ...string) {
		s, launcher := newScriptedServer(t, script, attributes...)
		require.NoError(t, launcher.AlertTriggered(t.Context(), in))
		id := flow.AlertTriggeredID(in.Connection, in.Alert.UID)
		result, err := s.waitForAlert(id)
		require.Equal(t, script.failAt > 0, err != nil, "%s: %v", name, err)
		t.Log(name, result.Outcome)
		record.keep(s, historyName("alert-triggered", name), id, "")
	}
	for _, path := range triggeredPaths() {
		run(path.name, triggeredInput, path.script, flow.SearchAttributes()...)
		if path.name == "nothing known" {
			for step := range path.wantInputs {
				path.script.failAt = step + 1
				run("failed at step "+string(rune('1'+step)), triggeredInput, path.script, flow.SearchAttributes()...)
			}
		}
	}
	opened := alertScript{openResults: []activities.AcceloOpenRequestResult{openResult(flow.Opened)}}
	run("without attributes", triggeredInput, opened)
	retried := opened
	retried.failFirst = failEachFirst(outage)
	run("opened at the second attempt", triggeredInput, retried, flow.SearchAttributes()...)
	retried.failFirst = failEachFirst(claimHeld(100 * time.Millisecond))
	run("opened after a claim", triggeredInput, retried, flow.SearchAttributes()...)
	in := triggeredInput
	in.Rules = flow.AlertRules{MinSeverity: "MAJOR"}
	run("skipped", in, opened)
	unknown := in
	unknown.Alert.Severity = ""
	opened.severity = activities.NinjaFindSeverityResult{Severity: "CRITICAL"}
	run("severity found", unknown, opened, flow.SearchAttributes()...)
	opened.severity = activities.NinjaFindSeverityResult{Severity: "MINOR"}
	run("severity found and skipped", unknown, opened)
	opened.severity = activities.NinjaFindSeverityResult{}
	in.Rules = flow.AlertRules{HoldDown: 100 * time.Millisecond}
	run("held down", in, opened, flow.SearchAttributes()...)
	run("held down and reset", in, alertScript{
		openResults: []activities.AcceloOpenRequestResult{{Outcome: flow.AlreadyReset, Text: "no request"}},
	}, flow.SearchAttributes()...)

	in.Rules = flow.AlertRules{HoldDown: time.Hour}
	s, launcher := newScriptedServer(t, opened)
	id := flow.AlertTriggeredID(in.Connection, in.Alert.UID)
	require.NoError(t, launcher.AlertTriggered(t.Context(), in))
	s.waitUntil(func() bool { return s.details(id) != "" })
	require.NoError(t, s.CancelWorkflow(t.Context(), id, ""))
	_, err := s.waitForAlert(id)
	require.True(t, temporal.IsCanceledError(err))
	record.keep(s, "alert-triggered-cancelled", id, "")
}

func recordAlertReset(t *testing.T, record recorder) {
	run := func(name string, script alertScript) {
		s, launcher := newScriptedServer(t, script, flow.SearchAttributes()...)
		require.NoError(t, launcher.AlertReset(t.Context(), resetInput))
		id := flow.AlertResetID(resetInput.Connection, resetInput.UID)
		_, err := s.waitForAlert(id)
		require.Equal(t, script.failAt > 0, err != nil)
		record.keep(s, historyName("alert-reset", name), id, "")
	}
	for _, outcome := range resetOutcomes() {
		run(string(outcome.Outcome), alertScript{closeResult: outcome})
	}
	run("failed", alertScript{failAt: 1})
}

func recordRequestClosed(t *testing.T, record recorder) {
	run := func(name string, script alertScript) {
		s, launcher := newScriptedServer(t, script, flow.SearchAttributes()...)
		require.NoError(t, launcher.RequestChanged(t.Context(), changedInput))
		id := flow.RequestClosedID(changedInput.Connection, changedInput.RequestID)
		_, err := s.waitForAlert(id)
		require.Equal(t, script.failAt > 0, err != nil)
		record.keep(s, historyName("request-closed", name), id, "")
	}
	for _, path := range closedPaths() {
		run(path.name, path.script())
		if path.name == "closed by a person" {
			script := path.script()
			script.failAt = 2
			run("failed", script)
		}
	}
}

// recordRequestChangedMeanwhile records changes that arrive while the workflow reads the request.
func recordRequestChangedMeanwhile(t *testing.T, record recorder) {
	s, launcher := (*server)(nil), (*launch.Launcher)(nil)
	change := func(times int) {
		for range times {
			require.NoError(t, launcher.RequestChanged(t.Context(), changedInput))
		}
	}
	var once sync.Once
	s, launcher = newScriptedServer(t, alertScript{
		followResults: []activities.AcceloFollowRequestResult{followResult(flow.Closed, "a"), followResult(flow.Unchanged), followResult(flow.Reopened)},
		during:        func(string) { once.Do(func() { change(3) }) },
	}, flow.SearchAttributes()...)
	change(1)
	id := flow.RequestClosedID(changedInput.Connection, changedInput.RequestID)
	result, err := s.waitForAlert(id)
	require.NoError(t, err)
	require.Equal(t, flow.Reopened, result.Outcome)
	record.keep(s, "request-closed-changed-meanwhile", id, "")
}

// recordImportAlerts records an import with alerts of every outcome. The workflow of one of them has completed before.
func recordImportAlerts(t *testing.T, record recorder) {
	fake := newFakeActivities(2)
	fake.page = 3
	for _, outcome := range []string{"already-reset", "done-before", "fails", "joined", "opened", "reopened"} {
		fake.alerts = append(fake.alerts, rules.Alert{UID: "alert-" + outcome, Subject: outcome})
	}
	s := newServer(t, fake)
	launcher := s.launcher()
	require.NoError(t, launcher.AlertTriggered(t.Context(), flow.AlertTriggeredInput{Connection: "default", Alert: fake.alerts[1]}))
	_, err := s.waitForAlert(flow.AlertTriggeredID("default", "alert-done-before"))
	require.NoError(t, err)
	run := s.start(flow.FullImportInput{Connection: "default", Searchable: true})
	_, err = s.waitForImport(run)
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"alert-already-reset": "unchanged", "alert-done-before": "unchanged", "alert-fails": "failed",
		"alert-joined": "matched", "alert-opened": "created", "alert-reopened": "updated",
	}, fake.alertOutcomes)
	record.keepRun(s, "full-import-alerts", run)
	record.keep(s, "alert-triggered-imported", flow.AlertTriggeredID("default", "alert-opened"), "")
}

func recordCancelledAmongAlerts(t *testing.T, record recorder) {
	fake := newFakeActivities(0)
	fake.alerts = activeAlerts(20, flow.Opened)
	finish := make(chan struct{})
	fake.during = func(string) { <-finish }
	s := newServer(t, fake)
	run := s.start(flow.FullImportInput{Connection: "default"})
	s.waitUntil(func() bool { return len(fake.inputs()) == 4 })
	require.NoError(t, s.CancelWorkflow(t.Context(), run.GetID(), ""))
	close(finish)
	_, err := s.waitForImport(run)
	require.True(t, temporal.IsCanceledError(err))
	record.keepRun(s, "full-import-cancelled-among-alerts", run)
}

func recordContinuedAmongAlerts(t *testing.T, record recorder) {
	fake := newFakeActivities(0)
	fake.alerts, fake.page = activeAlerts(15, flow.Opened), 5
	s := newShortHistoryServer(t, fake)
	first := s.start(flow.FullImportInput{Connection: "default", Searchable: true})
	firstRun := first.GetRunID()
	_, err := s.waitForImport(first)
	require.NoError(t, err)
	last, err := s.DescribeWorkflowExecution(t.Context(), first.GetID(), "")
	require.NoError(t, err)
	lastRun := last.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	require.NotEqual(t, firstRun, lastRun, "the import did not continue as new")
	require.Len(t, fake.alertOutcomes, 15)
	record.keep(s, "full-import-continues-among-alerts", first.GetID(), firstRun)
	record.keep(s, "full-import-continued-among-alerts", first.GetID(), lastRun)
}
