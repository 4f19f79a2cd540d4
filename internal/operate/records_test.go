package operate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/store"
)

// A dismissed failure is off the list, and nothing else is.
func TestDismiss(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	key := f.fail(store.Devices, "8", 7)
	f.fail(store.Devices, "9", 7)
	dismissed, err := f.Dismiss(t.Context(), jane, key)
	require.NoError(t, err)
	require.Equal(t, "rejected", dismissed.Error)
	left, err := f.store.Failures(t.Context(), "msp")
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, "9", left[0].NinjaID)
	_, err = f.Dismiss(t.Context(), jane, key)
	var unknown *operate.NotFoundError
	require.ErrorAs(t, err, &unknown)
}

func TestRetry(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withTemporal(map[string]any{
		flow.ImportOrganization: func(workflow.Context, flow.ImportOrganizationInput) error { return nil },
	})
	f.fail(store.Devices, "8", 7)
	f.fail(store.Devices, "9", 12)
	selection, err := operate.SelectRecord(store.Devices, "9")
	require.NoError(t, err)
	retried, err := f.Retry(t.Context(), jane, operate.Retry{Connection: "msp", Selection: selection})
	require.NoError(t, err)
	require.Len(t, retried.Failures, 1)
	require.Equal(t, "import-organization/msp/12", retried.Failures[0].WorkflowID)
	retried, err = f.Retry(t.Context(), jane, operate.Retry{Connection: "msp"})
	require.NoError(t, err)
	require.Len(t, retried.Failures, 2)
}

func TestSelectRecord(t *testing.T) {
	t.Parallel()
	for kind, want := range map[store.Kind]launch.Selection{
		store.Organizations: {Organization: 7}, store.Contacts: {Organization: 7}, store.Devices: {Device: 7}, store.Alerts: {Alert: "7"},
	} {
		got, err := operate.SelectRecord(kind, "7")
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := operate.SelectRecord(store.Devices, "ship")
	var invalid *operate.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, "ninja_id", invalid.Member)
}

// A device is synced by its organization's import, an alert by a look at its request.
func TestSyncRecord(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withTemporal(map[string]any{
		flow.ImportOrganization: func(workflow.Context, flow.ImportOrganizationInput) error { return nil },
		flow.RequestClosed:      func(workflow.Context, flow.RequestClosedInput) error { return nil },
	})
	device := f.link(store.Devices, "8", store.Link{OrganizationID: 7, AcceloID: 12, CompanyID: 4})
	synced, err := f.SyncRecord(t.Context(), jane, device)
	require.NoError(t, err)
	require.Equal(t, "import-organization/msp/7", synced.WorkflowID)
	require.NoError(t, f.temporal.GetWorkflow(t.Context(), synced.WorkflowID, "").Get(t.Context(), nil))

	organization := f.link(store.Organizations, "7", store.Link{OrganizationID: 7, AcceloID: 4, CompanyID: 4})
	synced, err = f.SyncRecord(t.Context(), jane, organization)
	require.NoError(t, err)
	require.Equal(t, "import-organization/msp/7", synced.WorkflowID)

	alert := f.link(store.Alerts, "5f9c", store.Link{OrganizationID: 7, AcceloID: 31})
	synced, err = f.SyncRecord(t.Context(), jane, alert)
	require.NoError(t, err)
	require.Equal(t, "request-closed/msp/31", synced.WorkflowID)

	_, err = f.SyncRecord(t.Context(), jane, store.Key{Connection: "msp", Kind: store.Devices, NinjaID: "404"})
	var unknown *operate.NotFoundError
	require.ErrorAs(t, err, &unknown)
}

// A correction needs a connection that is set up, except one that asks no vendor.
func TestCorrections(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	key := f.link(store.Devices, "8", store.Link{OrganizationID: 7, AcceloID: 12, CompanyID: 4})
	_, err := f.Relink(t.Context(), jane, operate.Relink{Key: key, AcceloID: 13})
	var unready *operate.NotReadyError
	require.ErrorAs(t, err, &unready)
	_, err = f.Relink(t.Context(), jane, operate.Relink{Key: key})
	var invalid *operate.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, "accelo_id", invalid.Member)
	_, err = f.Unlink(t.Context(), jane, store.Key{Connection: "msp", Kind: store.Alerts, NinjaID: "5f9c"})
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, "kind", invalid.Member)

	result, err := f.Unlink(t.Context(), jane, key)
	require.NoError(t, err)
	require.EqualValues(t, 12, result.Before)
	history, err := f.store.LinkHistory(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, "jane (API)", history[0].Actor)
	_, err = f.Unlink(t.Context(), jane, key)
	require.Contains(t, requireConflict(t, err).Reason, "is not linked")
}

// A vendor that doesn't answer is no refusal.
func TestCorrectionWithoutVendor(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.NoError(t, f.store.SaveSettings(t.Context(), "msp", store.Settings{Connected: true}, true, nil))
	key := f.link(store.Devices, "8", store.Link{OrganizationID: 7, AcceloID: 12, CompanyID: 4})
	_, err := f.Relink(t.Context(), jane, operate.Relink{Key: key, AcceloID: 13})
	var unavailable *operate.UnavailableError
	require.ErrorAs(t, err, &unavailable)
	require.Equal(t, "Accelo", unavailable.What)
}

func TestReconcileAndApprove(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withTemporal(map[string]any{
		flow.Reconcile: func(ctx workflow.Context, _ flow.ReconcileInput) (flow.Approval, error) {
			var approval flow.Approval
			workflow.GetSignalChannel(ctx, flow.ApproveSignal).Receive(ctx, &approval)
			return approval, nil
		},
	})
	_, err := f.Approve(t.Context(), jane, "msp")
	require.EqualError(t, requireConflict(t, err), "nothing needs approval")
	started, err := f.Reconcile(t.Context(), jane, "msp")
	require.NoError(t, err)
	require.Equal(t, "reconcile/msp", started.WorkflowID)
	again, err := f.Reconcile(t.Context(), jane, "msp")
	require.NoError(t, err)
	require.True(t, again.Attached)

	now := time.Now()
	pending, err := f.store.RequestApproval(t.Context(), "msp", store.PendingApproval{
		WorkflowID: started.WorkflowID, RunID: started.Run.GetRunID(), Reason: "10 alerts vanished",
	}, now, now)
	require.NoError(t, err)
	_, err = f.ApproveShown(t.Context(), jane, "msp", pending.ShownAt.Add(-time.Second))
	require.Contains(t, requireConflict(t, err).Reason, "has changed since it was shown")
	approved, err := f.ApproveShown(t.Context(), jane, "msp", pending.ShownAt)
	require.NoError(t, err)
	require.WithinDuration(t, pending.ShownAt, approved.ShownAt, 0)
	var got flow.Approval
	require.NoError(t, approved.Run.Get(t.Context(), &got))
	require.WithinDuration(t, pending.ShownAt, got.ShownAt, 0)

	_, err = f.Approve(t.Context(), jane, "msp")
	require.Contains(t, requireConflict(t, err).Reason, "has ended")
	var ended *operate.ApprovalEndedError
	require.ErrorAs(t, err, &ended)
	require.Equal(t, "10 alerts vanished", ended.Reason)
}
