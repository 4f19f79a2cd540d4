package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// nasty is hostile text that PostgreSQL can store.
const nasty = "Robert'); DROP TABLE links;-- \"ä é e\u0301\" <b>&amp;</b> 🚀 \\u0000 \\ % _ ? $1 {}[] \r\n\t\x1b\x7f \u2028 日本語"

// fullLink returns a link with a value in every column.
func fullLink(key store.Key) store.Link {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC)
	return store.Link{
		Connection: key.Connection, Kind: key.Kind, NinjaID: key.NinjaID, OrganizationID: 1<<31 - 1, State: store.Linked,
		MatchKey: "5/" + nasty, AcceloID: 1 << 40, CompanyID: 1 << 41, AffiliationID: 1 << 42,
		Baseline:      rules.Baseline{"title": {Ninja: nasty, Accelo: strings.Repeat("x", 100_000)}, nasty: {ID: 1 << 43}},
		ManualChanges: []rules.ManualChange{{Field: "title", Accelo: nasty, Ninja: ""}}, WrittenAt: &at,
		Facts:    store.Facts{Name: nasty, TeamViewer: rules.TeamViewer{Enabled: true, Targets: []string{"MAC"}}, Serial: nasty},
		ImportID: "i1", Outcome: rules.Updated,
	}
}

// A stored link is read back unchanged.
func TestLinkRoundTrip(t *testing.T) {
	t.Parallel()
	shared := open(t, store.ClaimTimes{})
	for _, kind := range []store.Kind{store.Organizations, store.Contacts, store.Devices, store.Alerts} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			d := shared.withT(t)
			want := fullLink(store.Key{Connection: connection, Kind: kind, NinjaID: "5f9c-" + nasty})
			s := newCreation(want.Key(), 0)
			s.created = new(store.Link)
			*s.created = want
			_, created, err := d.Ensure(t.Context(), s.creation())
			require.NoError(t, err)
			require.True(t, created)
			requireLink(t, want, d.link(want.Key()))

			want.Version = d.link(want.Key()).Version
			want.CompanyID, want.Baseline, want.ManualChanges, want.Outcome = 7, nil, nil, rules.Unchanged
			require.NoError(t, d.SaveLink(t.Context(), &want))
			want.Baseline, want.ManualChanges = rules.Baseline{}, []rules.ManualChange{}
			requireLink(t, want, d.link(want.Key()))
		})
	}
}

// requireLink compares links whose times may be in different time zones.
func requireLink(t *testing.T, want, got store.Link) {
	t.Helper()
	require.NotNil(t, got.WrittenAt)
	require.WithinDuration(t, *want.WrittenAt, *got.WrittenAt, 0)
	require.NotZero(t, got.Version)
	require.NotZero(t, got.CreatedAt)
	want.WrittenAt, got.WrittenAt, want.Version, got.Version, want.CreatedAt, got.CreatedAt = nil, nil, 0, 0, time.Time{}, time.Time{}
	require.Equal(t, want, got)
}

// Only a linked record can be saved.
func TestSaveLinkRequiresALink(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.ErrorIs(t, d.SaveLink(t.Context(), new(fullLink(device(7)))), store.ErrSuperseded)
	require.NoError(t, d.MarkWaiting(t.Context(), waitingLink(7)))
	require.ErrorIs(t, d.SaveLink(t.Context(), new(fullLink(device(7)))), store.ErrSuperseded)
	require.Equal(t, store.Waiting, d.link(device(7)).State)
}

// Saving cannot link an asset to a second device.
func TestSaveLinkKeepsOneOwner(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.ensureLinked(newCreation(device(7), 31))
	d.ensureLinked(newCreation(device(8), 32))
	second := d.link(device(8))
	second.AcceloID = 31
	require.ErrorIs(t, d.SaveLink(t.Context(), &second), store.ErrSuperseded)
	require.Equal(t, int64(32), d.link(device(8)).AcceloID)
}

