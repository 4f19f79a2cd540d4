package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// An alert whose organization has to be synced first is owed from the first attempt on, because its workflow may be lost before it has an
// incident and the log may have been read past it. It no longer is once it has a request, was reset, or has failed.
func TestAlertOfUnknownOrganizationIsOwed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		then func(f *fixture, organization int, alert rules.Alert)
		owed int
	}{
		"its workflow is lost": {then: func(*fixture, int, rules.Alert) {}, owed: 1},
		"it gets its request": {then: func(f *fixture, organization int, alert rules.Alert) {
			require.NoError(f.t, f.syncAlertCompany(organization, alert))
			f.mustOpen(alert, flow.Opened)
			f.syncAlertDevice(alert, f.mustOpen(alert, flow.Opened).IncidentID)
		}},
		"it is reset": {then: func(f *fixture, _ int, alert rules.Alert) {
			_, err := f.close(alert)
			require.NoError(f.t, err)
			f.mustOpen(alert, flow.AlreadyReset)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, settings{})
			organization := f.ninja.AddOrganization("Planet Express", "")
			alert := f.triggerAlert(f.device(organization, "SHIP"), full)
			f.mustOpen(alert, flow.OrganizationUnknown)
			test.then(f, organization, alert)
			due := f.overdue()
			require.Len(t, due.Alerts, test.owed)
			if test.owed > 0 {
				require.Equal(t, []string{alert.UID, alert.Message}, []string{due.Alerts[0].UID, due.Alerts[0].Message})
				require.Empty(t, f.compareAlerts(activities.NinjaCompareAlertsInput{Now: true}).Missed, "before the first import")
			}
		})
	}
}
