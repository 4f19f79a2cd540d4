package store_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// age makes everything that incidents owe overdue.
func (f *alertFixture) age() {
	f.exec(`UPDATE incidents SET opening_since = opening_since - interval '1 hour', close_owed_since = close_owed_since - interval '1 hour',
		asset_owed_since = asset_owed_since - interval '1 hour', noted_at = noted_at - interval '1 hour', closed_at = closed_at - interval '1 hour',
		follow_owed_since = follow_owed_since - interval '1 hour'`)
}

// before is a time from which on nothing is overdue yet.
func before() time.Time { return time.Now().Add(-15 * time.Minute) }

func uids(owed []store.Obligation) []string {
	list := make([]string, len(owed))
	for i, obligation := range owed {
		list[i] = obligation.UID
	}
	return list
}

func (f *alertFixture) event(uid, key, event string) store.TriggerResult {
	f.t.Helper()
	trigger := alertTrigger(uid, key)
	trigger.Event, trigger.NoteInterval = json.RawMessage(event), 15*time.Minute
	return f.database.trigger(trigger)
}

// owed returns the alerts by which each kind of overdue obligation is carried out.
func (f *alertFixture) owed() map[string][]string {
	f.t.Helper()
	found := map[string][]string{}
	for kind, read := range map[string]func(context.Context) ([]store.Obligation, error){
		"open": func(ctx context.Context) ([]store.Obligation, error) {
			return f.OverdueOpenings(ctx, connection, before(), 10)
		},
		"close": func(ctx context.Context) ([]store.Obligation, error) {
			return f.OverdueCloses(ctx, connection, before(), 10)
		},
		"reset": func(ctx context.Context) ([]store.Obligation, error) {
			return f.OverdueFollows(ctx, connection, false, before(), 10)
		},
		"note": func(ctx context.Context) ([]store.Obligation, error) {
			return f.OverdueNotes(ctx, connection, before(), 10)
		},
	} {
		owed, err := read(f.t.Context())
		require.NoError(f.t, err)
		if len(owed) > 0 {
			found[kind] = uids(owed)
		}
	}
	return found
}

// A request that was decided on and never opened is owed with the alert as it was first described, however many alerts join meanwhile.
func TestOpeningIsOwed(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t)
	f.event("a", "key", `{"uid":"a","severity":"MAJOR"}`)
	require.Empty(t, f.owed(), "its workflow has only just begun")
	f.age()
	f.event("a", "key", `{"uid":"a"}`)
	owed, err := f.OverdueOpenings(t.Context(), connection, before(), 10)
	require.NoError(t, err)
	require.Len(t, owed, 1)
	require.JSONEq(t, `{"uid":"a","severity":"MAJOR"}`, string(owed[0].Event))
	require.Equal(t, 7, owed[0].DeviceID)

	joined := f.event("b", "key", `{"uid":"b"}`)
	require.Equal(t, store.Joins, joined.Role)
	require.JSONEq(t, `{"uid":"a","severity":"MAJOR"}`, string(joined.Stalled), "the alert that joins takes over")
	require.Equal(t, []string{"a"}, f.owed()["open"], "joining doesn't postpone it")

	require.NoError(t, f.RecordFailure(t.Context(), store.Failure{Connection: connection, Kind: store.Alerts, NinjaID: "a", Error: "no"}))
	require.Empty(t, f.owed()["open"], "a failure has its own delay")
	require.Empty(t, f.event("c", "key", `{}`).Stalled)
}

// Opening the request settles that and owes the asset, until it is linked or can't be.
func TestAssetIsOwed(t *testing.T) {
	t.Parallel()
	for name, settle := range map[string]func(f *alertFixture, incident int64) error{
		"linked":     func(f *alertFixture, incident int64) error { return f.MarkAssetLinked(f.t.Context(), incident, 30) },
		"not needed": func(f *alertFixture, incident int64) error { return f.SettleAsset(f.t.Context(), incident) },
		"closed first": func(f *alertFixture, incident int64) error {
			return f.CloseIncident(f.t.Context(), incident, store.ByUser)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t)
			incident := f.event("a", "key", `{}`).Incident.ID
			_, err := f.MarkIncidentOpen(t.Context(), incident, 30)
			require.NoError(t, err)
			require.Empty(t, f.owed())
			f.age()
			require.Equal(t, []string{"a"}, f.owed()["open"])
			require.NoError(t, settle(f, incident))
			f.age()
			require.Empty(t, f.owed()["open"])
		})
	}
}

// A close is owed from the reset of the last alert until the request is closed, noted, or gets another alert.
func TestCloseIsOwed(t *testing.T) {
	t.Parallel()
	for name, settle := range map[string]func(f *alertFixture, incident int64) error{
		"closed": func(f *alertFixture, incident int64) error {
			return f.CloseIncident(f.t.Context(), incident, store.ByReset)
		},
		"noted":  func(f *alertFixture, incident int64) error { return f.SettleClose(f.t.Context(), incident) },
		"joined": func(f *alertFixture, _ int64) error { f.event("c", "key", `{}`); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t)
			incident := f.event("a", "key", `{}`).Incident.ID
			f.event("b", "key", `{}`)
			_, err := f.MarkIncidentOpen(t.Context(), incident, 30)
			require.NoError(t, err)
			for _, uid := range []string{"a", "b"} {
				f.age()
				require.Empty(t, f.owed()["close"])
				_, _, err = f.ResetAlert(t.Context(), connection, uid, 9, json.RawMessage(`{"message":"`+uid+`"}`))
				require.NoError(t, err)
			}
			f.age()
			owed, err := f.OverdueCloses(t.Context(), connection, before(), 10)
			require.NoError(t, err)
			require.Equal(t, []string{"b"}, uids(owed))
			require.JSONEq(t, `{"message":"b"}`, string(owed[0].Event))
			require.NoError(t, settle(f, incident))
			f.age()
			require.Empty(t, f.owed()["close"])
		})
	}
}

