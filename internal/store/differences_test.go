package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// What is known about a difference stays while it persists, and is forgotten when both sides agree or disagree in another way.
func TestDifferencesPersist(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	first := time.Now().UTC().Truncate(time.Microsecond)
	sync := func(check time.Time, found map[string]store.DifferenceWhat) map[string]store.Difference {
		t.Helper()
		differences, err := d.SyncDifferences(t.Context(), connection, store.Alerts, found, check)
		require.NoError(t, err)
		return differences
	}
	sync(first, map[string]store.DifferenceWhat{"a": store.Missing, "b": store.Missing, "c": store.Missing})
	require.NoError(t, d.SaveLooks(t.Context(), connection, store.Alerts, store.Looks{
		Agreed: []string{"a", "b"}, Undecided: []string{"c"},
	}, first))
	second := first.Add(time.Minute)
	differences := sync(second, map[string]store.DifferenceWhat{"a": store.Missing, "b": store.Listed, "d": store.Missing})
	require.Len(t, differences, 3)
	require.WithinDuration(t, first, differences["a"].Since, 0)
	require.WithinDuration(t, first, *differences["a"].AgreedAt, 0)
	require.WithinDuration(t, second, differences["b"].Since, 0, "it is another difference now")
	require.Nil(t, differences["b"].LookedAt)
	require.Nil(t, differences["d"].AgreedAt)

	require.NoError(t, d.SaveLooks(t.Context(), connection, store.Alerts, store.Looks{Agreed: []string{"a"}, Contradicted: []string{"d"}}, second))
	again := sync(second, map[string]store.DifferenceWhat{"a": store.Missing, "d": store.Missing})
	require.WithinDuration(t, first, *again["a"].AgreedAt, 0, "the first look that agreed counts")
	require.WithinDuration(t, second, *again["a"].LookedAt, 0)
	require.Nil(t, again["d"].AgreedAt)
	require.Empty(t, sync(second, nil))
}

// A decision counts once for the brake, and an approval covers only what the run that waits has shown.
func TestApprovalOfDifferences(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	check := time.Now().UTC().Truncate(time.Microsecond)
	all := map[string]store.DifferenceWhat{"a": store.Missing, "b": store.Missing, "c": store.Missing}
	_, err := d.SyncDifferences(t.Context(), connection, store.Alerts, all, check)
	require.NoError(t, err)
	request := func(check time.Time, run string) store.PendingApproval {
		t.Helper()
		pending, err := d.RequestApproval(t.Context(), connection, store.PendingApproval{
			WorkflowID: "reconcile/" + run, RunID: run, Reason: "many", Since: check, CheckedAt: check,
		}, check, check.Add(-time.Hour))
		require.NoError(t, err)
		return pending
	}
	require.NoError(t, d.Hold(t.Context(), connection, store.Alerts, []string{"a", "b"}, check))
	shown := request(check, "first")
	require.Equal(t, []store.HeldChange{{Kind: store.Alerts, ID: "a"}, {Kind: store.Alerts, ID: "b"}}, shown.Changes)
	require.Equal(t, 2, shown.Count)
	require.Equal(t, shown.Changes, d.reconcile().PendingApproval.Changes)

	require.NoError(t, d.Hold(t.Context(), connection, store.Alerts, nil, check))
	require.NoError(t, d.Approve(t.Context(), connection, shown.ShownAt))
	require.Zero(t, value[int](d, `SELECT count(approved_at)::int FROM differences`), "nothing waits any more")
	require.NoError(t, d.Hold(t.Context(), connection, store.Alerts, []string{"a", "b"}, check))
	request(check, "first")

	later := check.Add(time.Minute)
	require.NoError(t, d.Hold(t.Context(), connection, store.Alerts, []string{"a", "b", "c"}, later))
	require.Equal(t, "first", request(later, "second").RunID, "another run shows nothing")
	require.NoError(t, d.Approve(t.Context(), connection, time.Now().Add(time.Hour)))
	differences, err := d.SyncDifferences(t.Context(), connection, store.Alerts, all, later)
	require.NoError(t, err)
	require.NotNil(t, differences["a"].ApprovedAt)
	require.NotNil(t, differences["b"].ApprovedAt)
	require.Nil(t, differences["c"].ApprovedAt, "nobody could read it")

	for range 2 {
		require.NoError(t, d.Conclude(t.Context(), connection, store.Alerts, []string{"a", "b"}))
		count, err := d.Conclusions(t.Context(), connection, store.Alerts)
		require.NoError(t, err)
		require.Equal(t, 2, count)
	}
	count, err := d.Conclusions(t.Context(), connection, store.Devices)
	require.NoError(t, err)
	require.Zero(t, count)
}