// A worker with an outdated link changes nothing and gets ErrSuperseded.
func TestSaveLinkSuperseded(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(d *database) error{
		"relinked by a user": func(d *database) error {
			_, err := d.Relink(d.t.Context(), correction(organization(1), 42))
			return err
		},
		"moved after a merge": func(d *database) error {
			_, err := d.MoveCompany(d.t.Context(), store.CompanyMove{Connection: connection, OrganizationID: 1, From: 41, To: 42})
			return err
		},
		"forgotten": func(d *database) error {
			_, err := d.Forget(d.t.Context(), organization(1), "a user")
			return err
		},
		"synced by another worker": func(d *database) error {
			link := d.link(organization(1))
			link.Baseline = rules.Baseline{"name": {Ninja: "new", Accelo: "new"}}
			return d.SaveLink(d.t.Context(), &link)
		},
		"marked as deleted": func(d *database) error { return d.MarkDeleted(d.t.Context(), organization(1), true) },
		"forgotten and matched again": func(d *database) error {
			if _, err := d.Forget(d.t.Context(), organization(1), "a user"); err != nil {
				return err
			}
			d.ensureLinked(newCreation(organization(1), 42))
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t, store.ClaimTimes{})
			stale := d.ensureLinked(newCreation(organization(1), 41))
			require.NoError(t, change(d))
			key := store.LinkQuery{Kind: store.Organizations}
			before, _, err := d.SearchLinks(t.Context(), connection, key)
			require.NoError(t, err)
			stale.Baseline, stale.Outcome = rules.Baseline{"name": {Ninja: "stale", Accelo: "stale"}}, rules.Updated
			require.ErrorIs(t, d.SaveLink(t.Context(), &stale), store.ErrSuperseded)
			after, _, err := d.SearchLinks(t.Context(), connection, key)
			require.NoError(t, err)
			require.Equal(t, before, after)
		})
	}
}

// ensureLinked runs Ensure, which must create the link.
func (d *database) ensureLinked(s *fakeCreation) store.Link {
	d.t.Helper()
	link, created, err := d.Ensure(d.t.Context(), s.creation())
	require.NoError(d.t, err)
	require.True(d.t, created)
	return link
}

func TestMarkWaiting(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	first := waitingLink(7)
	first.MatchKey = nasty
	require.NoError(t, d.MarkWaiting(t.Context(), first))
	first.State, first.Baseline, first.ManualChanges = store.Waiting, rules.Baseline{}, []rules.ManualChange{}
	stored := d.link(device(7))
	first.Version, first.CreatedAt = stored.Version, stored.CreatedAt
	require.Equal(t, first, stored)

	moved := waitingLink(7)
	moved.OrganizationID, moved.CompanyID, moved.MatchKey = 40, 50, "50/srv"
	require.NoError(t, d.MarkWaiting(t.Context(), moved))
	require.Equal(t, 40, d.link(device(7)).OrganizationID)
	require.Equal(t, int64(50), d.link(device(7)).CompanyID)

	require.NoError(t, d.MarkWaiting(t.Context(), waitingLink(8)), "waiting devices may have the same match key")
}

// A record that is linked or being created does not become waiting.
func TestMarkWaitingKeepsOtherStates(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	linked := d.ensureLinked(newCreation(device(7), 31))
	require.NoError(t, d.MarkWaiting(t.Context(), waitingLink(7)))
	require.Equal(t, store.Linked, d.link(device(7)).State)
	require.Equal(t, linked.AcceloID, d.link(device(7)).AcceloID)
	moved := waitingLink(7)
	moved.OrganizationID, moved.MatchKey, moved.CompanyID = 99, "99/srv", 99
	require.NoError(t, d.MarkWaiting(t.Context(), moved))
	require.Equal(t, linked.CompanyID, d.link(device(7)).CompanyID)
	require.Equal(t, linked.MatchKey, d.link(device(7)).MatchKey)

	busy := holdClaim(t, d, newCreation(device(8), 32))
	require.NoError(t, d.MarkWaiting(t.Context(), waitingLink(8)))
	require.Equal(t, store.Claimed, d.link(device(8)).State)
	require.NoError(t, busy.finish())
}

func TestLinksByID(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.ensureLinked(newCreation(device(7), 31))
	d.ensureLinked(newCreation(organization(7), 41))
	require.NoError(t, d.MarkWaiting(t.Context(), waitingLink(8)))
	found, err := d.LinksByID(t.Context(), connection, store.Devices, []string{"7", "8", "9", nasty})
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, int64(31), found["7"].AcceloID)
	require.Equal(t, store.Waiting, found["8"].State)
	none, err := d.LinksByID(t.Context(), connection, store.Devices, nil)
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestLinkedAcceloIDs(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.ensureLinked(newCreation(device(7), 31))
	d.ensureLinked(newCreation(organization(7), 32))
	busy := holdClaim(t, d, newCreation(device(8), 33))
	taken, err := d.LinkedAcceloIDs(t.Context(), connection, store.Devices, []int64{31, 32, 33, 34})
	require.NoError(t, err)
	require.Equal(t, map[int64]bool{31: true}, taken)
	require.NoError(t, busy.finish())
}

