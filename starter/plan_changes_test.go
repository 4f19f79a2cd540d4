package main

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

func changes() []rules.Change {
	return []rules.Change{
		{
			Kind: rules.OrganizationChange, NinjaID: "7", OrganizationID: 7, Organization: "Planet Express", Name: "Planet Express",
			Action: rules.Create, Cost: rules.AcceloCalls(0, 1), Why: "No company has this name",
			Fields: []rules.FieldChange{{Field: "name", After: "Planet Express"}, {Field: "comments", After: "-2+3 Deliveries"}},
		},
		{
			Kind: rules.DeviceChange, NinjaID: "8", OrganizationID: 7, Organization: "Planet Express", Name: "=SHIP",
			Action: rules.Update, AcceloID: 12, Cost: rules.AcceloCalls(0, 1), Why: "NinjaOne renamed the device",
			Fields: []rules.FieldChange{{Field: "title", Before: "SHIP", After: "=SHIP"}},
		},
		{
			Kind: rules.DeviceChange, NinjaID: "9", OrganizationID: 9, Organization: "Momcorp", Name: "LAB",
			Action: rules.Wait, Why: "This deployment's API can't create assets",
		},
	}
}

// Changes are grouped by organization, with the reason and each field's value before and after.
func TestChangesText(t *testing.T) {
	t.Parallel()
	requireGoldens(t, "changes", map[string]string{"nothing": changesText(nil), "many": changesText(changes())})
}

// A cell that a spreadsheet program would run as a formula is quoted, and a change's calls count once.
func TestChangesCSV(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	require.NoError(t, status.WriteChanges(&file, changes()))
	requireGolden(t, "changes-csv", file.String())
}

func TestSafeCell(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "a=b": "a=b", "=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\t=1": "'\t=1"} {
		require.Equal(t, want, rules.SafeCell(text))
	}
}

// The changes of an import exist only for a plan that has ended.
func TestChangesNeedAPlan(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]importOptions{
		"without --plan":    {changes: true, wait: true},
		"csv without plan":  {csv: "x.csv", wait: true},
		"with --wait=false": {plan: true, changes: true},
	} {
		var usage *program.UsageError
		require.ErrorAs(t, options.checkChanges(), &usage, name)
	}
	require.NoError(t, (&importOptions{plan: true, changes: true, wait: true}).checkChanges())
	require.NoError(t, (&importOptions{}).checkChanges())
}

// The changes come from the database, not through Temporal.
func TestPlanChanges(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t)
	e.worker(map[string]any{flow.FullImport: func(ctx workflow.Context, _ flow.FullImportInput) (flow.ImportResult, error) {
		id := workflow.GetInfo(ctx).FirstRunID
		run := store.Import{ID: id, Connection: "default", WorkflowID: "full-import/default", Plan: true}
		if err := e.store.BeginImport(t.Context(), run); err != nil {
			return flow.ImportResult{}, err
		}
		result := flow.ImportResult{Connection: "default", Plan: true, Organizations: flow.Counts{Created: 1}}
		return result, e.store.AddChanges(t.Context(), id, changes())
	}})
	result := e.run("plan", "--changes")
	require.Equal(t, program.ExitDone, result.code, result.stderr)
	require.Contains(t, result.stdout, "Planet Express (organization 7):\n")
	require.Contains(t, result.stdout, "Nothing was written to Accelo.")

	path := filepath.Join(t.TempDir(), "changes.csv")
	object := e.runJSON(program.ExitDone, "import", "--plan", "--changes", "--csv", path)
	require.Equal(t, true, object["plan"])
	require.Len(t, object["changes"], len(changes()))
	require.FileExists(t, path)
	require.NotContains(t, e.runJSON(program.ExitDone, "plan"), "changes")
}

// A plan that a newer run has replaced is not shown as one without changes.
func TestPlanReplaced(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t)
	e.worker(map[string]any{flow.FullImport: func(workflow.Context, flow.FullImportInput) (flow.ImportResult, error) {
		return flow.ImportResult{Connection: "default", Plan: true, Devices: flow.Counts{Created: 1}}, nil
	}})
	e.requireFailure(program.ExitCouldNotRun, "another import has started and replaced the plan", "plan", "--changes")
}
