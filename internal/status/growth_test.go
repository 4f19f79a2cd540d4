package status_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local/storetest"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// history fills a database with $1 links and as many alerts that have ended, a tenth of that in audit entries, and what a large tenant has besides.
const history = `
INSERT INTO links (connection, kind, ninja_id, organization_id, state, accelo_id, company_id, match_key, written)
	SELECT 'default', 'organization', n::text, n, 'linked', n, n, 'organization ' || n, jsonb_build_object('name', jsonb_build_object('n', 'Organization ' || n))
	FROM generate_series(1, least($1 / 100, 500)) AS n;
INSERT INTO links (connection, kind, ninja_id, organization_id, state, accelo_id, match_key, written, facts)
	SELECT 'default', 'device', n::text, 1 + n % 500, 'linked', n, n % 500 || '/srv-' || n, jsonb_build_object('title', jsonb_build_object('n', 'SRV-' || n)), '{"serial": "x"}'
	FROM generate_series(1, least($1 / 10, 10000)) AS n;
INSERT INTO incidents (connection, recurrence_key, leader_uid, organization_id, device_id, request_id, state, cause, joined, noted_joined, asset_linked, closed_at)
	SELECT 'default', n || '/disk', 'uid-' || n, 1 + n % 500, 1 + n % 10000, n, 'closed', 'reset', 1, 1, true, now() - n * interval '30 seconds'
	FROM generate_series(1, $1 / 2) AS n;
INSERT INTO alerts (connection, uid, state, incident_id, event, reset_event, updated_at)
	SELECT 'default', leader_uid || what, 'reset', id, jsonb_build_object('uid', leader_uid, 'message', repeat('The disk is full. ', 8)), '{"uid": "x"}', closed_at
	FROM incidents, unnest(ARRAY['', '-again']) AS what;
INSERT INTO links (connection, kind, ninja_id, organization_id, state, accelo_id, company_id)
	SELECT 'default', 'alert', leader_uid, organization_id, 'linked', request_id, organization_id FROM incidents;
INSERT INTO links (connection, kind, ninja_id, state, accelo_id)
	SELECT 'default', CASE n % 2 WHEN 0 THEN 'note' ELSE 'asset-link' END, 'about request ' || n, 'linked', n
	FROM generate_series(1, $1 / 2 - least($1 / 10, 10000) - least($1 / 100, 500)) AS n;
INSERT INTO incidents (connection, recurrence_key, leader_uid, organization_id, device_id, request_id, state)
	SELECT 'default', n || '/cpu', 'open-' || n, 1 + n % 500, 1 + n % 10000, $1 + n, 'open' FROM generate_series(1, 200) AS n;
INSERT INTO alerts (connection, uid, state, incident_id, event) SELECT 'default', leader_uid, 'active', id, '{"uid": "x"}' FROM incidents WHERE state = 'open';
INSERT INTO failures (connection, kind, ninja_id, name, workflow_id, error) SELECT 'default', 'alert', 'failed-' || n, 'Disk ' || n, 'w', 'no'
	FROM generate_series(1, 50) AS n;
INSERT INTO imports (id, connection, workflow_id, started_at, finished_at) SELECT n::text, 'default', 'full-import/default', now() - n * interval '1 hour',
	now() - n * interval '1 hour' FROM generate_series(1, 2000) AS n;
INSERT INTO audit (about, actor, surface, role, action) SELECT CASE n % 10 WHEN 0 THEN 'default' ELSE 'second' END, 'a', 'page', 'viewer', 'look'
	FROM generate_series(1, $1 / 10) AS n;
ANALYZE`

// statements records the statements of a store.
type statements struct {
	mu   sync.Mutex
	seen []pgx.TraceQueryStartData
}

// TraceQueryStart implements pgx.QueryTracer.
func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.HasPrefix(strings.TrimSpace(data.SQL), "SELECT") {
		s.seen = append(s.seen, data)
	}
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (s *statements) take() []pgx.TraceQueryStartData {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.seen = nil }()
	return s.seen
}

