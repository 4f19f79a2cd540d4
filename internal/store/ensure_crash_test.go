package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// expiringClaims lets claims end at once, as if their holder had crashed long ago.
func expiringClaims(settle time.Duration) store.ClaimTimes {
	return store.ClaimTimes{Lease: time.Nanosecond, Settle: settle}
}

// claimHolder is a worker that holds a claim and blocks in its create.
type claimHolder struct {
	*fakeCreation
	release chan struct{}
	result  chan error
}

// holdClaim starts a claimHolder and returns once it holds its claim.
func holdClaim(t *testing.T, d *database, s *fakeCreation) *claimHolder {
	t.Helper()
	h := &claimHolder{fakeCreation: s, release: make(chan struct{}), result: make(chan error, 1)}
	claimed := make(chan struct{})
	s.duringCreate = func(ctx context.Context) {
		close(claimed)
		select {
		case <-h.release:
		case <-ctx.Done():
		}
	}
	go func() {
		_, _, err := d.Ensure(t.Context(), s.creation())
		h.result <- err
	}()
	<-claimed
	return h
}

// finish lets the create return and returns the result of Ensure.
func (h *claimHolder) finish() error {
	close(h.release)
	return <-h.result
}

// After a worker crashes, the next one takes over its claim, searches Accelo, and adopts what the first created.
func TestEnsureTakesOverAndAdopts(t *testing.T) {
	t.Parallel()
	d := open(t, expiringClaims(time.Hour))
	crashed := holdClaim(t, d, newCreation(device(7), 30))
	next := newCreation(device(7), 31)
	next.found = asset(30)
	link, created, err := d.Ensure(t.Context(), next.creation())
	require.NoError(t, err)
	require.True(t, created)
	require.Equal(t, int64(30), link.AcceloID)
	require.Equal(t, []bool{true}, next.finds)
	require.Zero(t, next.creates)
	require.Error(t, crashed.finish())
}

// A create that the crashed worker may have sent is waited for before another one is sent.
func TestEnsureTakesOverAndWaits(t *testing.T) {
	t.Parallel()
	d := open(t, expiringClaims(time.Hour))
	crashed := holdClaim(t, d, newCreation(device(7), 30))
	next := newCreation(device(7), 31)
	_, _, err := d.Ensure(t.Context(), next.creation())
	var held *store.HeldError
	require.ErrorAs(t, err, &held)
	require.True(t, held.Until.After(time.Now().Add(59*time.Minute)))
	require.Equal(t, []bool{true}, next.finds)
	require.Zero(t, next.creates)
	require.Error(t, crashed.finish())
}

// A crashed worker may have sent its create as late as its deadline, so the doubt lasts Settle beyond that.
func TestEnsureDoubtCountsFromTheDeadline(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: 10 * time.Minute, Settle: time.Hour})
	crashed := holdClaim(t, d, newCreation(device(7), 30))
	longEnough := value[bool](d, `SELECT doubt_until >= claimed_until + interval '1 hour' FROM links`)
	require.NoError(t, crashed.finish())
	require.True(t, longEnough)
}

// A worker that returns after its claim was taken over can neither replace the new holder's object nor remove the link.
func TestEnsureIgnoresAFormerHolder(t *testing.T) {
	t.Parallel()
	shared := open(t, expiringClaims(time.Nanosecond))
	t.Run("with an object, during the new create", func(t *testing.T) {
		t.Parallel()
		d := shared.withT(t)
		former := holdClaim(t, d, newCreation(device(1), 10))
		current := holdClaim(t, d, newCreation(device(1), 11))
		var held *store.HeldError
		require.ErrorAs(t, former.finish(), &held)
		require.Equal(t, store.Claimed, d.link(device(1)).State)
		require.NoError(t, current.finish())
		require.Equal(t, int64(11), d.link(device(1)).AcceloID)
	})
	t.Run("with an object, after the new create", func(t *testing.T) {
		t.Parallel()
		d := shared.withT(t)
		former := holdClaim(t, d, newCreation(device(2), 20))
		d.ensureLinked(newCreation(device(2), 21))
		var held *store.HeldError
		require.ErrorAs(t, former.finish(), &held)
		require.Equal(t, int64(21), d.link(device(2)).AcceloID)
	})
	for id, test := range []struct {
		name    string
		outcome store.CreateOutcome
	}{{"with a definite failure", store.NotCreated}, {"with an unknown outcome", store.Unknown}, {"with a create in flight", store.InFlight}} {
		key, object := device(10+id), int64(100+id)
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := shared.withT(t)
			failing := newCreation(key, 0)
			failing.createErr = createError{test.outcome}
			former := holdClaim(t, d, failing)
			current := holdClaim(t, d, newCreation(key, object))
			require.ErrorIs(t, former.finish(), failing.createErr)
			require.Equal(t, store.Claimed, d.link(key).State)
			require.NoError(t, current.finish())
			require.Equal(t, object, d.link(key).AcceloID)
		})
	}
}

