package store_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// A run drops the working sets that failed runs of the same workflow left behind, and no others.
func TestBeginImportDropsOldWorkingSets(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	failed, other := beginRun(t, d, "i1"), beginRun(t, d, "i2")
	failed.stage(store.DeviceRecord, record(1, 5))
	other.stage(store.DeviceRecord, record(1, 6))
	require.NoError(t, d.BeginImport(t.Context(), store.Import{ID: "i3", Connection: connection, WorkflowID: "full-import/i1"}))
	left := func(id string) int {
		return value[int](d, `SELECT count(*)::int FROM snapshots WHERE import_id = $1`, id)
	}
	require.Zero(t, left("i1"))
	require.Equal(t, 1, left("i2"))
}

// Beginning a run again changes nothing.
func TestBeginImport(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := beginRun(t, d, "i1")
	require.NoError(t, d.SetPhase(t.Context(), r.id, "reading"))
	require.NoError(t, d.AddCalls(t.Context(), r.id, store.Calls{AcceloCalls: 3}))
	again := store.Import{ID: r.id, Connection: connection, WorkflowID: "another", Plan: true}
	require.NoError(t, d.BeginImport(t.Context(), again))
	stored, err := d.Import(t.Context(), r.id)
	require.NoError(t, err)
	require.Equal(t, "full-import/i1", stored.WorkflowID)
	require.False(t, stored.Plan)
	require.Equal(t, "reading", stored.Phase)
	require.Equal(t, int64(3), stored.AcceloCalls)
	require.Nil(t, stored.FinishedAt)
	require.Nil(t, stored.Result)

	_, err = d.Import(t.Context(), "unknown")
	require.ErrorIs(t, err, store.ErrNotFound)
	require.Error(t, d.BeginImport(t.Context(), store.Import{ID: "i2", Connection: "unknown"}))
}

// Concurrent counts add up.
func TestAddCalls(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := beginRun(t, d, "i1")
	other := beginRun(t, d, "i2")
	var group errgroup.Group
	for range 20 {
		group.Go(func() error {
			return d.AddCalls(t.Context(), r.id, store.Calls{NinjaoneCalls: 1, AcceloCalls: 2, AcceloWrites: 3, AcceloMillis: 1 << 33})
		})
	}
	require.NoError(t, group.Wait())
	stored, err := d.Import(t.Context(), r.id)
	require.NoError(t, err)
	require.Equal(t, store.Calls{NinjaoneCalls: 20, AcceloCalls: 40, AcceloWrites: 60, AcceloMillis: 20 << 33}, stored.Calls)
	stored, err = d.Import(t.Context(), other.id)
	require.NoError(t, err)
	require.Zero(t, stored.Calls)
}

// A finished run keeps its result and call counts and drops its working set. Other runs keep theirs.
func TestFinishImport(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r, other := beginRun(t, d, "i1"), beginRun(t, d, "i2")
	for _, run := range []*run{r, other} {
		run.stage(store.DeviceRecord, record(1, 7))
		run.stage(store.AssetRecord, record(1, 31))
	}
	require.NoError(t, d.AddCalls(t.Context(), r.id, store.Calls{AcceloCalls: 3}))
	result, err := json.Marshal(map[string]string{"text": nasty})
	require.NoError(t, err)
	require.NoError(t, d.FinishImport(t.Context(), r.id, result))
	stored, err := d.Import(t.Context(), r.id)
	require.NoError(t, err)
	require.JSONEq(t, string(result), string(stored.Result))
	require.Equal(t, "done", stored.Phase)
	require.NotNil(t, stored.FinishedAt)
	require.Equal(t, int64(3), stored.AcceloCalls)
	require.Equal(t, []string{"i2 asset", "i2 device"}, value[[]string](d, `SELECT array_agg(import_id || ' ' || kind ORDER BY kind) FROM snapshots`))
}

// Plans, unfinished runs and runs of other workflows do not count.
func TestLastImport(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	const workflow = "full-import/default"
	_, err := d.LastImport(t.Context(), connection, workflow)
	require.ErrorIs(t, err, store.ErrNotFound)
	for _, run := range []store.Import{
		{ID: "older", WorkflowID: workflow},
		{ID: "newer", WorkflowID: workflow},
		{ID: "plan", WorkflowID: workflow, Plan: true},
		{ID: "organization", WorkflowID: "import-organization/default/1"},
		{ID: "running", WorkflowID: workflow},
	} {
		run.Connection = connection
		require.NoError(t, d.BeginImport(t.Context(), run))
		if run.ID != "running" {
			require.NoError(t, d.FinishImport(t.Context(), run.ID, json.RawMessage(`{}`)))
		}
	}
	d.exec(`UPDATE imports SET finished_at = finished_at - interval '1 hour' WHERE id = 'older'`)
	last, err := d.LastImport(t.Context(), connection, workflow)
	require.NoError(t, err)
	require.Equal(t, "newer", last.ID)
}

// Progress counts the records of NinjaOne, not those read from Accelo.
func TestProgress(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	r := beginRun(t, d, "i1")
	progress, err := d.Progress(t.Context(), r.id)
	require.NoError(t, err)
	require.Equal(t, store.Progress{}, progress)

	r.stage(store.OrganizationRecord, record(0, 1))
	r.stage(store.DeviceRecord, record(1, 11), record(1, 12))
	r.stage(store.AlertRecord, store.Record{ID: "a"})
	r.stage(store.CompanyRecord, record(0, 41))
	r.stage(store.AssetRecord, record(41, 31))
	beginRun(t, d, "i2").stage(store.DeviceRecord, record(1, 11))
	r.outcome(store.OrganizationRecord, "1", rules.Created, "")
	r.outcome(store.DeviceRecord, "12", rules.Failed, "why")
	require.NoError(t, d.SetPhase(t.Context(), r.id, "importing"))
	require.NoError(t, d.AddCalls(t.Context(), r.id, store.Calls{AcceloCalls: 5, NinjaoneCalls: 7}))
	progress, err = d.Progress(t.Context(), r.id)
	require.NoError(t, err)
	require.Equal(t, store.Progress{Phase: "importing", AcceloCalls: 5, Done: 2, Total: 4}, progress)

	_, err = d.Progress(t.Context(), "unknown")
	require.ErrorIs(t, err, store.ErrNotFound)
}
