package store_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// A step counts once something real was done: an import that was cancelled, or that still runs, is no review.
func TestSetupSteps(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	const workflow = "full-import/" + connection
	steps := func() store.SetupSteps {
		t.Helper()
		got, err := d.SetupSteps(t.Context(), connection, workflow)
		require.NoError(t, err)
		return got
	}
	run := func(id string, plan bool, result string) {
		t.Helper()
		require.NoError(t, d.BeginImport(t.Context(), store.Import{ID: id, Connection: connection, WorkflowID: workflow, Plan: plan}))
		if result != "" {
			require.NoError(t, d.FinishImport(t.Context(), id, json.RawMessage(result)))
		}
	}
	require.Zero(t, steps())
	run("runs", false, "")
	run("cancelled", false, `{"cancelled":true}`)
	require.NoError(t, d.NoteOrganizations(t.Context(), connection, []store.NamedOrganization{{NinjaID: "7", Name: "Planet Express"}}))
	require.NoError(t, d.SaveTestAlert(t.Context(), connection, json.RawMessage(`{}`), false))
	require.Zero(t, steps())
	run("plan", true, `{}`)
	require.Equal(t, store.SetupSteps{Previewed: true}, steps())
	require.NoError(t, d.SaveTestAlert(t.Context(), connection, json.RawMessage(`{}`), true))
	require.NoError(t, d.SaveTestAlert(t.Context(), connection, json.RawMessage(`{}`), false))
	require.Equal(t, store.SetupSteps{Previewed: true, Tested: true}, steps(), "it passed once")
	require.NoError(t, d.ChangeOrganizations(t.Context(), connection, []store.OrganizationChange{
		{NinjaID: "7", Before: store.OrganizationChoice{Sync: true}, After: store.OrganizationChoice{}, Why: "Chosen", By: "jane"},
	}))
	require.Equal(t, store.SetupSteps{Reviewed: true, Previewed: true, Tested: true}, steps())

	require.NoError(t, d.SaveCredentials(t.Context(), credentials("other")))
	require.NoError(t, d.BeginImport(t.Context(), store.Import{ID: "o", Connection: "other", WorkflowID: "full-import/other"}))
	require.NoError(t, d.FinishImport(t.Context(), "o", json.RawMessage(`{}`)))
	other, err := d.SetupSteps(t.Context(), "other", "full-import/other")
	require.NoError(t, err)
	require.Equal(t, store.SetupSteps{Reviewed: true, Previewed: true}, other)
}
