package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// pairOf returns the current pair of a connection.
func (d *database) pairOf(name string) store.Pair {
	d.t.Helper()
	pair, err := d.CurrentPair(d.t.Context(), name)
	require.NoError(d.t, err)
	return pair
}

// move moves a connection to its next pair.
func (d *database) move(name string) store.Pair {
	d.t.Helper()
	next := credentials(name)
	next.AcceloURL, next.Deployment, next.Version = "https://apex.api.accelo.com", "apex", d.connection(name).Version
	next.Identity.Accelo = store.AcceloIdentity{Deployment: "apex", Source: "tokeninfo"}
	pair, err := d.MovePair(d.t.Context(), next)
	require.NoError(d.t, err)
	return pair
}

// fill stores at least one row of the connection in every table.
func (d *database) fill(ctx context.Context, name string, acceloID int64) {
	d.t.Helper()
	signedIn := credentials(name)
	signedIn.SignIns, signedIn.Grants = []store.Vendor{store.Accelo}, []store.Grant{{Vendor: store.Accelo, Sealed: []byte("token")}}
	require.NoError(d.t, d.SaveCredentials(ctx, signedIn))
	require.NoError(d.t, d.SaveSettings(ctx, name, testSettings(), true, []string{"one"}))
	require.NoError(d.t, d.SavePolicies(ctx, name, map[int]string{7: "Servers"}))
	require.NoError(d.t, d.SaveBudget(ctx, name, store.Budget{Limit: 5000, Remaining: 3, SeenAt: time.Now()}))
	require.NoError(d.t, d.SaveWebhookSecrets(ctx, name, nil, []byte("sealed")))
	_, _, err := d.Ensure(ctx, newCreation(store.KeyOf(name, store.Organizations, 5), acceloID).creation())
	require.NoError(d.t, err)
	require.NoError(d.t, d.RecordFailure(ctx, store.Failure{Connection: name, Kind: store.Devices, NinjaID: "8", Error: "refused"}))
	_, err = d.TriggerAlert(ctx, store.AlertTrigger{Connection: name, UID: "uid-1", RecurrenceKey: "8/disk", OrganizationID: 5, DeviceID: 8})
	require.NoError(d.t, err)
	_, _, err = d.ResetAlert(ctx, name, "uid-2", 1, nil)
	require.NoError(d.t, err)
	run := store.Import{ID: "import of " + name, Connection: name, WorkflowID: "full-import/" + name}
	require.NoError(d.t, d.BeginImport(ctx, run))
	require.NoError(d.t, d.StageRecords(ctx, run.ID, store.CompanyRecord, []store.Record{{ID: "1001", Data: json.RawMessage(`{}`)}}))
	require.NoError(d.t, d.AddChanges(ctx, run.ID, []rules.Change{{Kind: rules.OrganizationChange, OrganizationID: 5, NinjaID: "5", Action: "create"}}))
	require.NoError(d.t, d.AdvanceCursor(ctx, name, 177_000, time.Now(), time.Now()))
	check := time.Now()
	_, err = d.SyncDifferences(ctx, name, store.Alerts, map[string]store.DifferenceWhat{"uid-1": store.Missing}, check)
	require.NoError(d.t, err)
	require.NoError(d.t, d.Conclude(ctx, name, store.Alerts, []string{"uid-1"}))
	require.NoError(d.t, d.SaveAlertSeverities(ctx, name, []store.AlertSeverity{{UID: "uid-1", Answered: true, Severity: "MAJOR"}}))
	require.NoError(d.t, d.NoteOrganizations(ctx, name, []store.NamedOrganization{{NinjaID: "7", Name: "Planet Express"}}))
	require.NoError(d.t, d.SaveTestAlert(ctx, name, json.RawMessage(`{}`), true))
	_, err = d.RequestApproval(ctx, name, store.PendingApproval{WorkflowID: "reconcile/" + name, RunID: "r", Reason: "12 of 15"}, check, check)
	require.NoError(d.t, err)
}

// tables returns the tables that hold something of a connection.
func (d *database) tables() []string {
	d.t.Helper()
	return strings.Split(value[string](d, `SELECT string_agg(table_name, ' ' ORDER BY table_name) FROM information_schema.columns
		WHERE table_schema = 'public' AND column_name = 'connection'`), " ")
}

