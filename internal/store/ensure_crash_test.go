package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// lapsing is claims that run out at once, as if whoever held them had been gone for long.
func lapsing(settle time.Duration) store.ClaimTimes {
	return store.ClaimTimes{Lease: time.Nanosecond, Settle: settle}
}

// holder is a worker that has claimed a record and hangs in its create.
type holder struct {
	*script
	release chan struct{}
	result  chan error
}

// hang starts a holder and returns when it holds its claim.
func hang(t *testing.T, d *database, s *script) *holder {
	t.Helper()
	h := &holder{script: s, release: make(chan struct{}), result: make(chan error, 1)}
	claimed := make(chan struct{})
	s.during = func(ctx context.Context) {
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

// finish lets the create answer and returns what came of it.
func (h *holder) finish() error {
	close(h.release)
	return <-h.result
}

// The claim of a worker that is gone is taken over, with a doubt: what it made is adopted.
func TestEnsureTakesOverAndAdopts(t *testing.T) {
	t.Parallel()
	d := open(t, lapsing(time.Hour))
	gone := hang(t, d, making(device(7), 30))
	next := making(device(7), 31)
	next.found = asset(30)
	link, made, err := d.Ensure(t.Context(), next.creation())
	require.NoError(t, err)
	require.True(t, made)
	require.Equal(t, int64(30), link.AcceloID)
	require.Equal(t, []bool{true}, next.finds)
	require.Zero(t, next.creates)
	require.Error(t, gone.finish())
}

// What the worker that is gone may have sent is waited for before it is made again.
func TestEnsureTakesOverAndWaits(t *testing.T) {
	t.Parallel()
	d := open(t, lapsing(time.Hour))
	gone := hang(t, d, making(device(7), 30))
	next := making(device(7), 31)
	_, _, err := d.Ensure(t.Context(), next.creation())
	var held *store.HeldError
	require.ErrorAs(t, err, &held)
	require.True(t, held.Until.After(time.Now().Add(59*time.Minute)))
	require.Equal(t, []bool{true}, next.finds)
	require.Zero(t, next.creates)
	require.Error(t, gone.finish())
}

// A holder that is gone may have sent its create as late as its deadline: the wait counts from then.
func TestEnsureTakesOverCountsFromTheDeadline(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: 10 * time.Minute, Settle: time.Hour})
	gone := hang(t, d, making(device(7), 30))
	settled := value[bool](d, `SELECT doubt_until >= claimed_until + interval '1 hour' FROM links`)
	require.NoError(t, gone.finish())
	require.True(t, settled)
}

// A worker that comes back after its claim was taken over cannot put its object over the new holder's, nor take the link
// away again.
func TestEnsureIgnoresAHolderThatComesBack(t *testing.T) {
	t.Parallel()
	shared := open(t, lapsing(time.Nanosecond))
	t.Run("with an object, while the new one creates", func(t *testing.T) {
		t.Parallel()
		d := shared.in(t)
		old := hang(t, d, making(device(1), 10))
		current := hang(t, d, making(device(1), 11))
		var held *store.HeldError
		require.ErrorAs(t, old.finish(), &held)
		require.Equal(t, store.Claimed, d.link(device(1)).State)
		require.NoError(t, current.finish())
		require.Equal(t, int64(11), d.link(device(1)).AcceloID)
	})
	t.Run("with an object, after the new one has created", func(t *testing.T) {
		t.Parallel()
		d := shared.in(t)
		old := hang(t, d, making(device(2), 20))
		d.linked(making(device(2), 21))
		var held *store.HeldError
		require.ErrorAs(t, old.finish(), &held)
		require.Equal(t, int64(21), d.link(device(2)).AcceloID)
	})
	for id, test := range []struct {
		name string
		fate store.CreateOutcome
	}{{"with a definite failure", store.NotCreated}, {"with a doubt", store.Unknown}, {"with an open end", store.InFlight}} {
		key, object := device(10+id), int64(100+id)
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := shared.in(t)
			failing := making(key, 0)
			failing.createErr = failure{test.fate}
			old := hang(t, d, failing)
			current := hang(t, d, making(key, object))
			require.ErrorIs(t, old.finish(), failing.createErr)
			require.Equal(t, store.Claimed, d.link(key).State)
			require.NoError(t, current.finish())
			require.Equal(t, object, d.link(key).AcceloID)
		})
	}
}

// A claim whose lease runs is nobody else's, and the holder's name for the wait is its end.
func TestEnsureHonoursTheLease(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Nanosecond})
	current := hang(t, d, making(device(7), 30))
	next := making(device(7), 31)
	_, _, err := d.Ensure(t.Context(), next.creation())
	var held *store.HeldError
	require.ErrorAs(t, err, &held)
	require.True(t, held.Until.After(time.Now().Add(59*time.Minute)))
	require.ErrorContains(t, err, "device 7")
	finds, creates := next.counts()
	require.Zero(t, finds+creates)
	require.NoError(t, current.finish())
}

// Records that would be the same object in Accelo are never created at the same time, nor while the fate of one of them is
// open: what is found then belongs to exactly one of them.
func TestEnsureTwinsOneAfterTheOther(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	first, second := making(device(7), 31), making(device(8), 32)
	first.match, second.match = "5/same", "5/same"
	refused := func() {
		t.Helper()
		_, _, err := d.Ensure(t.Context(), second.creation())
		var held *store.HeldError
		require.ErrorAs(t, err, &held)
		require.Equal(t, device(8), held.Key)
		finds, creates := second.counts()
		require.Zero(t, finds+creates)
	}
	first.createErr = failure{store.Unknown}
	busy := hang(t, d, first)
	refused()
	d.requireNone(device(8))
	require.Error(t, busy.finish())
	refused()

	require.NoError(t, d.MarkWaiting(t.Context(), waiting(8)))
	refused()
	require.Equal(t, store.Waiting, d.link(device(8)).State)

	first.createErr, first.during = nil, nil
	_, made, err := d.Ensure(t.Context(), first.creation())
	require.NoError(t, err)
	require.True(t, made)
	link, made, err := d.Ensure(t.Context(), second.creation())
	require.NoError(t, err)
	require.True(t, made)
	require.Equal(t, int64(32), link.AcceloID)
}

// Only what would be the same object waits for another.
func TestEnsureStrangersAtTheSameTime(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.NoError(t, d.SaveCredentials(t.Context(), credentials("other")))
	busy := making(device(7), 31)
	busy.match = "same"
	current := hang(t, d, busy)
	for name, key := range map[string]store.Key{
		"another kind": organization(7), "another connection": store.KeyOf("other", store.Devices, 7),
	} {
		stranger := making(key, 41)
		stranger.match = "same"
		_, made, err := d.Ensure(t.Context(), stranger.creation())
		require.NoError(t, err, name)
		require.True(t, made, name)
	}
	other := making(device(8), 32)
	other.match = "other"
	_, _, err := d.Ensure(t.Context(), other.creation())
	require.NoError(t, err)
	require.NoError(t, current.finish())

	nameless := making(device(9), 33)
	nameless.match = ""
	current = hang(t, d, nameless)
	another := making(device(10), 34)
	another.match = ""
	_, _, err = d.Ensure(t.Context(), another.creation())
	require.NoError(t, err, "no match key is no likeness")
	require.NoError(t, current.finish())
}
