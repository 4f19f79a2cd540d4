package activities_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
)

// A record whose ID can't be read is skipped, counted and shown, until it can be read. It holds up nothing else, and nothing is concluded
// from its absence.
func TestRecordsWithoutReadableIDs(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	other := f.ninja.AddOrganization("Momcorp", "")
	odd := f.fixture.device(f.organization, "ODD")
	known, unknown := f.triggerAlert(full), f.triggerAlert(slow)
	f.mustOpen(known, "opened")
	rewrite := func(path, answer string) string {
		switch path {
		case "/v2/organizations-detailed":
			return strings.Replace(answer, fmt.Sprintf(`"id":%d`, f.organization), `"id":{"value":1}`, 1)
		case "/v2/devices-detailed":
			return strings.Replace(answer, fmt.Sprintf(`"id":%d,`, odd), `"id":[7],`, 1)
		case "/v2/alerts", fmt.Sprintf("/v2/device/%d/alerts", f.device):
			return strings.Replace(answer, `"uid":"`+known.UID, `"uid":{},"was":"`+known.UID, 1)
		}
		return answer
	}
	f.rewrite.Store(&rewrite)
	f.fullImport()
	f.readAlerts(f.beginImport(false))
	require.Equal(t, store.Linked, f.link(store.Organizations, other).State)
	require.Subset(t, f.failed(), []string{"organization unreadable", "device unreadable", "alert unreadable"})
	due, err := runIn[activities.ReconcileOverdueResult](f.env(), f.steps.ReconcileOverdue,
		activities.ReconcileOverdueInput{Connection: "default", Now: true})
	require.NoError(t, err)
	for _, alert := range due.Alerts {
		require.NotEmpty(t, alert.UID, "nothing can be started for what can't be read")
	}
	require.NotContains(t, due.Organizations, flow.ImportOrganizationInput{Connection: "default"})
	listed, err := f.database.ListOrganizations(t.Context(), "default", store.OrganizationQuery{})
	require.NoError(t, err)
	require.Len(t, listed, 2)
	found, doubts := f.checks(3, known)
	require.Equal(t, []string{"", "", ""}, found, "the alert that the list hides may be this one")
	require.NotZero(t, doubts)

	f.rewrite.Store(nil)
	f.fullImport()
	f.readAlerts(f.beginImport(false))
	require.Empty(t, f.failed())
	require.Equal(t, store.Linked, f.link(store.Devices, odd).State)
	f.mustOpen(unknown, "opened")
}