// A close that began and was never sent is owed too.
func TestBegunCloseIsOwed(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t)
	incident := f.event("a", "key", `{}`).Incident.ID
	_, err := f.MarkIncidentOpen(t.Context(), incident, 30)
	require.NoError(t, err)
	_, _, err = f.ResetAlert(t.Context(), connection, "a", 9, nil)
	require.NoError(t, err)
	begun, err := f.BeginClose(t.Context(), incident, time.Now())
	require.NoError(t, err)
	require.True(t, begun)
	f.age()
	require.Equal(t, []string{"a"}, f.owed()["close"])
}

// A reset in NinjaOne is owed from a person's close or conversion until no alert is active, unless conversions keep them.
func TestResetIsOwed(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t)
	for i, uid := range []string{"closed", "converted", "ours"} {
		incident := f.event(uid, uid, `{}`).Incident.ID
		_, err := f.MarkIncidentOpen(t.Context(), incident, int64(30+i))
		require.NoError(t, err)
		switch uid {
		case "closed":
			require.NoError(t, f.CloseIncident(t.Context(), incident, store.ByUser))
		case "converted":
			_, err = f.ConvertIncident(t.Context(), incident, "issue", 5)
			require.NoError(t, err)
		}
	}
	require.Empty(t, f.owed()["reset"])
	f.age()
	require.Equal(t, []string{"closed", "converted"}, f.owed()["reset"])
	ours, err := f.IncidentByRequest(t.Context(), connection, 32)
	require.NoError(t, err)
	require.NoError(t, f.OweFollow(t.Context(), []int64{ours.ID}))
	f.age()
	require.Equal(t, []string{"closed", "converted", "ours"}, f.owed()["reset"], "a comparison found a change of the third")
	require.NoError(t, f.SettleFollow(t.Context(), ours.ID))
	kept, err := f.OverdueFollows(t.Context(), connection, true, before(), 10)
	require.NoError(t, err)
	require.Equal(t, []string{"closed"}, uids(kept))
	for _, uid := range []string{"closed", "converted"} {
		require.NoError(t, f.ExpectReset(t.Context(), connection, uid))
		_, _, err := f.ResetAlert(t.Context(), connection, uid, 0, nil)
		require.NoError(t, err)
	}
	f.age()
	require.Empty(t, f.owed()["reset"])
	require.Empty(t, f.owed()["close"], "our own reset owes nothing to Accelo")
}

// A note is owed while more alerts have joined than the last note counts.
func TestNoteIsOwed(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t)
	incident := f.event("a", "key", `{}`).Incident.ID
	_, err := f.MarkIncidentOpen(t.Context(), incident, 30)
	require.NoError(t, err)
	require.True(t, f.event("b", "key", `{}`).Note)
	require.Empty(t, f.owed()["note"], "its workflow writes it")
	f.age()
	require.Equal(t, []string{"a"}, f.owed()["note"], "nobody has written it")
	require.NoError(t, f.SettleNote(t.Context(), incident, 1))
	f.age()
	require.Empty(t, f.owed()["note"])
	f.exec(`UPDATE incidents SET noted_at = now()`)
	require.False(t, f.event("c", "key", `{"uid":"c"}`).Note, "the last note is recent")
	require.Empty(t, f.owed()["note"])
	f.age()
	require.Equal(t, []string{"a"}, f.owed()["note"])
	latest, err := f.LatestAlert(t.Context(), incident)
	require.NoError(t, err)
	require.JSONEq(t, `{"uid":"c"}`, string(latest))
	require.NoError(t, f.SettleNote(t.Context(), incident, 2))
	f.age()
	require.Empty(t, f.owed()["note"])
}

// An alert that joins before there is a request to note it on is owed a note like any other.
func TestNoteOfAnOpeningIsOwed(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t)
	incident := f.event("a", "key", `{}`).Incident.ID
	require.False(t, f.event("b", "key", `{}`).Note)
	_, err := f.MarkIncidentOpen(t.Context(), incident, 30)
	require.NoError(t, err)
	require.Empty(t, f.owed()["note"])
	f.exec(`UPDATE incidents SET created_at = created_at - interval '1 hour'`)
	require.Equal(t, []string{"a"}, f.owed()["note"])
	require.True(t, f.event("c", "key", `{}`).Note, "the next one is noted at once")
}

// An incident whose request is gone is replaced once, with its active alerts.
func TestReplaceIncident(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t)
	old := f.event("a", "key", `{}`).Incident.ID
	f.event("b", "key", `{}`)
	_, err := f.MarkIncidentOpen(t.Context(), old, 30)
	require.NoError(t, err)
	_, _, err = f.ResetAlert(t.Context(), connection, "a", 9, nil)
	require.NoError(t, err)
	replacement, err := f.ReplaceIncident(t.Context(), old, "b", "", 0)
	require.NoError(t, err)
	require.Equal(t, store.IncidentOpening, replacement.State)
	require.Zero(t, replacement.RequestID)
	again, err := f.ReplaceIncident(t.Context(), old, "b", "", 0)
	require.NoError(t, err)
	require.Equal(t, replacement.ID, again.ID)
	require.Equal(t, store.IncidentClosed, f.incident(old).State)
	require.Equal(t, replacement.ID, f.event("c", "key", `{}`).Incident.ID, "later alerts join the new one")
	f.age()
	require.Equal(t, map[string][]string{"open": {"b"}}, f.owed())
}
