//go:build record

package workflows_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/encoding/protojson"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local"
)

// TestRecordHistories is not a test. It records the histories in testdata/replay, one for each path that a workflow can take:
//
//	make histories
//
// It never overwrites a history. To record a new path, add it here or to a path table, and record it on the commit that releases it.
func TestRecordHistories(t *testing.T) {
	for _, path := range []struct {
		name string
		run  func(t *testing.T, record recorder)
	}{
		{"full import", recordFullImport},
		{"plan", recordPlan},
		{"cancelled", recordCancelled},
		{"cancelled while reading", recordCancelledWhileReading},
		{"child failed", recordChildFailed},
		{"reading refused", recordReadingRefused},
		{"paused and resumed", recordPaused},
		{"continued as new", recordContinued},
		{"standalone organization", recordStandaloneOrganization},
		{"company failed", recordCompanyFailed},
		{"alerts of an import", recordImportAlerts},
		{"alerts of a cancelled import", recordCancelledAmongAlerts},
		{"alerts of an import continued as new", recordContinuedAmongAlerts},
		{"alert triggered", recordAlertTriggered},
		{"alert reset", recordAlertReset},
		{"request closed", recordRequestClosed},
		{"request changed meanwhile", recordRequestChangedMeanwhile},
		{"reconcile", recordReconcile},
		{"test alert", recordTestAlert},
		{"scheduled import", recordScheduledImport},
	} {
		t.Run(path.name, func(t *testing.T) { path.run(t, recorder{t}) })
	}
}

// recorder stores histories in testdata/replay.
type recorder struct{ t *testing.T }

// keep stores the history of a run. An empty runID means the latest.
func (r recorder) keep(s *server, name, workflowID, runID string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), serverTimeout)
	defer cancel()
	var history historypb.History
	events := s.GetWorkflowHistory(ctx, workflowID, runID, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(r.t, err)
		history.Events = append(history.Events, event)
	}
	data, err := protojson.MarshalOptions{Multiline: true, Indent: " "}.Marshal(&history)
	require.NoError(r.t, err)
	file, err := os.OpenFile(filepath.Join("testdata", "replay", name+".json"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if os.IsExist(err) {
		r.t.Logf("%s exists and stays as it is", name)
		return
	}
	require.NoError(r.t, err)
	_, err = file.Write(append(data, '\n'))
	require.NoError(r.t, err)
	require.NoError(r.t, file.Close())
}

func (r recorder) keepRun(s *server, name string, run client.WorkflowRun) {
	r.keep(s, name, run.GetID(), run.GetRunID())
}

func recordFullImport(t *testing.T, record recorder) {
	s := newServer(t, newFakeActivities(3))
	run := s.start(flow.FullImportInput{Connection: "default", Searchable: true})
	_, err := s.waitForImport(run)
	require.NoError(t, err)
	record.keepRun(s, "full-import", run)
	record.keep(s, "import-organization-as-part", flow.ImportOrganizationID("default", 1), "")
}

func recordPlan(t *testing.T, record recorder) {
	s := newServer(t, newFakeActivities(3))
	run := s.start(flow.FullImportInput{Connection: "default", Plan: true})
	_, err := s.waitForImport(run)
	require.NoError(t, err)
	record.keepRun(s, "full-import-plan", run)
}

func recordCancelled(t *testing.T, record recorder) {
	fake := newFakeActivities(20)
	fake.devices = stopWhenCancelled
	s := newServer(t, fake)
	run := s.start(flow.FullImportInput{Connection: "default"})
	s.waitForDevices(fake, 16)
	require.NoError(t, s.CancelWorkflow(t.Context(), run.GetID(), ""))
	_, err := s.waitForImport(run)
	require.True(t, temporal.IsCanceledError(err))
	record.keepRun(s, "full-import-cancelled", run)
	record.keep(s, "import-organization-cancelled", flow.ImportOrganizationID("default", 1), "")
}

func recordCancelledWhileReading(t *testing.T, record recorder) {
	fake := newFakeActivities(1)
	fake.readNinja = func(ctx context.Context, _ activities.ReadInput) error { return blockUntilCancelled(ctx) }
	fake.readAccelo = fake.readNinja
	s := newServer(t, fake)
	run := s.start(flow.FullImportInput{Connection: "default"})
	s.waitForCall(fake, "NinjaRead")
	s.waitForCall(fake, "AcceloRead")
	require.NoError(t, s.CancelWorkflow(t.Context(), run.GetID(), ""))
	_, err := s.waitForImport(run)
	require.True(t, temporal.IsCanceledError(err))
	record.keepRun(s, "full-import-cancelled-while-reading", run)
}

func recordChildFailed(t *testing.T, record recorder) {
	fake := newFakeActivities(3)
	fake.company = func(_ context.Context, in activities.AcceloSyncCompanyInput) (activities.AcceloSyncCompanyResult, error) {
		if in.OrganizationID == 2 {
			return activities.AcceloSyncCompanyResult{}, nonRetryable(activities.NotConnected)
		}
		return activities.AcceloSyncCompanyResult{CompanyID: 1001, Outcome: "created", Devices: 2}, nil
	}
	s := newServer(t, fake)
	run := s.start(flow.FullImportInput{Connection: "default"})
	_, err := s.waitForImport(run)
	require.NoError(t, err)
	record.keepRun(s, "full-import-child-failed", run)
	record.keep(s, "import-organization-failed", flow.ImportOrganizationID("default", 2), "")
}

func recordReadingRefused(t *testing.T, record recorder) {
	fake := newFakeActivities(1)
	s := newServer(t, fake)
	fake.readAccelo = func(ctx context.Context, _ activities.ReadInput) error { return blockUntilCancelled(ctx) }
	fake.readNinja = func(context.Context, activities.ReadInput) error {
		s.waitForCall(fake, "AcceloRead")
		return nonRetryable(activities.Refused)
	}
	run := s.start(flow.FullImportInput{Connection: "default"})
	_, err := s.waitForImport(run)
	require.Error(t, err)
	record.keepRun(s, "full-import-reading-refused", run)
}

func recordPaused(t *testing.T, record recorder) {
	fake := newFakeActivities(18)
	finish := make(chan struct{})
	fake.devices = func(ctx context.Context, _ activities.AcceloSyncDevicesInput) (activities.AcceloSyncDevicesResult, error) {
		select {
		case <-finish:
		case <-ctx.Done():
		}
		return activities.AcceloSyncDevicesResult{Devices: flow.Counts{Created: 2}}, nil
	}
	s := newServer(t, fake)
	run := s.start(flow.FullImportInput{Connection: "default"})
	progress := func() flow.Progress {
		answer, err := s.QueryWorkflow(t.Context(), run.GetID(), "", flow.ProgressQuery)
		require.NoError(t, err)
		var progress flow.Progress
		require.NoError(t, answer.Get(&progress))
		return progress
	}
	s.waitForDevices(fake, 16)
	require.NoError(t, s.SignalWorkflow(t.Context(), run.GetID(), "", flow.PauseSignal, nil))
	s.waitUntil(func() bool { return progress().Paused })
	close(finish)
	s.waitUntil(func() bool { return progress().Organizations.Done == 16 })
	require.NoError(t, s.SignalWorkflow(t.Context(), run.GetID(), "", flow.ResumeSignal, nil))
	_, err := s.waitForImport(run)
	require.NoError(t, err)
	record.keepRun(s, "full-import-paused", run)
}

// newShortHistoryServer returns a server that suggests to continue as new after 45 events, so an import does after one page.
func newShortHistoryServer(t *testing.T, fake *fakeActivities) *server {
	t.Helper()
	own, err := local.StartTemporal(t.Context(), local.TemporalOptions{
		Headless: true, SearchAttributes: flow.SearchAttributes(), Namespaces: []string{"short"},
		DynamicConfig: map[string]string{"limit.historyCount.suggestContinueAsNew": "45"},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, own.Stop(context.WithoutCancel(t.Context()))) })
	return serveAt(t, own.Address(), "short", fake)
}

