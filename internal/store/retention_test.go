package store_test

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/internal/store"
)

const day = 24 * time.Hour

// past is the age of what has ended in these tests, and retention how long it is kept.
const past, retention = 500 * day, 400 * day

// sweep runs batches until the pass is complete, and returns how many rows they removed.
func (d *database) sweep(change ...func(*store.Sweep)) (removed int) {
	d.t.Helper()
	sweep := store.Sweep{Connection: connection, Retention: retention}
	for _, apply := range change {
		apply(&sweep)
	}
	for range 100 {
		swept, err := d.SweepBatch(d.t.Context(), sweep)
		require.NoError(d.t, err)
		if removed += swept.Removed; swept.Done {
			return removed
		}
	}
	require.FailNow(d.t, "the pass doesn't end")
	return removed
}

// compared records that NinjaOne's answers were compared with our alerts just now and named some of them.
func (d *database) compared(uids ...string) {
	d.t.Helper()
	for _, source := range []store.AlertSource{store.AlertLog, store.AlertList} {
		require.NoError(d.t, d.NameAlerts(d.t.Context(), connection, source, uids))
	}
}

// endedIncidents stores incidents that ended long ago, with everything that belongs to one: the alert that led each of them, a repeat, the
// request's link with its history, notes, and the link of its asset. The number n of each is its request; its alert is "n" and its repeat "n again".
const endedIncidents = `WITH n AS (SELECT n FROM generate_series($1::bigint, $2) AS n), t AS (SELECT now() - $3::interval AS at),
	led AS (INSERT INTO incidents (connection, recurrence_key, leader_uid, organization_id, device_id, request_id, state, cause, joined, noted_joined,
			asset_linked, closed_at, created_at, updated_at)
		SELECT 'default', n || '/disk', n::text, 5, 8, n, 'closed', 'reset', 1, 1, true, at, at, at FROM n, t RETURNING id, request_id),
	alerts AS (INSERT INTO alerts (connection, uid, state, incident_id, triggered_activity, reset_activity, created_at, updated_at)
		SELECT 'default', request_id || what, 'reset', id, 1, 2, at, at FROM led, t, unnest(ARRAY['', ' again']) AS what),
	history AS (INSERT INTO link_events (connection, kind, ninja_id, at, state, accelo_id)
		SELECT 'default', 'alert', n::text, at, 'linked', n FROM n, t)
	INSERT INTO links (connection, kind, ninja_id, organization_id, state, accelo_id, created_at, updated_at)
		SELECT 'default', 'alert', n::text, 5, 'linked', n, at, at FROM n, t
		UNION ALL SELECT 'default', 'note', 'device of request ' || n, 5, 'linked', n, at, at FROM n, t
		UNION ALL SELECT 'default', 'note', 'reset of alert ' || n, 5, 'linked', n, at, at FROM n, t
		UNION ALL SELECT 'default', 'note', '1 repeats of incident ' || id, 5, 'linked', request_id, at, at FROM led, t
		UNION ALL SELECT 'default', 'asset-link', 'asset 12 to request ' || n, 5, 'linked', n, at, at FROM n, t`

// send runs statements directly on the database.
func (d *database) send(batch *pgx.Batch) {
	d.t.Helper()
	direct, err := pgx.Connect(d.t.Context(), d.url)
	require.NoError(d.t, err)
	defer func() { _ = direct.Close(context.WithoutCancel(d.t.Context())) }()
	require.NoError(d.t, direct.SendBatch(d.t.Context(), batch).Close())
}

func (d *database) endIncidents(from, to int, age time.Duration) {
	d.t.Helper()
	d.exec(endedIncidents, from, to, age)
	d.exec(`DELETE FROM link_events WHERE at > now() - interval '1 day'`) // a link that begins with a claim has none
}

// isWhole reports whether an incident is stored with its alert, the alert's history, and its links, by its request; isGone whether nothing of it is.
const (
	isWhole = `SELECT EXISTS (SELECT FROM incidents WHERE request_id = $1) AND EXISTS (SELECT FROM alerts WHERE uid = $1::bigint::text)
		AND (SELECT count(*) FROM links WHERE accelo_id = $1) = 5 AND EXISTS (SELECT FROM link_events WHERE accelo_id = $1)`
	isGone = `SELECT NOT EXISTS (SELECT FROM incidents WHERE request_id = $1)
		AND NOT EXISTS (SELECT FROM alerts WHERE uid IN ($1::bigint::text, $1::bigint || ' again'))
		AND NOT EXISTS (SELECT FROM links WHERE accelo_id = $1) AND NOT EXISTS (SELECT FROM link_events WHERE accelo_id = $1)`
)

