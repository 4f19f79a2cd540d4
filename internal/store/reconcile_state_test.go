package store_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

func (d *database) reconcile() store.ReconcileState {
	d.t.Helper()
	state, err := d.ReconcileState(d.t.Context(), connection)
	require.NoError(d.t, err)
	return state
}

// The cursor is initialized once and then only advances. CursorCheckedAt changes only if everything was read.
func TestCursor(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.Zero(t, d.reconcile())
	start := time.Now().UTC().Truncate(time.Second)
	require.NoError(t, d.InitCursor(t.Context(), connection, 100, start))
	require.NoError(t, d.InitCursor(t.Context(), connection, 900, start.Add(time.Hour)))
	initial := d.reconcile()
	require.Equal(t, int64(100), initial.Cursor)
	require.Equal(t, int64(100), initial.StartCursor)
	require.Nil(t, initial.CursorTime, "earlier activities are not read again")
	require.WithinDuration(t, start, *initial.CursorCheckedAt, 0)

	happened := start.Add(-time.Minute)
	require.NoError(t, d.AdvanceCursor(t.Context(), connection, 120, happened, time.Time{}))
	partly := d.reconcile()
	require.Equal(t, int64(120), partly.Cursor)
	require.WithinDuration(t, happened, *partly.CursorTime, 0)
	require.WithinDuration(t, start, *partly.CursorCheckedAt, 0, "there is more after the cursor")

	require.NoError(t, d.AdvanceCursor(t.Context(), connection, 110, start.Add(time.Hour), start.Add(time.Minute)))
	full := d.reconcile()
	require.Equal(t, int64(120), full.Cursor, "the cursor moved back")
	require.WithinDuration(t, happened, *full.CursorTime, 0)
	require.WithinDuration(t, start.Add(time.Minute), *full.CursorCheckedAt, 0)
}

// The state belongs to a pair of accounts: another pair starts over, another address of the same tenant goes on.
func TestReconcileStateBelongsToAPair(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.NoError(t, d.InitCursor(t.Context(), connection, 100, time.Now()))
	require.NoError(t, d.MarkDeletionScan(t.Context(), connection, time.Now()))
	other := credentials(connection)
	other.NinjaoneURL = "https://msp.rmmservice.eu"
	require.NoError(t, d.SaveCredentials(t.Context(), other))
	require.Equal(t, int64(100), d.reconcile().Cursor)
	require.NoError(t, d.AdvanceCursor(t.Context(), connection, 101, time.Now(), time.Now()))
	require.NotNil(t, d.reconcile().DeletionScanAt)

	d.move(connection)
	require.Zero(t, d.reconcile())
	require.NoError(t, d.InitCursor(t.Context(), connection, 7, time.Now()))
	require.Equal(t, int64(7), d.reconcile().Cursor)
	require.Nil(t, d.reconcile().DeletionScanAt)
}

// One run at a time waits for approval. Another run takes over if the first has not checked for a while, and only the waiting run ends the
// wait.
func TestRequestApproval(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	now := time.Now().UTC().Truncate(time.Second)
	request := func(run string, at, stale time.Time) store.PendingApproval {
		t.Helper()
		pending, err := d.RequestApproval(t.Context(), connection, store.PendingApproval{
			WorkflowID: "reconcile/" + run, RunID: run, Reason: "of " + run, Since: at, CheckedAt: at,
		}, at, stale)
		require.NoError(t, err)
		return pending
	}
	require.Equal(t, "first", request("first", now, now.Add(-time.Minute)).RunID)
	require.Equal(t, "first", request("second", now.Add(time.Second), now.Add(-time.Minute)).RunID, "the first run is still waiting")
	again := request("first", now.Add(time.Minute), now)
	require.WithinDuration(t, now, again.Since, 0, "it has waited since the first request")
	require.WithinDuration(t, now.Add(time.Minute), again.CheckedAt, 0)
	require.NoError(t, d.ClearApproval(t.Context(), connection, "second"))
	require.NotNil(t, d.reconcile().PendingApproval)
	require.Equal(t, "second", request("second", now.Add(time.Hour), now.Add(30*time.Minute)).RunID, "the first run has not checked for a while")
	require.NoError(t, d.ClearApproval(t.Context(), connection, "second"))
	require.Nil(t, d.reconcile().PendingApproval)
}

// Each part of the state is stored, and the request cursor never moves back.
func TestReconcileState(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	at := time.Now().UTC().Truncate(time.Second)
	require.NoError(t, d.AdvanceRequestCursor(t.Context(), connection, at))
	require.NoError(t, d.AdvanceRequestCursor(t.Context(), connection, at.Add(-time.Hour)))
	require.NoError(t, d.MarkDeletionScan(t.Context(), connection, at))
	require.NoError(t, d.MarkWebhookRegistered(t.Context(), connection, at))
	require.NoError(t, d.SaveReconcileResult(t.Context(), connection, json.RawMessage(`{"seconds": 1}`)))
	state := d.reconcile()
	require.WithinDuration(t, at, *state.RequestCursor, 0, "the request cursor moved back")
	require.WithinDuration(t, at, *state.DeletionScanAt, 0)
	require.WithinDuration(t, at, *state.WebhookRegisteredAt, 0)
	require.JSONEq(t, `{"seconds": 1}`, string(state.LastResult))
}
