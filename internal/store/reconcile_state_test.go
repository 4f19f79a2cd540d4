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

// The mark is set once where there was none, and then only rises; how long ago we knew of everything only counts whole looks.
func TestMark(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.Zero(t, d.reconcile())
	start := time.Now().UTC().Truncate(time.Second)
	require.NoError(t, d.InitCursor(t.Context(), connection, 100, start))
	require.NoError(t, d.InitCursor(t.Context(), connection, 900, start.Add(time.Hour)))
	began := d.reconcile()
	require.Equal(t, int64(100), began.Cursor)
	require.Equal(t, int64(100), began.StartCursor)
	require.Nil(t, began.CursorTime, "nothing that happened before is looked at again")
	require.WithinDuration(t, start, *began.CursorCheckedAt, 0)

	happened := start.Add(-time.Minute)
	require.NoError(t, d.AdvanceCursor(t.Context(), connection, 120, happened, time.Time{}))
	partly := d.reconcile()
	require.Equal(t, int64(120), partly.Cursor)
	require.WithinDuration(t, happened, *partly.CursorTime, 0)
	require.WithinDuration(t, start, *partly.CursorCheckedAt, 0, "above the mark there is more")

	require.NoError(t, d.AdvanceCursor(t.Context(), connection, 110, start.Add(time.Hour), start.Add(time.Minute)))
	whole := d.reconcile()
	require.Equal(t, int64(120), whole.Cursor, "the mark went back")
	require.WithinDuration(t, happened, *whole.CursorTime, 0)
	require.WithinDuration(t, start.Add(time.Minute), *whole.CursorCheckedAt, 0)
}

// A connection that points to another tenant knows nothing of that tenant's log.
func TestMarkBelongsToATenant(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.NoError(t, d.InitCursor(t.Context(), connection, 100, time.Now()))
	require.NoError(t, d.MarkDeletionScan(t.Context(), connection, time.Now()))
	other := credentials(connection)
	other.NinjaoneURL = "https://eu.ninjarmm.com"
	require.NoError(t, d.SaveCredentials(t.Context(), other))
	require.Zero(t, d.reconcile())
	require.NoError(t, d.InitCursor(t.Context(), connection, 7, time.Now()))
	require.Equal(t, int64(7), d.reconcile().Cursor)
	require.Nil(t, d.reconcile().DeletionScanAt)
}

// One run at a time has the brake on. Another takes it over when the first has not looked for long, and only the one that has
// it takes it off.
func TestBrake(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	now := time.Now().UTC().Truncate(time.Second)
	hold := func(run string, at, stale time.Time) store.PendingApproval {
		t.Helper()
		brake, err := d.RequestApproval(t.Context(), connection, store.PendingApproval{WorkflowID: "reconcile/" + run, RunID: run, Reason: "of " + run, Since: at, CheckedAt: at}, stale)
		require.NoError(t, err)
		return brake
	}
	require.Equal(t, "first", hold("first", now, now.Add(-time.Minute)).RunID)
	require.Equal(t, "first", hold("second", now.Add(time.Second), now.Add(-time.Minute)).RunID, "the first one waits still")
	again := hold("first", now.Add(time.Minute), now)
	require.WithinDuration(t, now, again.Since, 0, "held back since the first look")
	require.WithinDuration(t, now.Add(time.Minute), again.CheckedAt, 0)
	require.NoError(t, d.ClearApproval(t.Context(), connection, "second"))
	require.NotNil(t, d.reconcile().PendingApproval)
	require.Equal(t, "second", hold("second", now.Add(time.Hour), now.Add(30*time.Minute)).RunID, "the first one has not looked for long")
	require.NoError(t, d.ClearApproval(t.Context(), connection, "second"))
	require.Nil(t, d.reconcile().PendingApproval)
}

// What was looked at, and what came of it, is kept.
func TestReconciled(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	at := time.Now().UTC().Truncate(time.Second)
	require.NoError(t, d.AdvanceRequestCursor(t.Context(), connection, at))
	require.NoError(t, d.AdvanceRequestCursor(t.Context(), connection, at.Add(-time.Hour)))
	require.NoError(t, d.MarkDeletionScan(t.Context(), connection, at))
	require.NoError(t, d.MarkWebhookRegistered(t.Context(), connection, at))
	require.NoError(t, d.SaveReconcileResult(t.Context(), connection, json.RawMessage(`{"seconds": 1}`)))
	state := d.reconcile()
	require.WithinDuration(t, at, *state.RequestCursor, 0, "requests are never compared for the same time twice")
	require.WithinDuration(t, at, *state.DeletionScanAt, 0)
	require.WithinDuration(t, at, *state.WebhookRegisteredAt, 0)
	require.JSONEq(t, `{"seconds": 1}`, string(state.LastResult))
}
