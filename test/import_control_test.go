package test

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"ninjaone-accelo/internal/flow"
)

// progress is the answer to the import's query `progress`.
type progress struct {
	Phase         string      `json:"phase"`
	Paused        bool        `json:"paused"`
	Organizations doneOfTotal `json:"organizations"`
	Devices       doneOfTotal `json:"devices"`
	Running       []int       `json:"running_organizations"`
}

type doneOfTotal struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

func (e *testEnv) progress() progress {
	e.t.Helper()
	var now progress
	e.waitUntil("the import answers the query", func() bool {
		value, err := e.temporal.QueryWorkflow(e.ctx, importID, "", "progress")
		return err == nil && value.Get(&now) == nil
	})
	return now
}

func (e *testEnv) signalImport(name string) {
	e.t.Helper()
	require.NoError(e.t, e.temporal.SignalWorkflow(e.ctx, importID, "", name, nil))
}

// findWorkflows returns the IDs of the workflows that match a visibility query.
func (e *testEnv) findWorkflows(query string) []string {
	e.t.Helper()
	list, err := e.temporal.ListWorkflow(e.ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query})
	require.NoError(e.t, err)
	var ids []string
	for _, execution := range list.GetExecutions() {
		ids = append(ids, execution.GetExecution().GetWorkflowId())
	}
	return ids
}

// An import can be followed twice, paused and resumed. It continues when no one follows it, and each follower gets its report.
func TestImportControl(t *testing.T) {
	t.Parallel()
	e := newConnectedEnv(t, scenario{organizations: 40, devices: 80, latency: slow})
	watching, pressCtrlC := context.WithCancel(e.ctx)
	defer pressCtrlC()
	first := e.starterInBackground(watching, "import", "--json")
	e.waitUntil("organizations are being imported", func() bool { return e.accelo.count(http.MethodPost, "/companies") >= 3 })

	// A second import command follows the running import. A plan refuses, because it would see half an import.
	e.signalImport("pause")
	require.True(t, e.progress().Paused)
	second := e.starterInBackground(e.ctx, "import", "--json")
	left := e.starter("import", "--json", "--wait=false")
	require.Equal(t, 0, left.Code)
	ids := decodeStrict[struct {
		Connection string `json:"connection"`
		WorkflowID string `json:"workflow_id"`
		RunID      string `json:"run_id"`
	}](t, left.Stdout)
	require.Equal(t, importID, ids.WorkflowID)
	plan := e.starter("import", "--plan")
	require.Equal(t, 1, plan.Code)
	require.Contains(t, plan.Stderr, "already running")

	// A paused import finishes the organizations it has started and starts no others.
	e.waitUntil("the started organizations are done", func() bool { return len(e.progress().Running) == 0 })
	paused := e.progress()
	require.Equal(t, "importing", paused.Phase)
	require.Positive(t, paused.Organizations.Done)
	require.Less(t, paused.Organizations.Done, paused.Organizations.Total)
	require.Less(t, paused.Devices.Done, paused.Devices.Total)

	// Ctrl-C ends the command, not the import.
	pressCtrlC()
	interrupted := first()
	require.Equal(t, 1, interrupted.Code)
	require.Empty(t, interrupted.Stdout)
	require.Contains(t, interrupted.Stderr, "continues")
	require.Equal(t, paused.Organizations, e.progress().Organizations)

	e.signalImport("resume")
	result := second()
	require.Equal(t, 0, result.Code)
	require.Contains(t, result.Stderr, "already running")
	report := decodeStrict[importReport](t, result.Stdout)
	require.Equal(t, ids.RunID, report.RunID)
	o := e.requireInSync()
	require.Equal(t, counts{Created: o.approvedCount()}, report.Devices)
	require.Equal(t, "done", e.progress().Phase)

	// Search attributes find the import and its organizations.
	organization := o.ninja.Organizations[0].ID
	e.waitUntil("the visibility store has caught up", func() bool {
		return slices.Contains(e.findWorkflows("Connection = 'default' AND WorkflowType = 'FullImport'"), importID)
	})
	child := "import-organization/default/" + strconv.Itoa(organization)
	require.Equal(t, []string{child}, e.findWorkflows("NinjaOrganizationId = '"+strconv.Itoa(organization)+"'"))
}