// Another pair begins with nothing of the former one, in whatever table. Other connections keep theirs.
func TestMovePair(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.NoError(t, d.SaveCredentials(t.Context(), credentials("other")))
	for _, name := range []string{connection, "other"} {
		d.fill(t.Context(), name, 1001)
	}
	before := d.connection(connection)
	for _, table := range d.tables() {
		require.NotZero(t, value[int](d, `SELECT count(*)::int FROM `+table+` WHERE connection = $1`, connection), "the test fills no %s", table)
	}

	pair := d.move(connection)
	require.Equal(t, connection, pair.Connection)
	require.Equal(t, int64(2), pair.Number)
	require.True(t, pair.Since.After(before.PairSince))
	for _, table := range d.tables() {
		require.Zero(t, value[int](d, `SELECT count(*)::int FROM `+table+` WHERE connection = $1`, connection), table)
		require.NotZero(t, value[int](d, `SELECT count(*)::int FROM `+table+` WHERE connection = 'other'`), table)
	}
	require.Equal(t, 1, value[int](d, `SELECT count(*)::int FROM snapshots`))
	require.Equal(t, 1, value[int](d, `SELECT count(*)::int FROM import_changes`))

	after := d.connection(connection)
	require.Equal(t, pair, after.Pair())
	require.Equal(t, "apex", after.Deployment)
	require.Equal(t, "apex", after.Identity.Accelo.Deployment)
	require.Equal(t, store.Settings{}, after.Settings)
	require.Equal(t, store.Budget{}, after.Budget)
	require.False(t, after.Ready)
	require.Empty(t, after.Todo)
	require.Greater(t, after.Version, before.Version, "cached clients are stale")
	webhooks, err := d.Webhooks(t.Context(), connection)
	require.NoError(t, err)
	require.Nil(t, webhooks.Sealed, "deliveries of the former pair are not ours any more")
	require.Equal(t, pair, webhooks.Pair)
	policies, err := d.Policies(t.Context(), connection)
	require.NoError(t, err)
	require.Empty(t, policies)
}

// A table that holds something of a connection loses it with the connection. Without that, a new table would survive a move.
func TestEveryTableEndsWithItsConnection(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	for _, table := range d.tables() {
		require.Equal(t, 1, value[int](d, `SELECT count(*)::int FROM pg_constraint WHERE contype = 'f' AND confdeltype = 'c'
			AND conrelid = $1::regclass AND confrelid = 'connections'::regclass`, table), "%s needs REFERENCES connections (name) ON DELETE CASCADE", table)
	}
}

// A connection that someone else changed since it was read is not moved, nor are its credentials replaced.
func TestConnectionChangedMeanwhile(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	stale := d.connection(connection)
	require.NoError(t, d.SaveCapability(t.Context(), connection, "create_assets", true))
	_, err := d.MovePair(t.Context(), stale)
	require.ErrorIs(t, err, store.ErrConnectionChanged)
	require.ErrorIs(t, d.SaveCredentials(t.Context(), stale), store.ErrConnectionChanged)
	require.Equal(t, int64(1), d.pairOf(connection).Number)

	unknown := credentials("new")
	unknown.Version = 3
	_, err = d.MovePair(t.Context(), unknown)
	require.ErrorIs(t, err, store.ErrConnectionChanged)
	unknown.Version = 0
	pair, err := d.MovePair(t.Context(), unknown)
	require.NoError(t, err)
	require.Equal(t, int64(1), pair.Number, "a connection that did not exist begins with its first pair")
}

