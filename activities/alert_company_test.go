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

// syncAlertCompany runs one attempt to sync the company of an alert's organization.
func (f *fixture) syncAlertCompany(organization int, alert rules.Alert) error {
	_, err := runIn[any](f.env(), f.steps.AcceloSyncAlertCompany,
		activities.AcceloSyncAlertCompanyInput{Connection: "default", OrganizationID: organization, Alert: alert})
	return err
}

// An alert creates or matches the company of its organization. Once that is linked, a sync takes one read.
func TestAlertSyncsCompany(t *testing.T) {
	t.Parallel()
	for _, exists := range []bool{false, true} {
		f := newFixture(t, settings{})
		organization := f.ninja.AddOrganization("Planet Express", "delivers")
		device := f.device(organization, "SHIP")
		if exists {
			_, err := f.accelo.AddCompany("planet express", "active")
			require.NoError(t, err)
		}
		alert := f.triggerAlert(device, full)
		require.NoError(t, f.syncAlertCompany(organization, alert))
		f.resetCalls()
		require.NoError(t, f.syncAlertCompany(organization, alert))
		require.Equal(t, []string{"GET /v2/organization/{id}"}, f.calls(), "the company is linked now")
		require.Len(t, f.accelo.Snapshot().Companies, 1)
		require.Len(t, f.accelo.Snapshot().Contacts, 1)
		require.Equal(t, "device created", f.syncAlertDevice(alert, 0).Text)
		require.True(t, f.mustOpen(alert, "opened").DeviceKnown)
		require.Equal(t, f.link(store.Organizations, organization).AffiliationID, f.accelo.Snapshot().Requests[0].AffiliationID)
	}
}

// A search that comes back empty by mistake doubles neither the company nor the asset that a person has entered.
func TestOneEmptySearchIsNoProof(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Planet Express", "")
	device := f.device(organization, "SHIP")
	company, err := f.accelo.AddCompany("Planet Express", "active")
	require.NoError(t, err)
	asset, err := f.accelo.AddAsset(assetType, company.ID, "SHIP", nil)
	require.NoError(t, err)
	alert := f.triggerAlert(device, full)
	f.injectFaults(lab.Fault{Kind: "list-empty", Path: "/companies$", Count: 1}, lab.Fault{Kind: "list-empty", Path: "/assets$", Count: 1})
	require.NoError(t, f.syncAlertCompany(organization, alert))
	require.Equal(t, company.ID, f.link(store.Organizations, organization).AcceloID)
	f.syncAlertDevice(alert, 0)
	require.Equal(t, asset.ID, f.link(store.Devices, device).AcceloID)
}

// A company whose create reply was lost is found by the next attempt.
func TestLostReplyOfAlertCompany(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: long})
	organization := f.ninja.AddOrganization("Planet Express", "")
	alert := f.triggerAlert(f.device(organization, "SHIP"), full)
	f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/companies$", Count: 1})
	_, err := runWithRetries[bool](f, f.steps.AcceloSyncAlertCompany,
		activities.AcceloSyncAlertCompanyInput{Connection: "default", OrganizationID: organization, Alert: alert})
	require.NoError(t, err)
	require.Len(t, f.accelo.Snapshot().Companies, 1)
	require.Empty(t, f.failed())
	f.mustOpen(alert, "opened")
}

// An alert whose organization can't get a company fails. The failure is cleared as soon as it can.
func TestAlertWithoutCompanyFails(t *testing.T) {
	t.Parallel()
	t.Run("organization deleted", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t, settings{})
		err := f.syncAlertCompany(99, rules.Alert{UID: "alert-1", DeviceID: 12, Message: "Disk C: is full"})
		require.Equal(t, activities.Refused, applicationError(t, err).Type())
		require.True(t, applicationError(t, err).NonRetryable())
		require.ErrorContains(t, err, "organization 99 no longer exists")
		require.Equal(t, []string{"alert alert-1"}, f.failed())
	})
	t.Run("rejected by Accelo", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t, settings{})
		organization := f.ninja.AddOrganization("Planet Express", "")
		alert := f.triggerAlert(f.device(organization, "SHIP"), full)
		f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/companies$", Count: 1})
		err := f.syncAlertCompany(organization, alert)
		require.Equal(t, activities.Refused, applicationError(t, err).Type())
		require.Equal(t, []string{"alert " + alert.UID}, f.failed())
		require.NoError(t, f.syncAlertCompany(organization, alert))
		f.mustOpen(alert, "opened")
		require.Empty(t, f.failed())
	})
}

// A company without a contact can't have a request, so the alert creates the contact first.
func TestCompanyWithoutContact(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Planet Express", "")
	alert := f.triggerAlert(f.device(organization, "SHIP"), full)
	f.injectFaults(lab.Fault{Kind: lab.FaultTooMany, Method: "POST", Path: "/contacts$", Count: 1})
	err := f.syncAlertCompany(organization, alert)
	require.Equal(t, activities.RateLimited, applicationError(t, err).Type())
	require.Len(t, f.accelo.Snapshot().Companies, 1)
	f.mustOpen(alert, flow.OrganizationUnknown)
	require.NoError(t, f.syncAlertCompany(organization, alert))
	f.mustOpen(alert, "opened")
	require.Len(t, f.accelo.Snapshot().Companies, 1)
}
