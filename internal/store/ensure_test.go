package store_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// A new record is searched for once, created once, and then returned from the database.
func TestEnsureCreatesOnce(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	s := newCreation(device(7), 31)
	link, created, err := d.Ensure(t.Context(), s.creation())
	require.NoError(t, err)
	require.True(t, created)
	require.Equal(t, store.Link{
		Connection: connection, Kind: store.Devices, NinjaID: "7", OrganizationID: 4, State: store.Linked, MatchKey: "5/srv",
		AcceloID: 31, CompanyID: 5, AffiliationID: 9, Baseline: rules.Baseline{"title": {Ninja: "SRV", Accelo: "SRV"}},
		ImportID: "i1", Outcome: rules.Created, Version: link.Version, CreatedAt: link.CreatedAt,
	}, link)
	require.WithinDuration(t, time.Now(), link.CreatedAt, time.Minute)
	require.Equal(t, []bool{false}, s.finds)
	require.Equal(t, 1, s.creates)

	stored := d.link(device(7))
	link.ManualChanges, link.CreatedAt = []rules.ManualChange{}, stored.CreatedAt
	require.Equal(t, link, stored)

	again, created, err := d.Ensure(t.Context(), s.creation())
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, stored, again)
	finds, creates := s.counts()
	require.Equal(t, 1, finds, "a linked record is not searched for")
	require.Equal(t, 1, creates)
}

// An existing object is adopted rather than created again.
func TestEnsureAdopts(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	s := newCreation(device(7), 31)
	s.found = asset(12)
	link, created, err := d.Ensure(t.Context(), s.creation())
	require.NoError(t, err)
	require.True(t, created)
	require.Equal(t, int64(12), link.AcceloID)
	require.Zero(t, s.creates)
	require.Equal(t, int64(12), d.link(device(7)).AcceloID)
}

// Of 50 concurrent workers, one creates the object. The others get a time to retry at, and then the link.
func TestEnsureConcurrently(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	s := newCreation(device(7), 31)
	refused := make(chan struct{})
	var once sync.Once
	s.duringCreate = func(ctx context.Context) { // the create waits until another worker was refused
		select {
		case <-refused:
		case <-ctx.Done():
		}
	}
	var creators atomic.Int32
	var group errgroup.Group
	start := make(chan struct{})
	for range 50 {
		group.Go(func() error {
			<-start
			var link store.Link
			await(t, "the link", func() bool {
				var created bool
				var err error
				link, created, err = d.Ensure(t.Context(), s.creation())
				var held *store.HeldError
				if errors.As(err, &held) {
					require.Equal(t, device(7), held.Key)
					require.True(t, held.Until.After(time.Now()), "held until %s", held.Until)
					once.Do(func() { close(refused) })
					return false
				}
				require.NoError(t, err)
				if created {
					creators.Add(1)
				}
				return true
			})
			require.Equal(t, int64(31), link.AcceloID)
			return nil
		})
	}
	close(start)
	require.NoError(t, group.Wait())
	require.Equal(t, int32(1), creators.Load())
	finds, creates := s.counts()
	require.Equal(t, 1, creates)
	require.Equal(t, 1, finds)
}

// The deadline of a create is before the end of its claim.
func TestEnsureDeadline(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	s := newCreation(device(7), 31)
	var until time.Time
	s.duringCreate = func(context.Context) {
		until = d.claim(7, "claimed_until")
	}
	before := time.Now()
	_, _, err := d.Ensure(t.Context(), s.creation())
	require.NoError(t, err)
	require.True(t, s.deadlines[0].After(before.Add(time.Hour-time.Second)), "nearly the full lease")
	require.False(t, s.deadlines[0].After(until.Add(time.Microsecond)), "the database stores microseconds")
}

// After a doubt, the claim is renewed right before the create, and so is the deadline.
func TestEnsureDeadlineAfterADoubt(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	s := newCreation(device(7), 31)
	s.createErr = createError{store.Unknown}
	_, _, err := d.Ensure(t.Context(), s.creation())
	require.ErrorIs(t, err, s.createErr)
	var until time.Time
	s.createErr = nil
	s.duringCreate = func(context.Context) {
		until = d.claim(7, "claimed_until")
	}
	_, _, err = d.Ensure(t.Context(), s.creation())
	require.NoError(t, err)
	require.False(t, s.deadlines[1].After(until.Add(time.Microsecond)))
	require.True(t, s.deadlines[1].After(s.deadlines[0]))
}

// A waiting record was never sent to Accelo, so there is no doubt about it.
func TestEnsureFromWaiting(t *testing.T) {
	t.Parallel()
	shared := open(t, store.ClaimTimes{Settle: time.Hour})
	for id, test := range []struct {
		name  string
		found *store.Link
		want  int64
	}{
		{"the asset exists now", asset(12), 12},
		{"the API can create it now", nil, 31},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := shared.withT(t)
			require.NoError(t, d.MarkWaiting(t.Context(), waitingLink(id)))
			s := newCreation(device(id), 31)
			s.found = test.found
			link, created, err := d.Ensure(t.Context(), s.creation())
			require.NoError(t, err)
			require.True(t, created)
			require.Equal(t, test.want, link.AcceloID)
			require.Equal(t, []bool{false}, s.finds)
			require.Equal(t, store.Linked, d.link(device(id)).State)
		})
	}
}

func waitingLink(id int) store.Link {
	key := device(id)
	return store.Link{
		Connection: key.Connection, Kind: key.Kind, NinjaID: key.NinjaID, OrganizationID: 4, MatchKey: "5/srv", CompanyID: 5,
	}
}

// An asset is linked to one device only. A second device gets an error and can retry at once.
func TestEnsureAdoptsForOneDevice(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	first, second := newCreation(device(7), 0), newCreation(device(8), 32)
	first.found, second.found = asset(12), asset(12)
	_, _, err := d.Ensure(t.Context(), first.creation())
	require.NoError(t, err)
	_, created, err := d.Ensure(t.Context(), second.creation())
	require.Error(t, err)
	require.False(t, created)
	require.Equal(t, int64(12), d.link(device(7)).AcceloID)
	d.requireNoLink(device(8))

	second.found = nil
	link, _, err := d.Ensure(t.Context(), second.creation())
	require.NoError(t, err)
	require.Equal(t, int64(32), link.AcceloID)
	require.False(t, second.lastDoubt())
}

// Several organizations may share a company.
func TestEnsureSharesACompany(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	for id := range 3 {
		s := newCreation(organization(id), 0)
		s.found = asset(12)
		_, created, err := d.Ensure(t.Context(), s.creation())
		require.NoError(t, err)
		require.True(t, created)
	}
}

// A connection that does not exist cannot have links.
func TestEnsureWithoutConnection(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	s := newCreation(store.KeyOf("elsewhere", store.Devices, 7), 31)
	_, _, err := d.Ensure(t.Context(), s.creation())
	require.ErrorContains(t, err, "claim device 7")
	finds, creates := s.counts()
	require.Zero(t, finds+creates)
}
