package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/store"
)

// syncAlertCompany makes sure of an organization's company in one attempt.
func (w *world) syncAlertCompany(organization int, alert rules.Alert) error {
	_, err := runIn[any](w.env(), w.steps.AcceloSyncAlertCompany,
		activities.AcceloSyncAlertCompanyInput{Connection: "default", OrganizationID: organization, Alert: alert})
	return err
}

// then on.
func TestAlertSyncsItsCompany(t *testing.T) {
	t.Parallel()
	for _, exists := range []bool{false, true} {
		w := newWorld(t, settings{})
		organization := w.ninja.AddOrganization("Planet Express", "delivers")
		device := w.device(organization, "SHIP")
		if exists {
			_, err := w.accelo.AddCompany("planet express", "active")
			require.NoError(t, err)
		}
		alert := w.fires(device, full)
		require.NoError(t, w.syncAlertCompany(organization, alert))
		w.forget()
		require.NoError(t, w.syncAlertCompany(organization, alert))
		require.Equal(t, []string{"GET /v2/organization/{id}"}, w.calls(), "known by now")
		require.Len(t, w.accelo.Snapshot().Companies, 1)
		require.Len(t, w.accelo.Snapshot().Contacts, 1)
		require.Equal(t, "device created", w.links(alert, 0).Text)
		require.True(t, w.opens(alert, "opened").DeviceKnown)
		require.Equal(t, w.link(store.Organizations, organization).AffiliationID, w.accelo.Snapshot().Requests[0].AffiliationID)
	}
}

// A company whose creation nobody saw the reply of is found by the next attempt.
func TestLostReplyOfAnAlertsCompany(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{claims: long})
	organization := w.ninja.AddOrganization("Planet Express", "")
	alert := w.fires(w.device(organization, "SHIP"), full)
	w.trouble(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/companies$", Count: 1})
	_, err := persist[bool](w, w.steps.AcceloSyncAlertCompany,
		activities.AcceloSyncAlertCompanyInput{Connection: "default", OrganizationID: organization, Alert: alert})
	require.NoError(t, err)
	require.Len(t, w.accelo.Snapshot().Companies, 1)
	require.Empty(t, w.parked())
	w.opens(alert, "opened")
}

// An alert whose organization can have no company is parked, and in order once it can.
func TestAlertWithoutACompanyIsParked(t *testing.T) {
	t.Parallel()
	t.Run("organization gone", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, settings{})
		err := w.syncAlertCompany(99, rules.Alert{UID: "alert-1", DeviceID: 12, Message: "Disk C: is full"})
		require.Equal(t, activities.Refused, failure(t, err).Type())
		require.True(t, failure(t, err).NonRetryable())
		require.ErrorContains(t, err, "organization 99 no longer exists")
		require.Equal(t, []string{"alert alert-1"}, w.parked())
	})
	t.Run("refused by Accelo", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, settings{})
		organization := w.ninja.AddOrganization("Planet Express", "")
		alert := w.fires(w.device(organization, "SHIP"), full)
		w.trouble(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/companies$", Count: 1})
		err := w.syncAlertCompany(organization, alert)
		require.Equal(t, activities.Refused, failure(t, err).Type())
		require.Equal(t, []string{"alert " + alert.UID}, w.parked())
		require.NoError(t, w.syncAlertCompany(organization, alert))
		w.opens(alert, "opened")
		require.Empty(t, w.parked())
	})
}

// A company whose contact is not there yet can have no request: the alert sees to that first.
func TestCompanyWithoutItsContact(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	organization := w.ninja.AddOrganization("Planet Express", "")
	alert := w.fires(w.device(organization, "SHIP"), full)
	w.trouble(lab.Fault{Kind: lab.FaultTooMany, Method: "POST", Path: "/contacts$", Count: 1})
	err := w.syncAlertCompany(organization, alert)
	require.Equal(t, activities.RateLimited, failure(t, err).Type())
	require.Len(t, w.accelo.Snapshot().Companies, 1)
	w.opens(alert, flow.OrganizationUnknown)
	require.NoError(t, w.syncAlertCompany(organization, alert))
	w.opens(alert, "opened")
	require.Len(t, w.accelo.Snapshot().Companies, 1)
}