// reasonsToStay says, for each way in which an incident may not be over yet, how to bring it about for the incident of request $1.
var reasonsToStay = map[string]string{
	"it is being opened":         `UPDATE incidents SET state = 'opening' WHERE request_id = $1`,
	"opening is owed":            `UPDATE incidents SET opening_since = now() - interval '500 days' WHERE request_id = $1`,
	"it is being closed":         `UPDATE incidents SET closed_at = NULL WHERE request_id = $1`,
	"its close is owed":          `UPDATE incidents SET close_owed_since = now() - interval '500 days' WHERE request_id = $1`,
	"a change is to be followed": `UPDATE incidents SET follow_owed_since = now() - interval '500 days' WHERE request_id = $1`,
	"a note is owed":             `UPDATE incidents SET joined = 2 WHERE request_id = $1`,
	"its asset is to be linked":  `UPDATE incidents SET asset_owed_since = now() - interval '500 days', device_id = 9 WHERE request_id = $1`,
	"it was closed lately":       `UPDATE incidents SET closed_at = now() - interval '399 days' WHERE request_id = $1`,
	"it changed lately":          `UPDATE incidents SET updated_at = now() - interval '399 days' WHERE request_id = $1`,
	"its alert was reset lately": `UPDATE alerts SET updated_at = now() - interval '399 days' WHERE uid = $1::bigint::text`,
	"NinjaOne named its alert":   `UPDATE alerts SET named_at = now() - interval '399 days' WHERE uid = $1::bigint::text`,
	"its alert is active":        `UPDATE alerts SET state = 'active' WHERE uid = $1::bigint::text`,
	"its repeat is active":       `UPDATE alerts SET state = 'active' WHERE uid = $1::bigint || ' again'`,
	"its alert has failed": `INSERT INTO failures (connection, kind, ninja_id, workflow_id, error) VALUES ('default', 'alert', $1::bigint::text, '', '')
		ON CONFLICT DO NOTHING`,
	"both sides disagree": `INSERT INTO differences (connection, kind, ninja_id, what, since) VALUES ('default', 'alert', $1::bigint::text, 'listed', now())
		ON CONFLICT DO NOTHING`,
	"its request is being created": `UPDATE links SET state = 'claimed' WHERE kind = 'alert' AND ninja_id = $1::bigint::text`,
	"its request is in doubt":      `UPDATE links SET state = 'doubt' WHERE kind = 'alert' AND ninja_id = $1::bigint::text`,
	"its request was relinked":     `UPDATE links SET updated_at = now() - interval '399 days' WHERE kind = 'alert' AND ninja_id = $1::bigint::text`,
}

// What is owed or young stays with all that belongs to it; what ended long ago goes with all that belongs to it. A second pass finds nothing more.
func TestSweepKeepsWhatIsNotOver(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.exec(`INSERT INTO links (connection, kind, ninja_id, state, accelo_id) VALUES ('default', 'device', '9', 'linked', 5000)`)
	names := slices.Sorted(maps.Keys(reasonsToStay))
	kept := map[int]string{}
	for i, name := range names { // every reason alone, and every two of them
		for _, other := range names[i:] {
			kept[10+len(kept)] = name + ", " + other
		}
	}
	d.endIncidents(1, 9, past)
	d.endIncidents(10, 9+len(kept), past)
	d.endIncidents(1000, 1000, retention-day)
	kept[1000] = "it is too young"
	d.exec(`UPDATE incidents SET asset_owed_since = closed_at WHERE request_id = 1`) // its device never got an asset
	batch := &pgx.Batch{}
	for request, why := range kept {
		for _, name := range strings.Split(why, ", ") {
			if reason, found := reasonsToStay[name]; found {
				batch.Queue(reason, request)
			}
		}
	}
	d.send(batch)

	require.Zero(t, d.sweep(), "nobody knows which alerts NinjaOne still names")
	d.compared()
	require.Zero(t, d.sweep(func(s *store.Sweep) { s.Retention = past + day }), "nothing is old enough")
	d.sweep(func(s *store.Sweep) { s.ReopenWindow = past + day })
	require.True(t, value[bool](d, isWhole, 1), "its request may be reopened")
	require.Positive(t, d.sweep())
	for request := range 9 {
		require.True(t, value[bool](d, isGone, request+1), "something is left of %d", request+1)
	}
	for request, why := range kept {
		require.True(t, value[bool](d, isWhole, request), "something was removed although %s", why)
	}
	require.Zero(t, d.sweep(), "the first pass has removed everything that ends")
}

