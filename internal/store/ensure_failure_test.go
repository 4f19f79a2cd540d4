package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

var errVendor = errors.New("the vendor is down")

// A create that surely was not carried out gives the claim back at once, and leaves no doubt.
func TestEnsureAfterADefiniteFailure(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	s := making(device(7), 31)
	s.createErr = failure{store.NotCreated}
	link, made, err := d.Ensure(t.Context(), s.creation())
	require.ErrorIs(t, err, s.createErr)
	require.False(t, made)
	require.Zero(t, link)
	d.requireNone(device(7))

	s.createErr = nil
	link, made, err = d.Ensure(t.Context(), s.creation())
	require.NoError(t, err)
	require.True(t, made)
	require.Equal(t, int64(31), link.AcceloID)
	require.Equal(t, []bool{false, false}, s.finds)
}

// Looking costs nothing: when it fails the claim is given back as it was.
func TestEnsureAfterAFailedLook(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	s := making(device(7), 31)
	s.findErr = errVendor
	_, _, err := d.Ensure(t.Context(), s.creation())
	require.ErrorIs(t, err, errVendor)
	d.requireNone(device(7))
	require.Zero(t, s.creates)
}

// What waits goes on waiting when it cannot be taken up after all, so that it is never out of sight.
func TestEnsureGivesBackWhatWaits(t *testing.T) {
	t.Parallel()
	shared := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	for id, test := range []struct {
		name               string
		findErr, createErr error
	}{
		{"looking fails", errVendor, nil},
		{"creating fails", nil, failure{store.NotCreated}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := shared.in(t)
			require.NoError(t, d.MarkWaiting(t.Context(), waiting(id)))
			s := making(device(id), int64(31+id))
			s.findErr, s.createErr = test.findErr, test.createErr
			_, _, err := d.Ensure(t.Context(), s.creation())
			require.Error(t, err)
			require.Equal(t, store.Waiting, d.link(device(id)).State)

			s.findErr, s.createErr = nil, nil
			_, made, err := d.Ensure(t.Context(), s.creation())
			require.NoError(t, err)
			require.True(t, made)
			require.False(t, s.lastDoubt())
		})
	}
}

// After a create that is over, but of which nobody knows whether it was carried out, Accelo is asked. What is there is
// adopted; what is surely not there is created at once.
func TestEnsureAfterACreateThatMayHaveBeenMade(t *testing.T) {
	t.Parallel()
	shared := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	for id, test := range []struct {
		name    string
		found   *store.Link
		want    int64
		creates int
	}{
		{"it was", asset(30), 30, 1},
		{"it was not", nil, 31, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := shared.in(t)
			s := making(device(id), 31)
			s.createErr = failure{store.Unknown}
			_, made, err := d.Ensure(t.Context(), s.creation())
			require.ErrorIs(t, err, s.createErr)
			require.False(t, made)
			require.Equal(t, store.Doubt, d.link(device(id)).State)

			s.createErr, s.found = nil, test.found
			link, made, err := d.Ensure(t.Context(), s.creation())
			require.NoError(t, err)
			require.True(t, made)
			require.Equal(t, test.want, link.AcceloID)
			require.Equal(t, []bool{false, true}, s.finds)
			require.Equal(t, test.creates, s.creates)
			require.Equal(t, store.Linked, d.link(device(id)).State)
		})
	}
}

// A doubt outlives any number of looks that fail.
func TestEnsureKeepsADoubt(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	s := making(device(7), 31)
	s.createErr = failure{store.Unknown}
	_, _, err := d.Ensure(t.Context(), s.creation())
	require.ErrorIs(t, err, s.createErr)
	s.findErr = errVendor
	for range 3 {
		_, _, err = d.Ensure(t.Context(), s.creation())
		require.ErrorIs(t, err, errVendor)
		require.Equal(t, store.Doubt, d.link(device(7)).State)
		require.True(t, s.lastDoubt())
	}
	require.Equal(t, 1, s.creates)
}

// A create that may still be under way is not repeated until it can no longer appear; when it appears it is adopted.
func TestEnsureAfterACreateThatMayStillCome(t *testing.T) {
	t.Parallel()
	shared := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	start := func(t *testing.T, id int) (*database, *script) {
		d := shared.in(t)
		s := making(device(id), 31)
		s.createErr = failure{store.InFlight}
		_, _, err := d.Ensure(t.Context(), s.creation())
		require.ErrorIs(t, err, s.createErr)
		require.Equal(t, store.Doubt, d.link(device(id)).State)
		s.createErr = nil
		for range 2 {
			_, made, err := d.Ensure(t.Context(), s.creation())
			var held *store.HeldError
			require.ErrorAs(t, err, &held)
			require.True(t, held.Until.After(time.Now().Add(59*time.Minute)), "held until %s", held.Until)
			require.False(t, made)
			require.True(t, s.lastDoubt())
		}
		require.Equal(t, 1, s.creates)
		return d, s
	}
	t.Run("it comes", func(t *testing.T) {
		t.Parallel()
		d, s := start(t, 7)
		s.found = asset(30)
		link, made, err := d.Ensure(t.Context(), s.creation())
		require.NoError(t, err)
		require.True(t, made)
		require.Equal(t, int64(30), link.AcceloID)
		require.Equal(t, 1, s.creates)
	})
	t.Run("it does not come", func(t *testing.T) {
		t.Parallel()
		d, s := start(t, 8)
		d.exec(`UPDATE links SET doubt_until = now() - interval '1 millisecond' WHERE ninja_id = '8'`)
		link, made, err := d.Ensure(t.Context(), s.creation())
		require.NoError(t, err)
		require.True(t, made)
		require.Equal(t, int64(31), link.AcceloID)
		require.True(t, s.lastDoubt())
		require.Equal(t, 2, s.creates)
	})
}

// The time in which a create may still appear runs from when it was sent, however long looking and queueing took before.
func TestEnsureCountsFromTheSending(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Minute})
	s := making(device(7), 31)
	s.createErr = failure{store.InFlight}
	s.during = func(context.Context) { // the claim is that old already
		d.exec(`UPDATE links SET claimed_until = claimed_until - interval '10 minutes', doubt_until = doubt_until - interval '10 minutes'`)
	}
	sent := time.Now()
	_, _, err := d.Ensure(t.Context(), s.creation())
	require.ErrorIs(t, err, s.createErr)
	until := d.claim(7, "doubt_until")
	require.False(t, until.Before(sent.Add(time.Minute).Truncate(time.Microsecond)), "it may appear until %s", until)
}

// A caller whose own time is up still gives its claim back.
func TestEnsureAfterACancellation(t *testing.T) {
	t.Parallel()
	shared := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	for id, test := range []struct {
		name string
		fate store.CreateOutcome
	}{{"before it was sent", store.NotCreated}, {"after it was sent", store.InFlight}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := shared.in(t)
			ctx, cancel := context.WithCancel(t.Context())
			s := making(device(id), 31)
			s.createErr = failure{test.fate}
			s.during = func(context.Context) { cancel() }
			_, _, err := d.Ensure(ctx, s.creation())
			require.ErrorIs(t, err, s.createErr)
			if test.fate == store.NotCreated {
				d.requireNone(device(id))
				return
			}
			require.Equal(t, store.Doubt, d.link(device(id)).State)
		})
	}
}