// The links with the match key are returned, the oldest first, without the record's own.
func TestLinkedByMatchKey(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	for id, accelo := range map[int]int64{1: 41, 2: 42} {
		s := newCreation(organization(id), accelo)
		s.created.MatchKey = "acme"
		d.ensureLinked(s)
	}
	d.exec(`UPDATE links SET created_at = now() - interval '1 hour' WHERE ninja_id = '2'`)
	linked := func(kind store.Kind, key, ninjaID string) (objects []int64) {
		links, err := d.LinkedByMatchKey(t.Context(), connection, kind, key, ninjaID)
		require.NoError(t, err)
		for _, link := range links {
			objects = append(objects, link.AcceloID)
		}
		return objects
	}
	require.Equal(t, []int64{42, 41}, linked(store.Organizations, "acme", "3"))
	require.Equal(t, []int64{41}, linked(store.Organizations, "acme", "2"))
	require.Empty(t, linked(store.Organizations, "apex", "3"))
	require.Empty(t, linked(store.Devices, "acme", "3"))
}

func TestLinksWithManualChanges(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.ensureLinked(newCreation(device(7), 31))
	changed := d.ensureLinked(newCreation(device(8), 32))
	changed.ManualChanges = []rules.ManualChange{{Field: "title", Accelo: nasty, Ninja: "SRV"}}
	require.NoError(t, d.SaveLink(t.Context(), &changed))
	links, err := d.LinksWithManualChanges(t.Context(), connection)
	require.NoError(t, err)
	require.Len(t, links, 1)
	require.Equal(t, "8", links[0].NinjaID)
	require.Equal(t, changed.ManualChanges, links[0].ManualChanges)
}

func TestCountLinks(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.ensureLinked(newCreation(organization(1), 41))
	d.ensureLinked(newCreation(device(7), 31))
	d.ensureLinked(newCreation(device(8), 32))
	require.NoError(t, d.MarkWaiting(t.Context(), waitingLink(9)))
	counts, err := d.CountLinks(t.Context(), connection)
	require.NoError(t, err)
	require.Equal(t, []store.LinkCount{
		{Kind: store.Devices, State: store.Linked, Count: 2},
		{Kind: store.Devices, State: store.Waiting, Count: 1},
		{Kind: store.Organizations, State: store.Linked, Count: 1},
	}, counts)
	counts, err = d.CountLinks(t.Context(), "other")
	require.NoError(t, err)
	require.Empty(t, counts)
}

// The alerts that were reset and the requests of alerts are counted as they come and go, whatever changes them, and sums replace their changes.
func TestHistoryIsCounted(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	requireCounted := func() {
		t.Helper()
		alerts, err := d.CountAlerts(t.Context(), connection)
		require.NoError(t, err)
		require.Equal(t, value[int](d, `SELECT count(*) FROM alerts`), alerts)
		_, records, err := d.SearchLinks(t.Context(), connection, store.LinkQuery{Kind: store.Alerts})
		require.NoError(t, err)
		require.Equal(t, value[int](d, `SELECT count(*) FROM links WHERE kind = 'alert'`), records)
		links, err := d.CountLinks(t.Context(), connection)
		require.NoError(t, err)
		for _, count := range links {
			require.Equal(t, value[int](d, `SELECT count(*) FROM links WHERE kind = $1 AND state = $2 AND NOT ninja_id LIKE '7e57a1e7-____-8%'`,
				count.Kind, count.State), count.Count)
		}
	}
	d.endIncidents(1, 20, past)
	requireCounted()
	test := rules.TestAlertUID([11]byte{1})
	for _, uid := range []string{"a", "b", test} {
		creation := newCreation(store.Key{Connection: connection, Kind: store.Alerts, NinjaID: uid}, int64(100+len(uid)+int(uid[0])))
		d.ensureLinked(creation)
		_, err := d.TriggerAlert(t.Context(), store.AlertTrigger{Connection: connection, UID: uid, OrganizationID: 7, DeviceID: 8})
		require.NoError(t, err)
		_, _, err = d.ResetAlert(t.Context(), connection, uid, 2, nil)
		require.NoError(t, err)
		requireCounted()
	}
	d.exec(`UPDATE alerts SET state = 'active' WHERE uid IN ('1', '2')`)
	d.exec(`UPDATE links SET state = 'doubt' WHERE kind = 'alert' AND ninja_id IN ('3', '4')`)
	requireCounted()
	d.compared()
	require.Positive(t, d.sweep())
	requireCounted()
	require.LessOrEqual(t, value[int](d, `SELECT count(*) FROM history_counts`), 3)
}