func recordContinued(t *testing.T, record recorder) {
	fake := newFakeActivities(7)
	fake.page = 3
	s := newShortHistoryServer(t, fake)
	first := s.start(flow.FullImportInput{Connection: "default", Searchable: true})
	firstRun := first.GetRunID()
	_, err := s.waitForImport(first)
	require.NoError(t, err)
	last, err := s.DescribeWorkflowExecution(t.Context(), first.GetID(), "")
	require.NoError(t, err)
	require.Equal(t, oneTo(7), fake.syncedOrganizations())
	lastRun := last.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	require.NotEqual(t, firstRun, lastRun, "the import did not continue as new")
	record.keep(s, "full-import-continues", first.GetID(), firstRun)
	record.keep(s, "full-import-continued", first.GetID(), lastRun)
}

func recordStandaloneOrganization(t *testing.T, record recorder) {
	fake := newFakeActivities(1)
	s := newServer(t, fake)
	in := flow.ImportOrganizationInput{Connection: "default", OrganizationID: 1}
	run := s.start(in)
	_, err := s.waitForImport(run)
	require.NoError(t, err)
	record.keepRun(s, "import-organization-alone", run)

	fake = newFakeActivities(1)
	fake.devices = stopWhenCancelled
	s = newServer(t, fake)
	run = s.start(in)
	s.waitForDevices(fake, 1)
	require.NoError(t, s.CancelWorkflow(t.Context(), run.GetID(), ""))
	_, err = s.waitForImport(run)
	require.True(t, temporal.IsCanceledError(err))
	record.keepRun(s, "import-organization-alone-cancelled", run)
}

func recordCompanyFailed(t *testing.T, record recorder) {
	fake := newFakeActivities(1)
	fake.company = func(context.Context, activities.AcceloSyncCompanyInput) (activities.AcceloSyncCompanyResult, error) {
		return activities.AcceloSyncCompanyResult{Outcome: "failed"}, nil
	}
	s := newServer(t, fake)
	run := s.start(flow.FullImportInput{Connection: "default"})
	_, err := s.waitForImport(run)
	require.NoError(t, err)
	record.keep(s, "import-organization-parked", flow.ImportOrganizationID("default", 1), "")
}
