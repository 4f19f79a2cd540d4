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

// playing is a server whose activities answer as scripted, and a launcher as production has it.
func playing(t *testing.T, script alertScript, attributes ...string) (*server, *launch.Launcher) {
	t.Helper()
	fake := newFakeSteps(0)
	fake.alertScript = script
	s := newServer(t, fake)
	return s, launch.New(s.Client, "imports", attributes)
}

// path is the name of a history.
func path(workflow, name string) string {
	return workflow + "-" + strings.ReplaceAll(strings.ReplaceAll(name, ",", ""), " ", "-")
}

func recordAlertTriggered(t *testing.T, record recorder) {
	play := func(name string, in flow.AlertTriggeredInput, script alertScript, attributes ...string) {
		s, launcher := playing(t, script, attributes...)
		require.NoError(t, launcher.AlertTriggered(t.Context(), in))
		id := flow.AlertTriggeredID(in.Connection, in.Alert.UID)
		result, err := s.alertEnded(id)
		require.Equal(t, script.refuses > 0, err != nil, "%s: %v", name, err)
		t.Log(name, result.Outcome)
		record.keep(s, path("alert-triggered", name), id, "")
	}
	for _, path := range triggeredPaths() {
		play(path.name, fired, path.script, flow.SearchAttributes()...)
		if path.name == "nothing known" {
			for step := range path.asked {
				path.script.refuses = step + 1
				play("failed at step "+string(rune('1'+step)), fired, path.script, flow.SearchAttributes()...)
			}
		}
	}
	opened := alertScript{opens: []activities.AcceloOpenRequestResult{opens("opened")}}
	play("without attributes", fired, opened)
	stumbling := opened
	stumbling.stumbles = atFirst(outage)
	play("opened at the second attempt", fired, stumbling, flow.SearchAttributes()...)
	stumbling.stumbles = atFirst(claimed(100 * time.Millisecond))
	play("opened after a claim", fired, stumbling, flow.SearchAttributes()...)
	in := fired
	in.Rules = flow.AlertRules{MinSeverity: "MAJOR"}
	play("skipped", in, opened)
	in.Rules = flow.AlertRules{HoldDown: 100 * time.Millisecond}
	play("held down", in, opened, flow.SearchAttributes()...)
	play("held down and reset", in, alertScript{
		opens: []activities.AcceloOpenRequestResult{{Outcome: flow.AlreadyReset, Text: "no request"}},
	}, flow.SearchAttributes()...)

	in.Rules = flow.AlertRules{HoldDown: time.Hour}
	s, launcher := playing(t, opened)
	id := flow.AlertTriggeredID(in.Connection, in.Alert.UID)
	require.NoError(t, launcher.AlertTriggered(t.Context(), in))
	s.until(func() bool { return s.details(id) != "" })
	require.NoError(t, s.CancelWorkflow(t.Context(), id, ""))
	_, err := s.alertEnded(id)
	require.True(t, temporal.IsCanceledError(err))
	record.keep(s, "alert-triggered-cancelled", id, "")
}

func recordAlertReset(t *testing.T, record recorder) {
	play := func(name string, script alertScript) {
		s, launcher := playing(t, script, flow.SearchAttributes()...)
		require.NoError(t, launcher.AlertReset(t.Context(), over))
		id := flow.AlertResetID(over.Connection, over.UID)
		_, err := s.alertEnded(id)
		require.Equal(t, script.refuses > 0, err != nil)
		record.keep(s, path("alert-reset", name), id, "")
	}
	for _, outcome := range resetOutcomes() {
		play(string(outcome.Outcome), alertScript{closes: outcome})
	}
	play("failed", alertScript{refuses: 1})
}

func recordRequestClosed(t *testing.T, record recorder) {
	play := func(name string, script alertScript) {
		s, launcher := playing(t, script, flow.SearchAttributes()...)
		require.NoError(t, launcher.RequestChanged(t.Context(), changed))
		id := flow.RequestClosedID(changed.Connection, changed.RequestID)
		_, err := s.alertEnded(id)
		require.Equal(t, script.refuses > 0, err != nil)
		record.keep(s, path("request-closed", name), id, "")
	}
	for _, path := range closedPaths() {
		play(path.name, path.script())
		if path.name == "closed by a person" {
			script := path.script()
			script.refuses = 2
			play("failed", script)
		}
	}
}