// A pass goes on where the batch before stopped, whoever runs it, and no batch removes more than a few hundred rows. The next pass has its time.
func TestSweepInBatches(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.endIncidents(1, 700, past)
	d.exec(`UPDATE incidents SET close_owed_since = now() WHERE request_id <= 600`) // the oldest rows stay, and are passed
	d.exec(`UPDATE alerts SET updated_at = now() - interval '600 days' WHERE uid::text IN (SELECT n::text FROM generate_series(1, 600) AS n)`)
	d.compared()
	sweep := store.Sweep{Connection: connection, Retention: retention, Pause: time.Hour}
	total, batches := 0, 0
	for swept := (store.Swept{}); !swept.Done; batches++ {
		var err error
		before := value[int](d, `SELECT (SELECT count(*) FROM alerts) + (SELECT count(*) FROM incidents)`)
		swept, err = d.SweepBatch(t.Context(), sweep)
		require.NoError(t, err)
		require.GreaterOrEqual(t, value[int](d, `SELECT (SELECT count(*) FROM alerts) + (SELECT count(*) FROM incidents)`), before-500)
		total += swept.Removed
	}
	require.Greater(t, batches, 8)
	require.Equal(t, 600, value[int](d, `SELECT count(*) FROM incidents`))
	require.Positive(t, total)

	d.exec(`UPDATE incidents SET close_owed_since = NULL`)
	require.Zero(t, d.sweep(func(s *store.Sweep) { s.Pause = time.Hour }), "the next pass is not due")
	require.Positive(t, d.sweep())
	require.Zero(t, value[int](d, `SELECT count(*) FROM incidents`))
	require.Zero(t, value[int](d, `SELECT count(*) FROM links`))
}

// Alerts without an incident: a reset that was remembered goes, and so does an alert of a switched-off organization that nobody names any more.
// One that is still to be opened stays, and so does what NinjaOne names.
func TestSweepAlertsWithoutAnIncident(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.exec(`INSERT INTO alerts (connection, uid, state, off_organization, updated_at, named_at)
		SELECT 'default', uid, state, off, now() - interval '500 days', now() - named FROM (VALUES ('tombstone', 'reset', '', NULL::interval),
			('named tombstone', 'reset', '', '2 days'), ('held', 'active', '5', '450 days'), ('named held', 'active', '5', '2 days'),
			('owed', 'active', '', NULL)) AS v(uid, state, off, named)`)
	d.compared()
	require.Equal(t, 2, d.sweep())
	require.Equal(t, "named held, named tombstone, owed", value[string](d, `SELECT string_agg(uid, ', ' ORDER BY uid) FROM alerts`))
}

// A request that stays open for years keeps the alert that it was opened for, not every repeat.
func TestSweepRepeatsOfAnOpenRequest(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.endIncidents(1, 1, past)
	d.exec(`UPDATE incidents SET state = 'open', closed_at = NULL`)
	d.compared()
	require.Equal(t, 1, d.sweep())
	require.True(t, value[bool](d, isWhole, 1))
	require.Zero(t, value[int](d, `SELECT count(*) FROM alerts WHERE uid = '1 again'`))
}

// As long as NinjaOne names an alert that has ended, it stays known, so that it isn't taken for a missed one.
func TestNamedAlertsStayKnown(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.endIncidents(1, 2, past)
	d.compared("1", "unknown")
	require.Positive(t, d.sweep())
	states, err := d.AlertStates(t.Context(), connection, []string{"1", "2"})
	require.NoError(t, err)
	require.Contains(t, states, "1")
	require.NotContains(t, states, "2")
	known, err := d.KnownAlerts(t.Context(), connection, []string{"1", "2"})
	require.NoError(t, err)
	require.Equal(t, map[string]bool{"1": true}, known)
}

