package status_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/local/storetest"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

func TestMain(m *testing.M) { os.Exit(localtest.Run(m)) }

// open creates a database with two connections; the tests fill only the first.
func open(t *testing.T) *store.Store {
	t.Helper()
	database, err := store.Open(t.Context(), storetest.Database(t), store.Options{}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(database.Close)
	for _, name := range []string{"default", "second"} {
		require.NoError(t, database.SaveCredentials(t.Context(), store.Connection{
			Name: name, NinjaoneURL: "https://n", NinjaoneAuth: "oauth", NinjaoneSealed: []byte("sealed"), AcceloURL: "https://a",
			AcceloSealed: []byte("sealed"),
		}))
	}
	return database
}

// link stores a link without calling Accelo.
func link(t *testing.T, database *store.Store, kind store.Kind, id int, changes ...rules.ManualChange) {
	t.Helper()
	_, created, err := database.Ensure(t.Context(), store.Creation{
		Key:  store.KeyOf("default", kind, id),
		Find: func(context.Context, *store.Doubtful) (*store.Link, error) { return nil, nil },
		Create: func(context.Context, time.Time) (*store.Link, error) {
			return &store.Link{AcceloID: int64(1000 + id), ManualChanges: changes}, nil
		},
		Classify: func(error) store.CreateOutcome { return store.NotCreated },
	})
	require.NoError(t, err)
	require.True(t, created)
}

func read(t *testing.T, database *store.Store, name string) status.Connection {
	t.Helper()
	report, err := status.Read(t.Context(), database, name)
	require.NoError(t, err)
	require.Len(t, report.Connections, 1)
	require.Equal(t, name, report.Connections[0].Connection)
	return report.Connections[0]
}

func encode(t *testing.T, value any) []byte {
	t.Helper()
	encoded, err := json.Marshal(value)
	require.NoError(t, err)
	return encoded
}

func TestReadCounts(t *testing.T) {
	t.Parallel()
	database := open(t)
	link(t, database, store.Organizations, 1)
	link(t, database, store.Contacts, 1)
	link(t, database, store.Devices, 1)
	link(t, database, store.Devices, 2, rules.ManualChange{Field: "title", Accelo: "Mail", Ninja: "SRV"})
	for id := 3; id < 6; id++ {
		require.NoError(t, database.MarkWaiting(t.Context(), store.Link{Connection: "default", Kind: store.Devices, NinjaID: strconv.Itoa(id)}))
	}
	require.NoError(t, database.RecordFailure(t.Context(), store.Failure{
		Connection: "default", Kind: store.Devices, NinjaID: "9", Name: "SRV-9", WorkflowID: "full-import/default", Error: "too long",
	}))
	require.NoError(t, database.SaveSettings(t.Context(), "default", store.Settings{}, true, []string{"create the type"}))

	c := read(t, database, "default")
	require.True(t, c.Ready)
	require.Equal(t, []string{"create the type"}, c.Todo)
	require.Equal(t, status.Counts{Organizations: 1, Devices: 2}, c.Links, "contacts are not records of NinjaOne")
	require.Equal(t, status.Counts{Devices: 3}, c.Waiting)
	require.Len(t, c.Failures, 1)
	require.WithinDuration(t, time.Now(), c.Failures[0].Since, time.Hour)
	c.Failures[0].Since = time.Time{}
	require.JSONEq(t, `{"workflow_id":"full-import/default","kind":"device","ninja_id":"9","name":"SRV-9","error":"too long",
		"since":"0001-01-01T00:00:00Z"}`, string(encode(t, c.Failures[0])))
	require.Equal(t, []status.ManualChange{
		{Kind: "device", NinjaID: "2", AcceloID: 1002, Field: "title", Label: "title", Kept: "Mail", NinjaOne: "SRV"},
	}, c.ManualChanges)

	other := read(t, database, "second")
	require.Zero(t, other.Links)
	require.Zero(t, other.Waiting)
	require.Empty(t, other.Failures)
	require.Empty(t, other.ManualChanges)
}

// An alert is open while both it and its request are.
func TestReadOpenAlerts(t *testing.T) {
	t.Parallel()
	database := open(t)
	for _, uid := range []string{"a", "b"} {
		_, err := database.TriggerAlert(t.Context(), store.AlertTrigger{Connection: "default", UID: uid, DeviceID: 1, RecurrenceKey: uid})
		require.NoError(t, err)
	}
	require.Equal(t, 2, read(t, database, "default").OpenAlerts)
	_, _, err := database.ResetAlert(t.Context(), "default", "a", 2, nil)
	require.NoError(t, err)
	require.Equal(t, 1, read(t, database, "default").OpenAlerts)
	require.Zero(t, read(t, database, "second").OpenAlerts)
}

// The budget is the last known one, and full again once its reset has passed.
func TestReadBudget(t *testing.T) {
	t.Parallel()
	database := open(t)
	require.Equal(t, status.Budget{}, read(t, database, "default").AcceloBudget, "unknown before the first call")
	now := time.Now().Truncate(time.Second)
	for _, test := range []struct {
		name  string
		reset time.Time
		want  int
	}{{"before the reset", now.Add(time.Hour), 120}, {"after the reset", now.Add(-time.Minute), 5000}} {
		require.NoError(t, database.SaveBudget(t.Context(), "default", store.Budget{
			Limit: 5000, Remaining: 120, Reset: test.reset, SeenAt: now,
		}))
		budget := read(t, database, "default").AcceloBudget
		require.Equal(t, test.want, budget.Remaining, test.name)
		require.Equal(t, 5000, budget.Limit)
		require.NotNil(t, budget.Reset)
		require.WithinDuration(t, test.reset, *budget.Reset, 0)
	}
}

// Only a finished full import counts as the last import.
func TestReadLastImport(t *testing.T) {
	t.Parallel()
	database := open(t)
	require.Nil(t, read(t, database, "default").LastImport)
	for id, workflow := range map[string]string{"i1": flow.FullImportID("default"), "i2": flow.ImportOrganizationID("default", 7)} {
		require.NoError(t, database.BeginImport(t.Context(), store.Import{ID: id, Connection: "default", WorkflowID: workflow}))
		require.NoError(t, database.FinishImport(t.Context(), id, json.RawMessage(`{"run_id":"`+id+`"}`)))
	}
	require.JSONEq(t, `{"run_id":"i1"}`, string(read(t, database, "default").LastImport))
}

func TestReadAll(t *testing.T) {
	t.Parallel()
	database := open(t)
	report, err := status.Read(t.Context(), database, "")
	require.NoError(t, err)
	require.Len(t, report.Connections, 2)
	_, err = status.Read(t.Context(), database, "third")
	require.ErrorIs(t, err, store.ErrNotFound)
}

// The report has the members of interface.md 6, its lists are never null, and it holds no sealed credential.
func TestReportAsJSON(t *testing.T) {
	t.Parallel()
	database := open(t)
	require.NoError(t, database.RecordFailure(t.Context(), store.Failure{
		Connection: "default", Kind: store.Devices, NinjaID: "9", WorkflowID: "w", Error: "e",
	}))
	report, err := status.Read(t.Context(), database, "")
	require.NoError(t, err)
	encoded := encode(t, report)
	require.NotContains(t, string(encoded), "sealed")
	var decoded struct {
		Connections []map[string]json.RawMessage `json:"connections"`
	}
	require.NoError(t, json.Unmarshal(encoded, &decoded))
	require.Len(t, decoded.Connections, 2)
	second := decoded.Connections[1]
	for name, want := range map[string]string{
		"connection": `"second"`, "ready": `false`, "links": `{"organizations":0,"devices":0,"alerts":0}`,
		"waiting": `{"organizations":0,"devices":0,"alerts":0}`, "open_alerts": `0`, "failures": `[]`,
		"accelo_budget": `{"limit":0,"remaining":0,"reset":null}`, "activity_cursor": `null`, "cursor_age_seconds": `null`,
		"last_import": `null`, "last_reconcile": `null`, "todo": `[]`, "differences": `[]`,
	} {
		require.Contains(t, second, name)
		require.JSONEq(t, want, string(second[name]), name)
	}
	var failures []map[string]string
	require.NoError(t, json.Unmarshal(decoded.Connections[0]["failures"], &failures))
	for _, name := range []string{"workflow_id", "kind", "ninja_id", "error", "since"} {
		require.NotEmpty(t, failures[0][name], name)
	}
}

// What the last reconciliation could not do about NinjaOne's webhook is on the list of what to do, and needs action.
func TestReadWebhookToDo(t *testing.T) {
	t.Parallel()
	database := open(t)
	require.NoError(t, database.SaveSettings(t.Context(), "default", store.Settings{Connected: true}, true, []string{"create the type"}))
	require.NoError(t, database.SaveReconcileResult(t.Context(), "default", encode(t, flow.ReconcileResult{
		Webhooks: flow.Webhooks{NinjaOne: "not registered again", Accelo: flow.Registered, Todo: "give each an application of its own"},
	})))
	c := read(t, database, "default")
	require.Equal(t, []string{"create the type", "give each an application of its own"}, c.Todo)
	require.Equal(t, status.ActionNeeded, c.State())
	registered := encode(t, flow.ReconcileResult{Webhooks: flow.Webhooks{NinjaOne: flow.Registered, Accelo: flow.Registered}})
	require.NoError(t, database.SaveReconcileResult(t.Context(), "default", registered))
	require.Equal(t, []string{"create the type"}, read(t, database, "default").Todo)
}