// A cancelled import stops between records and reports what it did. The next import does the rest.
func TestCancelImport(t *testing.T) {
	t.Parallel()
	e := newConnectedEnv(t, scenario{organizations: 12, devices: 80, latency: slow})
	running := e.starterInBackground(e.ctx, "import", "--json")
	e.waitUntil("some devices are done", func() bool { return e.accelo.count(http.MethodPost, "/assets") >= 10 })
	e.accelo.setLatency(time.Second / 2)
	require.NoError(t, e.temporal.CancelWorkflow(e.ctx, importID, ""))
	result := running()
	require.Equal(t, 0, result.Code, result.Stderr)
	report := decodeStrict[importReport](t, result.Stdout)
	require.True(t, report.Cancelled)
	require.Empty(t, report.Failures)
	description, err := e.temporal.DescribeWorkflowExecution(e.ctx, importID, "")
	require.NoError(t, err)
	require.Equal(t, "Canceled", description.GetWorkflowExecutionInfo().GetStatus().String())

	state, calls := e.accelo.state(), e.accelo.counters()
	require.Zero(t, calls.ByStatus[0], "calls were cut off")
	require.Len(t, state.Assets, report.Devices.Created, "the report doesn't match what was created")
	e.accelo.setLatency(0)
	rest := e.runImport()
	o := e.requireInSync()
	require.Less(t, report.Devices.Created, o.approvedCount())
	require.Equal(t, counts{Created: o.approvedCount() - report.Devices.Created, Unchanged: report.Devices.Created}, rest.Devices)
}

// One organization can be imported on its own.
func TestImportOneOrganization(t *testing.T) {
	t.Parallel()
	e := newConnectedEnv(t, scenario{organizations: 8, devices: 40, companies: 10})
	ninja := e.ninjaOne.state()
	devices := map[int]int{}
	for _, device := range ninja.Devices {
		if device.ApprovalStatus == "APPROVED" {
			devices[device.OrganizationID]++
		}
	}
	for _, organization := range ninja.Organizations[:3] {
		id := strconv.Itoa(organization.ID)
		report := e.runImport("--organization", id)
		require.Equal(t, "import-organization/default/"+id, report.WorkflowID)
		require.Equal(t, 1, report.Organizations.total())
		require.Equal(t, counts{Created: devices[organization.ID]}, report.Devices)
		again := e.runImport("--organization", id)
		require.Equal(t, counts{Unchanged: 1}, again.Organizations)
		require.Equal(t, counts{Unchanged: devices[organization.ID]}, again.Devices)
	}
	e.runImport()
	e.requireInSync()
	missing := e.starter("import", "--organization", "987654")
	require.Equal(t, 1, missing.Code)
	require.Contains(t, missing.Stderr, "987654 does not exist in NinjaOne")
}

// Signals that wait while no worker runs are obeyed in their order: pause, resume, pause leaves the import paused.
func TestPauseWhileNoWorkerRuns(t *testing.T) {
	t.Parallel()
	e := newTestEnv(t, scenario{organizations: 3, devices: 6})
	require.Equal(t, 0, e.starter("connect").Code)
	require.Equal(t, 0, e.starter("import", "--wait=false").Code)
	for _, signal := range []string{"pause", "resume", "pause"} {
		e.signalImport(signal)
	}
	e.startWorker()
	e.waitUntil("the import has compared both sides", func() bool { return e.progress().Phase == "importing" })
	require.True(t, e.progress().Paused)
	require.Zero(t, e.accelo.count(http.MethodPost, "/companies"))
	e.signalImport("resume")
	var result flow.ImportResult
	require.NoError(t, e.temporal.GetWorkflow(e.ctx, importID, "").Get(e.ctx, &result))
	require.Equal(t, 3, result.Organizations.Created+result.Organizations.Matched)
}