// Imports, audit entries, histories and notes of other records end with their age. What says that a connection was imported stays, and so does
// what a running import needs.
func TestSweepTheRest(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.exec(`INSERT INTO imports (id, connection, workflow_id, plan, started_at, finished_at, records)
		SELECT v.*, '{}'::text[] FROM (VALUES ('plan', 'default', 'w', true, now() - interval '700 days', now() - interval '700 days'),
			('old', 'default', 'w', false, now() - interval '600 days', now() - interval '600 days'),
			('last', 'default', 'w', false, now() - interval '500 days', now() - interval '500 days'),
			('lost', 'default', 'w', false, now() - interval '450 days', NULL), ('running', 'default', 'w', false, now() - interval '410 days', NULL)) AS v`)
	d.exec(`INSERT INTO audit (about, at, actor, surface, role, action) SELECT about, now() - age, 'a', 's', 'r', 'do'
		FROM unnest(ARRAY['default', '', 'removed', 'other']) AS about, unnest(ARRAY[interval '399 days', '500 days']) AS age`)
	require.NoError(t, d.SaveCredentials(t.Context(), credentials("other")))
	d.exec(`INSERT INTO links (connection, kind, ninja_id, state, accelo_id, updated_at)
		SELECT 'default', kind, id, state, 7, now() - interval '500 days' FROM (VALUES ('device', '8', 'linked'), ('device', '9', 'waiting'),
			('organization', '5', 'linked'), ('note', 'title of asset 7 kept: 0a', 'linked'), ('note', 'unsure', 'doubt'), ('alert', 'lost', 'linked'))
			AS v(kind, id, state)`)
	d.exec(`DELETE FROM link_events`)
	d.exec(`INSERT INTO link_events (connection, kind, ninja_id, at, state, accelo_id) SELECT 'default', kind, id, now() - interval '500 days', 'linked', 7
		FROM (VALUES ('device', '8'), ('device', 'unlinked'), ('organization', 'unlinked')) AS v(kind, id)`)
	require.Positive(t, d.sweep())
	require.Equal(t, "last, plan, running", value[string](d, `SELECT string_agg(id, ', ' ORDER BY id) FROM imports`))
	require.Equal(t, "default 399, other 399, other 500, removed 399, 399", value[string](d, `SELECT string_agg(trim(about || ' ' ||
		extract(day FROM now() - at)), ', ' ORDER BY about = '', about, at DESC) FROM audit`))
	require.Equal(t, "device 8, device 9, note unsure, organization 5", value[string](d, `SELECT string_agg(kind || ' ' || ninja_id, ', '
		ORDER BY kind, ninja_id) FROM links`))
	require.Equal(t, "device 8, organization unlinked", value[string](d, `SELECT string_agg(kind || ' ' || ninja_id, ', '
		ORDER BY kind, ninja_id) FROM link_events`))
	require.Zero(t, d.sweep())
	imported, err := d.WasImported(t.Context(), connection, "w")
	require.NoError(t, err)
	require.True(t, imported)
}

// An alert that is revived while its row is being removed is either active with all that belongs to it, or unknown.
func TestSweepWhileAlertsReturn(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	const count = 40
	d.endIncidents(1, count, past)
	d.exec(`DELETE FROM alerts WHERE uid LIKE '% again'`)
	d.compared()
	var group errgroup.Group
	group.Go(func() error {
		for range 5 {
			if _, err := d.SweepBatch(t.Context(), store.Sweep{Connection: connection, Retention: retention}); err != nil {
				return err
			}
		}
		return nil
	})
	for n := range count {
		group.Go(func() error {
			_, err := d.ReviveAlert(t.Context(), connection, strconv.Itoa(n+1), 2, 3)
			return err
		})
	}
	require.NoError(t, group.Wait())
	d.sweep()
	require.Zero(t, value[int](d, `SELECT count(*) FROM incidents i WHERE (SELECT count(*) FROM alerts WHERE incident_id = i.id AND state = 'active') <> 1`))
	require.Equal(t, value[int](d, `SELECT count(*) FROM alerts`), value[int](d, `SELECT count(*) FROM links WHERE kind = 'alert'`))
}
