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

// A create that certainly failed releases the claim at once and leaves no doubt.
func TestEnsureAfterADefiniteFailure(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	s := newCreation(device(7), 31)
	s.createErr = createError{store.NotCreated}
	link, created, err := d.Ensure(t.Context(), s.creation())
	require.ErrorIs(t, err, s.createErr)
	require.False(t, created)
	require.Zero(t, link)
	d.requireNoLink(device(7))

	s.createErr = nil
	link, created, err = d.Ensure(t.Context(), s.creation())
	require.NoError(t, err)
	require.True(t, created)
	require.Equal(t, int64(31), link.AcceloID)
	require.Equal(t, []bool{false, false}, s.finds)
}

// A failed search releases the claim, because nothing was sent.
func TestEnsureAfterAFailedSearch(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	s := newCreation(device(7), 31)
	s.findErr = errVendor
	_, _, err := d.Ensure(t.Context(), s.creation())
	require.ErrorIs(t, err, errVendor)
	d.requireNoLink(device(7))
	require.Zero(t, s.creates)
}

// A waiting record is still waiting after a failed attempt, so it stays visible.
func TestEnsureKeepsWaiting(t *testing.T) {
	t.Parallel()
	shared := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	for id, test := range []struct {
		name               string
		findErr, createErr error
	}{
		{"the search fails", errVendor, nil},
		{"the create fails", nil, createError{store.NotCreated}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := shared.withT(t)
			require.NoError(t, d.MarkWaiting(t.Context(), waitingLink(id)))
			s := newCreation(device(id), int64(31+id))
			s.findErr, s.createErr = test.findErr, test.createErr
			_, _, err := d.Ensure(t.Context(), s.creation())
			require.Error(t, err)
			require.Equal(t, store.Waiting, d.link(device(id)).State)

			s.findErr, s.createErr = nil, nil
			_, created, err := d.Ensure(t.Context(), s.creation())
			require.NoError(t, err)
			require.True(t, created)
			require.False(t, s.lastDoubt())
		})
	}
}

// After a create with an unknown outcome, Accelo is searched. An object that exists is adopted, otherwise it is created at once.
func TestEnsureAfterAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	shared := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	for id, test := range []struct {
		name    string
		found   *store.Link
		want    int64
		finds   []bool // whether each search knew of a doubt
		creates int
	}{
		{"it was created", asset(30), 30, []bool{false, true}, 1},
		{"it was not created", nil, 31, []bool{false, true, true}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := shared.withT(t)
			s := newCreation(device(id), 31)
			s.createErr = createError{store.Unknown}
			_, created, err := d.Ensure(t.Context(), s.creation())
			require.ErrorIs(t, err, s.createErr)
			require.False(t, created)
			require.Equal(t, store.Doubt, d.link(device(id)).State)

			s.createErr, s.found = nil, test.found
			link, created, err := d.Ensure(t.Context(), s.creation())
			require.NoError(t, err)
			require.True(t, created)
			require.Equal(t, test.want, link.AcceloID)
			require.Equal(t, test.finds, s.finds)
			require.Equal(t, test.creates, s.creates)
			require.Equal(t, store.Linked, d.link(device(id)).State)
		})
	}
}

// A list that lacks the object once is no proof that it was not created.
func TestEnsureLooksTwice(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	s := newCreation(device(7), 31)
	s.createErr = createError{store.Unknown}
	_, _, err := d.Ensure(t.Context(), s.creation())
	require.ErrorIs(t, err, s.createErr)
	s.createErr = nil
	creation := s.creation()
	search := creation.Find
	creation.Find = func(ctx context.Context, doubt *store.Doubtful) (*store.Link, error) {
		defer func() { s.found = asset(30) }()
		return search(ctx, doubt)
	}
	link, created, err := d.Ensure(t.Context(), creation)
	require.NoError(t, err)
	require.True(t, created)
	require.Equal(t, int64(30), link.AcceloID)
	require.Equal(t, []bool{false, true, true}, s.finds)
	require.Equal(t, 1, s.creates)
}

// Failed searches do not end a doubt.
func TestEnsureKeepsADoubt(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	s := newCreation(device(7), 31)
	s.createErr = createError{store.Unknown}
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

// A create in flight is not repeated until its object can no longer appear. If the object appears, it is adopted.
func TestEnsureAfterACreateInFlight(t *testing.T) {
	t.Parallel()
	shared := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	start := func(t *testing.T, id int) (*database, *fakeCreation) {
		d := shared.withT(t)
		s := newCreation(device(id), 31)
		s.createErr = createError{store.InFlight}
		_, _, err := d.Ensure(t.Context(), s.creation())
		require.ErrorIs(t, err, s.createErr)
		require.Equal(t, store.Doubt, d.link(device(id)).State)
		s.createErr = nil
		for range 2 {
			_, created, err := d.Ensure(t.Context(), s.creation())
			var held *store.HeldError
			require.ErrorAs(t, err, &held)
			require.True(t, held.Until.After(time.Now().Add(59*time.Minute)), "held until %s", held.Until)
			require.False(t, created)
			require.True(t, s.lastDoubt())
		}
		require.Equal(t, 1, s.creates)
		return d, s
	}
	t.Run("the object appears", func(t *testing.T) {
		t.Parallel()
		d, s := start(t, 7)
		s.found = asset(30)
		link, created, err := d.Ensure(t.Context(), s.creation())
		require.NoError(t, err)
		require.True(t, created)
		require.Equal(t, int64(30), link.AcceloID)
		require.Equal(t, 1, s.creates)
	})
	t.Run("the object does not appear", func(t *testing.T) {
		t.Parallel()
		d, s := start(t, 8)
		d.exec(`UPDATE links SET doubt_until = now() - interval '1 millisecond' WHERE ninja_id = '8'`)
		link, created, err := d.Ensure(t.Context(), s.creation())
		require.NoError(t, err)
		require.True(t, created)
		require.Equal(t, int64(31), link.AcceloID)
		require.True(t, s.lastDoubt())
		require.Equal(t, 2, s.creates)
	})
}

// The time in which an object may appear starts when its create was sent, however old the claim is.
func TestEnsureDoubtCountsFromTheSend(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Minute})
	s := newCreation(device(7), 31)
	s.createErr = createError{store.InFlight}
	s.duringCreate = func(context.Context) { // the claim is 10 minutes old by now
		d.exec(`UPDATE links SET claimed_until = claimed_until - interval '10 minutes', doubt_until = doubt_until - interval '10 minutes'`)
	}
	sent := time.Now()
	_, _, err := d.Ensure(t.Context(), s.creation())
	require.ErrorIs(t, err, s.createErr)
	until := d.claim(7, "doubt_until")
	require.False(t, until.Before(sent.Add(time.Minute).Truncate(time.Microsecond)), "it may appear until %s", until)
}

// A cancelled caller still releases its claim.
func TestEnsureAfterACancellation(t *testing.T) {
	t.Parallel()
	shared := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	for id, test := range []struct {
		name    string
		outcome store.CreateOutcome
	}{{"before it was sent", store.NotCreated}, {"after it was sent", store.InFlight}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := shared.withT(t)
			ctx, cancel := context.WithCancel(t.Context())
			s := newCreation(device(id), 31)
			s.createErr = createError{test.outcome}
			s.duringCreate = func(context.Context) { cancel() }
			_, _, err := d.Ensure(ctx, s.creation())
			require.ErrorIs(t, err, s.createErr)
			if test.outcome == store.NotCreated {
				d.requireNoLink(device(id))
				return
			}
			require.Equal(t, store.Doubt, d.link(device(id)).State)
		})
	}
}