// shown are the reads behind the status, the page and the API.
func shown(database *store.Store) map[string]func(context.Context) error {
	search := func(query store.LinkQuery) func(context.Context) error {
		return func(ctx context.Context) error {
			_, _, err := database.SearchLinks(ctx, "default", query)
			return err
		}
	}
	return map[string]func(context.Context) error{
		"status":             func(ctx context.Context) error { _, err := status.Read(ctx, database, "default"); return err },
		"alerts, counted":    func(ctx context.Context) error { _, err := database.CountAlerts(ctx, "default"); return err },
		"alerts, first page": func(ctx context.Context) error { _, err := database.ListAlerts(ctx, "default", 0, 100); return err },
		"alerts, active": func(ctx context.Context) error {
			_, err := database.AlertsInState(ctx, "default", "active", 0, 100)
			return err
		},
		"alerts, reset": func(ctx context.Context) error {
			_, err := database.AlertsInState(ctx, "default", "reset", 0, 100)
			return err
		},
		"one alert": func(ctx context.Context) error { _, err := database.ListedAlert(ctx, "default", "uid-7"); return err },
		"one alert's history": func(ctx context.Context) error {
			_, err := database.LinkHistory(ctx, store.Key{Connection: "default", Kind: store.Alerts, NinjaID: "uid-7"})
			return err
		},
		"records, first page":   search(store.LinkQuery{}),
		"records by name":       search(store.LinkQuery{Text: "srv-77"}),
		"records by id":         search(store.LinkQuery{Text: "4711"}),
		"records, failed":       search(store.LinkQuery{State: store.Failed}),
		"records, linked":       search(store.LinkQuery{State: store.Linked}),
		"records, in doubt":     search(store.LinkQuery{State: store.Doubt}),
		"records, waiting":      search(store.LinkQuery{State: store.Waiting}),
		"alerts' records":       search(store.LinkQuery{Kind: store.Alerts}),
		"alerts' records by id": search(store.LinkQuery{Kind: store.Alerts, Text: "uid-7"}),
		"one record":            search(store.LinkQuery{Kind: store.Alerts, NinjaID: "uid-7"}),
		"one device":            search(store.LinkQuery{Kind: store.Devices, NinjaID: "7"}),
		"last import": func(ctx context.Context) error {
			_, err := database.LastImport(ctx, "default", flow.FullImportID("default"))
			return err
		},
		"recent imports": func(ctx context.Context) error {
			_, err := database.RecentImports(ctx, "default", flow.FullImportID("default"), 20)
			return err
		},
		"steps of the setup": func(ctx context.Context) error {
			_, err := database.SetupSteps(ctx, "default", flow.FullImportID("default"))
			return err
		},
		"audit": func(ctx context.Context) error {
			_, err := database.Audit(ctx, store.AuditQuery{About: "default", Limit: 100})
			return err
		},
		"audit of all": func(ctx context.Context) error {
			_, err := database.Audit(ctx, store.AuditQuery{Limit: 100})
			return err
		},
		"organizations": func(ctx context.Context) error {
			_, err := database.ListOrganizations(ctx, "default", store.OrganizationQuery{Limit: 100})
			return err
		},
		"openings owed": func(ctx context.Context) error {
			_, err := database.OverdueOpenings(ctx, "default", time.Now(), 50)
			return err
		},
		"closes owed": func(ctx context.Context) error {
			_, err := database.OverdueCloses(ctx, "default", time.Now(), 50)
			return err
		},
		"changes to follow": func(ctx context.Context) error {
			_, err := database.OverdueFollows(ctx, "default", false, time.Now(), 50)
			return err
		},
		"notes owed": func(ctx context.Context) error {
			_, err := database.OverdueNotes(ctx, "default", time.Now(), 50)
			return err
		},
		"failures counted": func(ctx context.Context) error { _, err := database.CountFailures(ctx); return err },
	}
}

// scansHistory finds a plan that reads a whole table of history.
var scansHistory = regexp.MustCompile(`Seq Scan on (alerts|incidents|links|link_events|audit)\b`)

// What the status, the page and the API read doesn't grow with the history. With SIZE=1000000 the test also measures each read.
func TestReadsDontGrowWithTheHistory(t *testing.T) {
	t.Parallel()
	size, measured := 30_000, false
	if text := os.Getenv("SIZE"); text != "" {
		var err error
		size, err = strconv.Atoi(text)
		require.NoError(t, err)
		measured = true
	}
	url, trace := storetest.Database(t), &statements{}
	database, err := store.Open(t.Context(), url, store.Options{
		Pool: func(config *pgxpool.Config) { config.ConnConfig.Tracer, config.MaxConns = trace, 1 },
	}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(database.Close)
	for _, name := range []string{"default", "second"} {
		require.NoError(t, database.SaveCredentials(t.Context(), store.Connection{
			Name: name, NinjaoneURL: "https://n", NinjaoneAuth: "oauth", NinjaoneSealed: []byte("sealed"), AcceloURL: "https://a", AcceloSealed: []byte("s"),
		}))
	}
	direct, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = direct.Close(context.WithoutCancel(t.Context())) })
	_, err = direct.Exec(t.Context(), strings.ReplaceAll(history, "$1", strconv.Itoa(size)))
	require.NoError(t, err)

	count, err := database.CountAlerts(t.Context(), "default")
	require.NoError(t, err)
	require.Equal(t, size+200, count)
	report, err := status.Read(t.Context(), database, "default")
	require.NoError(t, err)
	require.Equal(t, size/2, report.Connections[0].Links.Alerts)
	require.Equal(t, 200, report.Connections[0].OpenAlerts)
	_, total, err := database.SearchLinks(t.Context(), "default", store.LinkQuery{Kind: store.Alerts})
	require.NoError(t, err)
	require.Equal(t, size/2+50, total)

	reads := shown(database)
	for _, name := range slices.Sorted(maps.Keys(reads)) {
		read := reads[name]
		trace.take()
		require.NoError(t, read(t.Context()), name)
		for _, statement := range trace.take() {
			rows, err := direct.Query(t.Context(), "EXPLAIN "+statement.SQL, statement.Args...)
			require.NoError(t, err)
			plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
			require.NoError(t, err, statement.SQL)
			require.NotRegexp(t, scansHistory, strings.Join(plan, "\n"), "%s: %s", name, statement.SQL)
		}
		if measured {
			t.Log(name, measure(t, read))
		}
	}
}

// measure returns the shortest, the median and the longest of 30 runs.
func measure(t *testing.T, read func(context.Context) error) string {
	t.Helper()
	took := make([]time.Duration, 30)
	for i := range took {
		begun := time.Now()
		require.NoError(t, read(t.Context()))
		took[i] = time.Since(begun)
	}
	slices.Sort(took)
	return fmt.Sprintf("%.1f %.1f %.1f ms", milliseconds(took[0]), milliseconds(took[len(took)/2]), milliseconds(took[len(took)-1]))
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