// Until its lease ends, a claim cannot be taken over. The error names the end of the lease.
func TestEnsureHonoursTheLease(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Nanosecond})
	current := holdClaim(t, d, newCreation(device(7), 30))
	next := newCreation(device(7), 31)
	_, _, err := d.Ensure(t.Context(), next.creation())
	var held *store.HeldError
	require.ErrorAs(t, err, &held)
	require.True(t, held.Until.After(time.Now().Add(59*time.Minute)))
	require.ErrorContains(t, err, "device 7")
	finds, creates := next.counts()
	require.Zero(t, finds+creates)
	require.NoError(t, current.finish())
}

// Records with the same match key are never created at the same time, nor while the outcome of one create is unknown. Otherwise an object
// found in Accelo could belong to either.
func TestEnsureSerializesTheSameMatchKey(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	first, second := newCreation(device(7), 31), newCreation(device(8), 32)
	first.matchKey, second.matchKey = "5/same", "5/same"
	requireHeld := func() {
		t.Helper()
		_, _, err := d.Ensure(t.Context(), second.creation())
		var held *store.HeldError
		require.ErrorAs(t, err, &held)
		require.Equal(t, device(8), held.Key)
		finds, creates := second.counts()
		require.Zero(t, finds+creates)
	}
	first.createErr = createError{store.Unknown}
	busy := holdClaim(t, d, first)
	requireHeld()
	d.requireNoLink(device(8))
	require.Error(t, busy.finish())
	requireHeld()

	require.NoError(t, d.MarkWaiting(t.Context(), waitingLink(8)))
	requireHeld()
	require.Equal(t, store.Waiting, d.link(device(8)).State)

	first.createErr, first.duringCreate = nil, nil
	_, created, err := d.Ensure(t.Context(), first.creation())
	require.NoError(t, err)
	require.True(t, created)
	link, created, err := d.Ensure(t.Context(), second.creation())
	require.NoError(t, err)
	require.True(t, created)
	require.Equal(t, int64(32), link.AcceloID)
}

// Records that could not be the same object do not wait for each other.
func TestEnsureRunsDifferentMatchKeysInParallel(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.NoError(t, d.SaveCredentials(t.Context(), credentials("other")))
	busy := newCreation(device(7), 31)
	busy.matchKey = "same"
	current := holdClaim(t, d, busy)
	for name, key := range map[string]store.Key{
		"another kind": organization(7), "another connection": store.KeyOf("other", store.Devices, 7),
	} {
		independent := newCreation(key, 41)
		independent.matchKey = "same"
		_, created, err := d.Ensure(t.Context(), independent.creation())
		require.NoError(t, err, name)
		require.True(t, created, name)
	}
	other := newCreation(device(8), 32)
	other.matchKey = "other"
	_, _, err := d.Ensure(t.Context(), other.creation())
	require.NoError(t, err)
	require.NoError(t, current.finish())

	nameless := newCreation(device(9), 33)
	nameless.matchKey = ""
	current = holdClaim(t, d, nameless)
	another := newCreation(device(10), 34)
	another.matchKey = ""
	_, _, err = d.Ensure(t.Context(), another.creation())
	require.NoError(t, err, "records without a match key are independent")
	require.NoError(t, current.finish())
}
