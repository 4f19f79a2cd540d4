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
)

// progress is the answer to the query `progress`.
type progress struct {
	Phase         string `json:"phase"`
	Paused        bool   `json:"paused"`
	Organizations share  `json:"organizations"`
	Devices       share  `json:"devices"`
	Running       []int  `json:"running_organizations"`
}

type share struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

func (w *world) progress() progress {
	w.t.Helper()
	var now progress
	w.until("the import answers the query", func() bool {
		value, err := w.temporal.QueryWorkflow(w.ctx, importID, "", "progress")
		return err == nil && value.Get(&now) == nil
	})
	return now
}

func (w *world) signal(name string) {
	w.t.Helper()
	require.NoError(w.t, w.temporal.SignalWorkflow(w.ctx, importID, "", name, nil))
}

// found is how many executions Temporal's visibility finds.
func (w *world) found(query string) []string {
	w.t.Helper()
	list, err := w.temporal.ListWorkflow(w.ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query})
	require.NoError(w.t, err)
	var ids []string
	for _, execution := range list.GetExecutions() {
		ids = append(ids, execution.GetExecution().GetWorkflowId())
	}
	return ids
}

// An import can be watched twice, left alone, paused and resumed; it goes on by itself and reports to whoever watches.
func TestControl(t *testing.T) {
	t.Parallel()
	w := connected(t, scenario{organizations: 40, devices: 80, latency: slow})
	watching, pressCtrlC := context.WithCancel(w.ctx)
	defer pressCtrlC()
	first := w.starting(watching, "import", "--json")
	w.until("organizations are being imported", func() bool { return w.accelo.count(http.MethodPost, "/companies") >= 3 })

	// Started again, the command watches the one that runs; a plan refuses, as it would see half an import.
	w.signal("pause")
	require.True(t, w.progress().Paused)
	second := w.starting(w.ctx, "import", "--json")
	left := w.run("import", "--json", "--wait=false")
	require.Equal(t, 0, left.Code)
	ids := decodeStrict[struct {
		Connection string `json:"connection"`
		WorkflowID string `json:"workflow_id"`
		RunID      string `json:"run_id"`
	}](t, left.Stdout)
	require.Equal(t, importID, ids.WorkflowID)
	plan := w.run("import", "--plan")
	require.Equal(t, 1, plan.Code)
	require.Contains(t, plan.Stderr, "already running")

	// Paused, it finishes the organizations under way and takes up no other.
	w.until("those under way are done", func() bool { return len(w.progress().Running) == 0 })
	paused := w.progress()
	require.Equal(t, "importing", paused.Phase)
	require.Positive(t, paused.Organizations.Done)
	require.Less(t, paused.Organizations.Done, paused.Organizations.Total)
	require.Less(t, paused.Devices.Done, paused.Devices.Total)

	// Ctrl-C ends the watching, not the import.
	pressCtrlC()
	gone := first()
	require.Equal(t, 1, gone.Code)
	require.Empty(t, gone.Stdout)
	require.Contains(t, gone.Stderr, "continues")
	require.Equal(t, paused.Organizations, w.progress().Organizations)

	w.signal("resume")
	result := second()
	require.Equal(t, 0, result.Code)
	require.Contains(t, result.Stderr, "already running")
	report := decodeStrict[importReport](t, result.Stdout)
	require.Equal(t, ids.RunID, report.RunID)
	o := w.compare()
	require.Equal(t, counts{Created: o.approved()}, report.Devices)
	require.Equal(t, "done", w.progress().Phase)

	// Everything can be found by what it was about.
	organization := o.ninja.Organizations[0].ID
	w.until("the visibility store has caught up", func() bool {
		return slices.Contains(w.found("Connection = 'default' AND WorkflowType = 'FullImport'"), importID)
	})
	child := "import-organization/default/" + strconv.Itoa(organization)
	require.Equal(t, []string{child}, w.found("NinjaOrganizationId = '"+strconv.Itoa(organization)+"'"))
}

// A cancelled import stops between records and reports what it has done; the next one does the rest.
func TestCancel(t *testing.T) {
	t.Parallel()
	w := connected(t, scenario{organizations: 12, devices: 80, latency: slow})
	running := w.starting(w.ctx, "import", "--json")
	w.until("some devices are done", func() bool { return w.accelo.count(http.MethodPost, "/assets") >= 10 })
	w.accelo.setLatency(time.Second / 2)
	require.NoError(t, w.temporal.CancelWorkflow(w.ctx, importID, ""))
	result := running()
	require.Equal(t, 0, result.Code, result.Stderr)
	report := decodeStrict[importReport](t, result.Stdout)
	require.True(t, report.Cancelled)
	require.Empty(t, report.Failures)
	description, err := w.temporal.DescribeWorkflowExecution(w.ctx, importID, "")
	require.NoError(t, err)
	require.Equal(t, "Canceled", description.GetWorkflowExecutionInfo().GetStatus().String())

	state, calls := w.accelo.state(), w.accelo.counters()
	require.Zero(t, calls.ByStatus[0], "calls were cut off")
	require.Len(t, state.Assets, report.Devices.Created, "the report is not what was done")
	w.accelo.setLatency(0)
	rest := w.imports()
	o := w.compare()
	require.Less(t, report.Devices.Created, o.approved())
	require.Equal(t, counts{Created: o.approved() - report.Devices.Created, Unchanged: report.Devices.Created}, rest.Devices)
}

// One organization can be imported by itself, from what both vendors know now.
func TestOneOrganization(t *testing.T) {
	t.Parallel()
	w := connected(t, scenario{organizations: 8, devices: 40, companies: 10})
	ninja := w.ninjaOne.state()
	devices := map[int]int{}
	for _, device := range ninja.Devices {
		if device.ApprovalStatus == "APPROVED" {
			devices[device.OrganizationID]++
		}
	}
	for _, organization := range ninja.Organizations[:3] {
		id := strconv.Itoa(organization.ID)
		report := w.imports("--organization", id)
		require.Equal(t, "import-organization/default/"+id, report.WorkflowID)
		require.Equal(t, 1, report.Organizations.total())
		require.Equal(t, counts{Created: devices[organization.ID]}, report.Devices)
		again := w.imports("--organization", id)
		require.Equal(t, counts{Unchanged: 1}, again.Organizations)
		require.Equal(t, counts{Unchanged: devices[organization.ID]}, again.Devices)
	}
	w.imports()
	w.compare()
	nobody := w.run("import", "--organization", "987654")
	require.Equal(t, 1, nobody.Code)
	require.Contains(t, nobody.Stderr, "987654 does not exist in NinjaOne")
}
