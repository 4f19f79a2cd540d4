package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// Lists have pages, count everything, and hold nothing of another connection.
func TestLists(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.NoError(t, d.SaveCredentials(t.Context(), credentials("other")))
	for _, uid := range []string{"a", "b", "c"} {
		_, err := d.TriggerAlert(t.Context(), store.AlertTrigger{Connection: connection, UID: uid, OrganizationID: 7, DeviceID: 8})
		require.NoError(t, err)
	}
	_, _, err := d.ResetAlert(t.Context(), connection, "a", 2, nil)
	require.NoError(t, err)
	_, _, err = d.ResetAlert(t.Context(), "other", "a", 2, nil)
	require.NoError(t, err)

	count, err := d.CountAlerts(t.Context(), connection)
	require.NoError(t, err)
	require.Equal(t, 3, count)
	first, err := d.ListAlerts(t.Context(), connection, 0, 2)
	require.NoError(t, err)
	require.Equal(t, []string{"c", "b"}, []string{first[0].UID, first[1].UID}, "active alerts come first")
	require.True(t, first[0].Active)
	require.True(t, first[0].Leads)
	second, err := d.ListAlerts(t.Context(), connection, 2, 2)
	require.NoError(t, err)
	require.Len(t, second, 1)
	require.False(t, second[0].Active)
	one, err := d.ListedAlert(t.Context(), connection, "b")
	require.NoError(t, err)
	require.Equal(t, "b", one.UID)
	_, err = d.ListedAlert(t.Context(), connection, "d")
	require.ErrorIs(t, err, store.ErrNotFound)
	reset, err := d.AlertsInState(t.Context(), connection, "reset", 0, 10)
	require.NoError(t, err)
	require.Len(t, reset, 1)

	for id, name := range map[string]string{"1": "Globex", "2": "acme", "3": "Hooli"} {
		require.NoError(t, d.RecordFailure(t.Context(), store.Failure{
			Connection: connection, Kind: store.Organizations, NinjaID: id, Name: name, WorkflowID: "w", Error: "no rights",
		}))
	}
	count, err = d.CountOrganizations(t.Context(), connection, store.OrganizationQuery{})
	require.NoError(t, err)
	require.Equal(t, 3, count)
	organizations, err := d.ListOrganizations(t.Context(), connection, store.OrganizationQuery{Limit: 2})
	require.NoError(t, err)
	require.Equal(t, []string{"acme", "Globex"}, []string{organizations[0].Name, organizations[1].Name})
	require.Equal(t, "no rights", organizations[0].Problem)
	organizations, err = d.ListOrganizations(t.Context(), "other", store.OrganizationQuery{Limit: 10})
	require.NoError(t, err)
	require.Empty(t, organizations)
}

// The last runs of an import include plans and what still runs.
func TestRecentImports(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	for _, run := range []store.Import{{ID: "1", Plan: true}, {ID: "2"}, {ID: "3"}} {
		run.Connection, run.WorkflowID = connection, "full-import/default"
		require.NoError(t, d.BeginImport(t.Context(), run))
	}
	runs, err := d.RecentImports(t.Context(), connection, "full-import/default", 2)
	require.NoError(t, err)
	require.Equal(t, []string{"3", "2"}, []string{runs[0].ID, runs[1].ID})
	runs, err = d.RecentImports(t.Context(), connection, "full-import/other", 2)
	require.NoError(t, err)
	require.Empty(t, runs)
}
