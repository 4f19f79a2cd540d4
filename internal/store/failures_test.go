package store_test

import (
	"database/sql"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// A record that fails again keeps the time of its first failure and gets the latest error.
func TestRecordFailure(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	failure := store.Failure{
		Connection: connection, Kind: store.Alerts, NinjaID: nasty, OrganizationID: 4, Name: nasty, WorkflowID: "alert-triggered/default/" + nasty,
		Error: nasty, EventType: store.TriggeredEvent, Event: json.RawMessage(`{"uid": "x"}`),
	}
	require.NoError(t, d.RecordFailure(t.Context(), failure))
	d.exec(`UPDATE failures SET since = now() - interval '1 day', updated_at = now() - interval '1 day'`)
	first := d.onlyFailure()
	require.Equal(t, 1, first.Attempts)

	failure.Error, failure.WorkflowID, failure.EventType, failure.Event = "another reason", "reconcile/default", store.ResetEvent, nil
	require.NoError(t, d.RecordFailure(t.Context(), failure))
	second := d.onlyFailure()
	require.WithinDuration(t, first.Since, second.Since, 0)
	require.True(t, second.UpdatedAt.After(first.UpdatedAt.Add(time.Hour)))
	failure.Attempts, failure.Since, failure.UpdatedAt, failure.Event = 2, second.Since, second.UpdatedAt, json.RawMessage(`{}`)
	require.Equal(t, failure, second)
}

// A failure's reason ends when any flow links its record. A device's failure is over; an organization's devices are still owed.
func TestLinkingEndsTheReasonOfAFailure(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	for _, key := range []store.Key{device(7), device(8), organization(7)} {
		require.NoError(t, d.RecordFailure(t.Context(), store.Failure{
			Connection: key.Connection, Kind: key.Kind, NinjaID: key.NinjaID, Error: "recreate it",
		}))
	}
	for _, key := range []store.Key{device(7), organization(7)} {
		_, _, err := d.Ensure(t.Context(), newCreation(key, 31).creation())
		require.NoError(t, err)
	}
	left := map[string]string{}
	failures, err := d.Failures(t.Context(), connection)
	require.NoError(t, err)
	for _, failure := range failures {
		left[string(failure.Kind)+" "+failure.NinjaID] = failure.Error
	}
	require.Equal(t, map[string]string{
		"device 8":       "recreate it",
		"organization 7": "It is in Accelo now. Its devices come with its next import, or with `starter retry`.",
	}, left)
}

// The migration derives the event type of existing failures from their workflow id.
func TestMigrationFillsEventTypes(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	db, err := sql.Open("pgx", d.url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	migrations, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS("migrations"))
	require.NoError(t, err)
	_, err = migrations.DownTo(t.Context(), 7)
	require.NoError(t, err)
	for kind, workflow := range map[string]string{"alert": "alert-reset/default/a", "device": "alert-reset/default/7"} {
		d.exec(`INSERT INTO failures (connection, kind, ninja_id, workflow_id, error) VALUES ($1, $2, 'a', $3, 'e')`, connection, kind, workflow)
	}
	d.exec(`INSERT INTO failures (connection, kind, ninja_id, workflow_id, error) VALUES ($1, 'alert', 'b', 'alert-triggered/default/b', 'e')`,
		connection)
	_, err = migrations.Up(t.Context())
	require.NoError(t, err)
	failures, err := d.Failures(t.Context(), connection)
	require.NoError(t, err)
	types := map[string]store.EventType{}
	for _, failure := range failures {
		types[string(failure.Kind)+" "+failure.NinjaID] = failure.EventType
	}
	require.Equal(t, map[string]store.EventType{"alert a": store.ResetEvent, "alert b": store.TriggeredEvent, "device a": ""}, types)
}

func (d *database) onlyFailure() store.Failure {
	d.t.Helper()
	failures, err := d.Failures(d.t.Context(), connection)
	require.NoError(d.t, err)
	require.Len(d.t, failures, 1)
	return failures[0]
}

// An error may contain what a vendor sent and PostgreSQL rejects. The failure must be stored anyway.
func TestRecordFailureWithInvalidText(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.NoError(t, d.RecordFailure(t.Context(), store.Failure{
		Connection: connection, Kind: store.Devices, NinjaID: "7", Name: "SRV\x00-1", WorkflowID: "w", Error: "reply: \xff\x00 cut off \xc3",
	}))
	require.Equal(t, "SRV-1", d.onlyFailure().Name)
	require.Equal(t, "reply:  cut off ", d.onlyFailure().Error)
}

func TestClearFailures(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	fail := func(kind store.Kind, id string) {
		t.Helper()
		require.NoError(t, d.RecordFailure(t.Context(), store.Failure{Connection: connection, Kind: kind, NinjaID: id, WorkflowID: "w", Error: "e"}))
	}
	for _, id := range []string{"7", "8", "9"} {
		fail(store.Devices, id)
	}
	fail(store.Organizations, "7")
	require.NoError(t, d.ClearFailures(t.Context(), connection, store.Devices))
	require.NoError(t, d.ClearFailures(t.Context(), "other", store.Devices, "7"))
	require.NoError(t, d.ClearFailures(t.Context(), connection, store.Devices, "7", "9", "unknown"))
	failures, err := d.Failures(t.Context(), connection)
	require.NoError(t, err)
	var left []string
	for _, f := range failures {
		left = append(left, string(f.Kind)+" "+f.NinjaID)
	}
	require.Equal(t, []string{"device 8", "organization 7"}, left, "the oldest first")

	require.NoError(t, d.ClearFailures(t.Context(), connection, store.Devices, "8"))
	fail(store.Devices, "8")
	failures, err = d.Failures(t.Context(), connection)
	require.NoError(t, err)
	require.Equal(t, 1, failures[1].Attempts, "a failure after a success is a new one")
	require.True(t, failures[1].Since.After(failures[0].Since))
}
