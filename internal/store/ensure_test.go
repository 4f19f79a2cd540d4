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

// A record that nobody has seen is looked for once and created once, and then simply known.
func TestEnsureCreatesOnce(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	s := making(device(7), 31)
	link, made, err := d.Ensure(t.Context(), s.creation())
	require.NoError(t, err)
	require.True(t, made)
	require.Equal(t, store.Link{
		Connection: connection, Kind: store.Devices, NinjaID: "7", OrganizationID: 4, State: store.Linked, MatchKey: "5/srv",
		AcceloID: 31, CompanyID: 5, AffiliationID: 9, Baseline: rules.Baseline{"title": {Ninja: "SRV", Accelo: "SRV"}},
		ImportID: "i1", Outcome: rules.Created,
	}, link)
	require.Equal(t, []bool{false}, s.finds)
	require.Equal(t, 1, s.creates)

	stored := d.link(device(7))
	link.ManualChanges = []rules.ManualChange{}
	require.Equal(t, link, stored)

	again, made, err := d.Ensure(t.Context(), s.creation())
	require.NoError(t, err)
	require.False(t, made)
	require.Equal(t, stored, again)
	finds, creates := s.counts()
	require.Equal(t, 1, finds, "a linked record is not looked for")
	require.Equal(t, 1, creates)
}

// What is there already is adopted and not created.
func TestEnsureAdopts(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	s := making(device(7), 31)
	s.found = asset(12)
	link, made, err := d.Ensure(t.Context(), s.creation())
	require.NoError(t, err)
	require.True(t, made)
	require.Equal(t, int64(12), link.AcceloID)
	require.Zero(t, s.creates)
	require.Equal(t, int64(12), d.link(device(7)).AcceloID)
}

// Fifty workers at once create one object between them. Those who come too late are told until when to wait, and get the
// link in the end.
func TestEnsureByFiftyAtOnce(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	s := making(device(7), 31)
	loser := make(chan struct{})
	var once sync.Once
	s.during = func(ctx context.Context) { // nobody finishes before somebody has lost
		select {
		case <-loser:
		case <-ctx.Done():
		}
	}
	var created atomic.Int32
	var group errgroup.Group
	begin := make(chan struct{})
	for range 50 {
		group.Go(func() error {
			<-begin
			var link store.Link
			await(t, "the link", func() bool {
				var made bool
				var err error
				link, made, err = d.Ensure(t.Context(), s.creation())
				var held *store.HeldError
				if errors.As(err, &held) {
					require.Equal(t, device(7), held.Key)
					require.True(t, held.Until.After(time.Now()), "held until %s", held.Until)
					once.Do(func() { close(loser) })
					return false
				}
				require.NoError(t, err)
				if made {
					created.Add(1)
				}
				return true
			})
			require.Equal(t, int64(31), link.AcceloID)
			return nil
		})
	}
	close(begin)
	require.NoError(t, group.Wait())
	require.Equal(t, int32(1), created.Load())
	finds, creates := s.counts()
	require.Equal(t, 1, creates)
	require.Equal(t, 1, finds)
}

// A create may only leave while the claim is surely held.
func TestEnsureGivesADeadline(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	s := making(device(7), 31)
	var until time.Time
	s.during = func(context.Context) {
		until = d.claim(7, "claimed_until")
	}
	before := time.Now()
	_, _, err := d.Ensure(t.Context(), s.creation())
	require.NoError(t, err)
	require.True(t, s.deadlines[0].After(before.Add(time.Hour-time.Second)), "almost the whole lease")
	require.False(t, s.deadlines[0].After(until.Add(time.Microsecond)), "the database knows microseconds")
}

// A claim after a doubt is renewed right before the create, so that its deadline is within the lease too.
func TestEnsureGivesADeadlineAfterADoubt(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	s := making(device(7), 31)
	s.createErr = failure{store.Unknown}
	_, _, err := d.Ensure(t.Context(), s.creation())
	require.ErrorIs(t, err, s.createErr)
	var until time.Time
	s.createErr = nil
	s.during = func(context.Context) {
		until = d.claim(7, "claimed_until")
	}
	_, _, err = d.Ensure(t.Context(), s.creation())
	require.NoError(t, err)
	require.False(t, s.deadlines[1].After(until.Add(time.Microsecond)))
	require.True(t, s.deadlines[1].After(s.deadlines[0]))
}

// What only waits for Accelo's API was never sent: there is no doubt about it.
func TestEnsureTakesUpWhatWaits(t *testing.T) {
	t.Parallel()
	shared := open(t, store.ClaimTimes{Settle: time.Hour})
	for id, test := range []struct {
		name  string
		found *store.Link
		want  int64
	}{
		{"it has appeared", asset(12), 12},
		{"it can be created now", nil, 31},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := shared.in(t)
			require.NoError(t, d.MarkWaiting(t.Context(), waiting(id)))
			s := making(device(id), 31)
			s.found = test.found
			link, made, err := d.Ensure(t.Context(), s.creation())
			require.NoError(t, err)
			require.True(t, made)
			require.Equal(t, test.want, link.AcceloID)
			require.Equal(t, []bool{false}, s.finds)
			require.Equal(t, store.Linked, d.link(device(id)).State)
		})
	}
}

func waiting(id int) store.Link {
	key := device(id)
	return store.Link{
		Connection: key.Connection, Kind: key.Kind, NinjaID: key.NinjaID, OrganizationID: 4, MatchKey: "5/srv", CompanyID: 5,
	}
}

// An asset belongs to one device. Whoever comes second is told, and may try again at once.
func TestEnsureAdoptsForOneDeviceOnly(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	first, second := making(device(7), 0), making(device(8), 32)
	first.found, second.found = asset(12), asset(12)
	_, _, err := d.Ensure(t.Context(), first.creation())
	require.NoError(t, err)
	_, made, err := d.Ensure(t.Context(), second.creation())
	require.Error(t, err)
	require.False(t, made)
	require.Equal(t, int64(12), d.link(device(7)).AcceloID)
	d.requireNone(device(8))

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
		s := making(organization(id), 0)
		s.found = asset(12)
		_, made, err := d.Ensure(t.Context(), s.creation())
		require.NoError(t, err)
		require.True(t, made)
	}
}

// A connection that does not exist has no links.
func TestEnsureWithoutConnection(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	s := making(store.KeyOf("elsewhere", store.Devices, 7), 31)
	_, _, err := d.Ensure(t.Context(), s.creation())
	require.ErrorContains(t, err, "claim device 7")
	finds, creates := s.counts()
	require.Zero(t, finds+creates)
}