// Changes that come while the flow looks at earlier ones, and right after it has begun.
func recordRequestChangedMeanwhile(t *testing.T, record recorder) {
	s, launcher := (*server)(nil), (*launch.Launcher)(nil)
	change := func(times int) {
		for range times {
			require.NoError(t, launcher.RequestChanged(t.Context(), changed))
		}
	}
	var once sync.Once
	s, launcher = playing(t, alertScript{
		follows:   []activities.AcceloFollowRequestResult{saw("closed", "a"), saw("unchanged"), saw("reopened")},
		meanwhile: func(string) { once.Do(func() { change(3) }) },
	}, flow.SearchAttributes()...)
	change(1)
	id := flow.RequestClosedID(changed.Connection, changed.RequestID)
	result, err := s.alertEnded(id)
	require.NoError(t, err)
	require.Equal(t, flow.Reopened, result.Outcome)
	record.keep(s, "request-closed-changed-meanwhile", id, "")
}

// An import brings alerts of every outcome, one of them through a flow that has been done before.
func recordImportAlerts(t *testing.T, record recorder) {
	fake := newFakeSteps(2)
	fake.page = 3
	for _, outcome := range []string{"already-reset", "done-before", "fails", "joined", "opened", "reopened"} {
		fake.alerts = append(fake.alerts, rules.Alert{UID: "alert-" + outcome, Subject: outcome})
	}
	s := newServer(t, fake)
	launcher := launch.New(s.Client, "imports", flow.SearchAttributes())
	require.NoError(t, launcher.AlertTriggered(t.Context(), flow.AlertTriggeredInput{Connection: "default", Alert: fake.alerts[1]}))
	_, err := s.alertEnded(flow.AlertTriggeredID("default", "alert-done-before"))
	require.NoError(t, err)
	run := s.beginImport(flow.FullImportInput{Connection: "default", Searchable: true})
	_, err = s.wait(run)
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"alert-already-reset": "unchanged", "alert-done-before": "unchanged", "alert-fails": "failed",
		"alert-joined": "matched", "alert-opened": "created", "alert-reopened": "updated",
	}, fake.alertOutcomes)
	record.keepRun(s, "full-import-alerts", run)
	record.keep(s, "alert-triggered-imported", flow.AlertTriggeredID("default", "alert-opened"), "")
}

func recordCancelledAmongAlerts(t *testing.T, record recorder) {
	fake := newFakeSteps(0)
	fake.alerts = alerts(20, "opened")
	goOn := make(chan struct{})
	fake.meanwhile = func(string) { <-goOn }
	s := newServer(t, fake)
	run := s.beginImport(flow.FullImportInput{Connection: "default"})
	s.until(func() bool { return len(fake.inputs()) == 4 })
	require.NoError(t, s.CancelWorkflow(t.Context(), run.GetID(), ""))
	close(goOn)
	_, err := s.wait(run)
	require.True(t, temporal.IsCanceledError(err))
	record.keepRun(s, "full-import-cancelled-among-alerts", run)
}

func recordContinuedAmongAlerts(t *testing.T, record recorder) {
	fake := newFakeSteps(0)
	fake.alerts, fake.page = alerts(15, "opened"), 5
	s := impatientServer(t, fake)
	first := s.beginImport(flow.FullImportInput{Connection: "default", Searchable: true})
	firstRun := first.GetRunID()
	_, err := s.wait(first)
	require.NoError(t, err)
	last, err := s.DescribeWorkflowExecution(t.Context(), first.GetID(), "")
	require.NoError(t, err)
	lastRun := last.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	require.NotEqual(t, firstRun, lastRun, "the import did not continue as new")
	require.Len(t, fake.alertOutcomes, 15)
	record.keep(s, "full-import-continues-among-alerts", first.GetID(), firstRun)
	record.keep(s, "full-import-continued-among-alerts", first.GetID(), lastRun)
}