// A flow that began under a former pair can neither read nor write anything: its ids mean other records now.
func TestFormerPairIsRefused(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	former := store.WithPair(t.Context(), d.pairOf(connection))
	d.fill(former, connection, 1001)
	stale := d.link(organization(5))
	current := store.WithPair(t.Context(), d.move(connection))
	d.fill(current, connection, 2001)

	steps := map[string]func(context.Context) error{
		"Connection":     func(ctx context.Context) error { _, err := d.Connection(ctx, connection); return err },
		"Connections":    func(ctx context.Context) error { _, err := d.Connections(ctx); return err },
		"Version":        func(ctx context.Context) error { _, err := d.ConnectionVersion(ctx, connection); return err },
		"Webhooks":       func(ctx context.Context) error { _, err := d.Webhooks(ctx, connection); return err },
		"SaveSettings":   func(ctx context.Context) error { return d.SaveSettings(ctx, connection, testSettings(), true, nil) },
		"SaveIdentity":   func(ctx context.Context) error { return d.SaveIdentity(ctx, connection, store.Identity{}) },
		"SaveCapability": func(ctx context.Context) error { return d.SaveCapability(ctx, connection, "create_assets", false) },
		"SaveBudget": func(ctx context.Context) error {
			return d.SaveBudget(ctx, connection, store.Budget{Remaining: 1, SeenAt: time.Now()})
		},
		"Link":       func(ctx context.Context) error { _, err := d.Link(ctx, organization(5)); return err },
		"AlertLinks": func(ctx context.Context) error { _, err := d.AlertLinks(ctx, connection, 5, 8); return err },
		"SaveLink":   func(ctx context.Context) error { return d.SaveLink(ctx, &stale) },
		"Forget":     func(ctx context.Context) error { _, err := d.Forget(ctx, organization(5), "a user"); return err },
		"Ensure": func(ctx context.Context) error {
			creation := newCreation(device(8), 44)
			_, _, err := d.Ensure(ctx, creation.creation())
			require.Equal(t, err == nil, creation.creates == 1, "nothing may be created for a former pair")
			return err
		},
		"RecordFailure": func(ctx context.Context) error {
			return d.RecordFailure(ctx, store.Failure{Connection: connection, Kind: store.Devices, NinjaID: "8", Error: "refused"})
		},
		"Failures":      func(ctx context.Context) error { _, err := d.Failures(ctx, connection); return err },
		"ClearFailures": func(ctx context.Context) error { return d.ClearFailures(ctx, connection, store.Devices, "99") },
		"TriggerAlert": func(ctx context.Context) error {
			_, err := d.TriggerAlert(ctx, store.AlertTrigger{Connection: connection, UID: "uid-1", RecurrenceKey: "8/disk", DeviceID: 8})
			return err
		},
		"ResetAlert": func(ctx context.Context) error {
			_, _, err := d.ResetAlert(ctx, connection, "uid-1", 9, nil)
			return err
		},
		"AlertStates": func(ctx context.Context) error {
			_, err := d.AlertStates(ctx, connection, []string{"uid-1"})
			return err
		},
		"BeginImport": func(ctx context.Context) error {
			return d.BeginImport(ctx, store.Import{ID: "late", Connection: connection})
		},
		"AddCalls": func(ctx context.Context) error {
			return d.AddCalls(ctx, "import of "+connection, store.Calls{AcceloCalls: 1})
		},
		"FinishImport": func(ctx context.Context) error { return d.FinishImport(ctx, "late", json.RawMessage(`{}`)) },
		"AdvanceCursor": func(ctx context.Context) error {
			return d.AdvanceCursor(ctx, connection, 178_000, time.Now(), time.Now())
		},
		"ReconcileState": func(ctx context.Context) error { _, err := d.ReconcileState(ctx, connection); return err },
		"ClearApproval":  func(ctx context.Context) error { return d.ClearApproval(ctx, connection, "other run") },
		"SavePolicies":   func(ctx context.Context) error { return d.SavePolicies(ctx, connection, map[int]string{}) },
		"StageRecords": func(ctx context.Context) error {
			return d.StageRecords(ctx, "import of "+connection, store.CompanyRecord, []store.Record{{ID: "1", Data: json.RawMessage(`{}`)}})
		},
		"Holdings": func(ctx context.Context) error { _, err := d.Holdings(ctx, connection); return err },
	}
	content := func() string {
		return value[string](d, `SELECT (SELECT to_jsonb(c) FROM connections c)::text || (SELECT jsonb_agg(l) FROM links l)::text
			|| (SELECT jsonb_agg(a) FROM alerts a)::text || (SELECT jsonb_agg(f) FROM failures f)::text
			|| (SELECT jsonb_agg(i) FROM imports i)::text || (SELECT jsonb_agg(r) FROM reconciles r)::text`)
	}
	before := content()
	for name, step := range steps {
		require.ErrorIs(t, step(former), store.ErrFormerPair, name)
	}
	require.Equal(t, before, content(), "a refused statement has no effect")
	for name, step := range steps {
		if name != "Forget" && name != "SaveLink" { // they need the link, or another state of it
			require.NoError(t, step(current), name)
		}
	}
	require.Equal(t, int64(2001), d.link(organization(5)).AcceloID)
}

// Whatever is under way when a connection moves either counts for the former pair, and is gone with it, or is refused. Readers of the
// former pair never see a row of the next one.
func TestMovePairWhileFlowsRun(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	former := store.WithPair(t.Context(), d.pairOf(connection))
	d.fill(former, connection, 1001)
	var flows errgroup.Group
	until := func(step func() error) {
		flows.Go(func() error {
			for {
				if err := step(); errors.Is(err, store.ErrFormerPair) {
					return nil
				} else if err != nil {
					return err
				}
			}
		})
	}
	for worker := range 4 {
		until(func() error {
			return d.RecordFailure(former, store.Failure{Connection: connection, Kind: store.Devices, NinjaID: string(rune('a' + worker)), Error: "x"})
		})
		until(func() error {
			link, err := d.Link(former, organization(5))
			if err == nil && link.AcceloID != 1001 {
				return errors.New("a flow of the former pair reads the next one's company")
			}
			if errors.Is(err, store.ErrNotFound) {
				return errors.New("a flow of the former pair takes the next one's table for its own")
			}
			return err
		})
	}
	var pair store.Pair
	await(t, "the move", func() bool {
		next := credentials(connection)
		next.Version = d.connection(connection).Version
		var err error
		pair, err = d.MovePair(t.Context(), next)
		return err == nil
	})
	current := store.WithPair(t.Context(), pair)
	_, _, err := d.Ensure(current, newCreation(organization(5), 2001).creation())
	require.NoError(t, err)
	require.NoError(t, flows.Wait())
	failures, err := d.Failures(current, connection)
	require.NoError(t, err)
	require.Empty(t, failures)
}

// An unbound context, of a user's command say, is not refused, and one that is bound passes every kind of statement.
func TestBoundContextsWorkAsUsual(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	bound := store.WithPair(t.Context(), d.pairOf(connection))
	d.fill(bound, connection, 1001)
	_, err := d.Link(bound, device(99))
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = d.Connection(bound, "nowhere")
	require.ErrorIs(t, err, store.ErrNotFound)
	links, err := d.AlertLinks(bound, connection, 5, 8)
	require.NoError(t, err)
	require.Equal(t, int64(1001), links.Organization.AcceloID)
	stale := links.Organization
	stale.AcceloID = 7
	require.ErrorIs(t, d.SaveLink(bound, stale), store.ErrSuperseded)
	cancelled, cancel := context.WithCancel(bound)
	cancel()
	_, err = d.Link(cancelled, organization(5))
	require.ErrorIs(t, err, context.Canceled)
	require.Error(t, d.ClearFailures(cancelled, connection, store.Devices, "8"))
	require.NoError(t, d.Ping(bound))

	holdings, err := d.Holdings(bound, connection)
	require.NoError(t, err)
	require.Equal(t, store.Holdings{Organizations: 1, Alerts: 2, Failures: 1}, holdings)
	require.False(t, holdings.Empty())
	empty, err := d.Holdings(t.Context(), "nowhere")
	require.NoError(t, err)
	require.True(t, empty.Empty())
	_, err = d.CurrentPair(t.Context(), "nowhere")
	require.ErrorIs(t, err, store.ErrNotFound)
}

// What is known about the accounts is read back unchanged.
func TestIdentityRoundTrip(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.Zero(t, d.connection(connection).Identity)
	want := store.Identity{
		Accelo: store.AcceloIdentity{Deployment: "acme", Source: "tokeninfo"},
		NinjaOne: store.NinjaOneIdentity{
			Devices:       []store.KnownDevice{{ID: 8, UID: "u", Created: time.Date(2026, 3, 1, 12, 0, 0, 123_456_789, time.UTC)}},
			Organizations: []store.KnownOrganization{{ID: 5, Name: nasty}},
		},
	}
	require.NoError(t, d.SaveIdentity(t.Context(), connection, want))
	require.Equal(t, want, d.connection(connection).Identity)
}
