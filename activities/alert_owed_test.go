package activities_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	accelosim "ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// ageObligations makes everything that incidents owe overdue, and alerts that have none yet.
func (f *fixture) ageObligations() {
	f.t.Helper()
	connection, err := pgx.Connect(f.t.Context(), f.url)
	require.NoError(f.t, err)
	_, err = connection.Exec(f.t.Context(), `UPDATE incidents SET opening_since = opening_since - interval '1 hour',
		close_owed_since = close_owed_since - interval '1 hour', asset_owed_since = asset_owed_since - interval '1 hour',
		noted_at = noted_at - interval '1 hour', closed_at = closed_at - interval '1 hour',
		follow_owed_since = follow_owed_since - interval '1 hour'`)
	require.NoError(f.t, err)
	_, err = connection.Exec(f.t.Context(), `UPDATE alerts SET updated_at = updated_at - interval '1 hour' WHERE incident_id IS NULL`)
	require.NoError(f.t, err)
	require.NoError(f.t, connection.Close(f.t.Context()))
}

func (f *fixture) overdue() activities.ReconcileOverdueResult {
	f.t.Helper()
	f.ageObligations()
	result, err := runIn[activities.ReconcileOverdueResult](f.env(), f.steps.ReconcileOverdue, activities.ReconcileOverdueInput{Connection: "default"})
	require.NoError(f.t, err)
	return result
}

// failOpening makes one attempt to open a request fail before Accelo sees it, as if its workflow had been terminated then.
func (f *fixture) failOpening(alert rules.Alert) {
	f.t.Helper()
	f.injectFaults(lab.Fault{Kind: lab.FaultHTML502, Method: "POST", Path: "/requests$", Count: 1})
	_, err := f.open(alert)
	require.Error(f.t, err)
}

// An opening that nobody carries out is handed out with the whole alert, and without rules: its severity was decided.
func TestAbandonedOpening(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{claims: short})
	alert := f.triggerAlert(full)
	f.failOpening(alert)
	due := f.overdue()
	require.Len(t, due.Alerts, 1)
	require.Equal(t, alert.Message, due.Alerts[0].Message)
	require.Equal(t, alert.Severity, due.Alerts[0].Severity)
	require.Zero(t, due.Rules)
	f.openWithRetries(due.Alerts[0])
	f.syncAlertDevice(alert, 1)
	require.Empty(t, f.overdue().Alerts)
}

// A repeat alert opens the request that the leader's terminated workflow left unopened, under the leader's mark, so that nothing is
// opened twice if both act.
func TestJoinerTakesOver(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{claims: short})
	leader, second := f.triggerAlert(full), f.triggerAlert(full)
	f.failOpening(leader)
	require.Zero(t, f.mustOpen(second, "joined").RequestID, "its workflow may still be at work")
	f.ageObligations()
	third := f.triggerAlert(full)
	opened := f.mustOpen(third, "opened")
	require.Contains(t, f.request(opened.RequestID).Body, leader.UID)
	require.Equal(t, opened.RequestID, f.mustOpen(leader, "opened").RequestID)
	require.Len(t, f.accelo.Snapshot().Requests, 1)
	f.mustClose(leader, "others-active")
	f.mustClose(second, "others-active")
	f.mustClose(third, "closed")
}

// An alert that cleared while nobody opened its request does not swallow the next one of the same fault.
func TestAbandonedOpeningOfClearedAlert(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{claims: short})
	alert := f.triggerAlert(full)
	f.failOpening(alert)
	f.mustClose(alert, "opening")
	due := f.overdue()
	require.Len(t, due.Alerts, 1)
	opened := f.openWithRetries(due.Alerts[0])
	require.True(t, opened.ResetMeanwhile, "the same workflow closes it")
	f.mustClose(alert, "closed")
	require.Empty(t, f.overdue().Alerts)
	f.mustOpen(f.triggerAlert(full), "opened")
}

// A reset that was recorded and not carried out closes the request later, with the same message.
func TestAbandonedClose(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{onReset: rules.OnResetNote})
	alert := f.triggerAlert(full)
	opened := f.mustOpen(alert, "opened")
	f.syncAlertDevice(alert, opened.IncidentID)
	f.failCall(1, "GET /api/v0/requests/"+itoa(int(opened.RequestID)))
	_, err := f.close(alert)
	require.Error(t, err)
	due := f.overdue()
	require.Len(t, due.Resets, 1)
	require.Equal(t, alert.UID, due.Resets[0].UID)
	require.Equal(t, "Disk C: has room again", due.Resets[0].Message)
	f.mustClose(alert, "noted")
	require.Empty(t, f.overdue().Resets)
}

// A close by a person whose alerts were never reset is followed again.
func TestAbandonedReset(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.triggerAlert(full)
	request := f.mustOpen(alert, "opened").RequestID
	require.NoError(t, f.accelo.CloseRequest(request))
	f.mustFollow(request, 1, "closed")
	require.Equal(t, []int64{request}, f.overdue().Requests)
	require.NoError(t, f.deleteRequest(request))
	require.Equal(t, []string{alert.UID}, f.mustFollow(request, 0, "closed").Reset, "it was closed before it was deleted")
	_, err := f.resetAlerts(alert.UID)
	require.NoError(t, err)
	require.Empty(t, f.overdue().Requests)
}

// An asset that was never linked is handed out with its alert until it is linked.
func TestAbandonedAssetLink(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.triggerAlert(full)
	opened := f.mustOpen(alert, "opened")
	due := f.overdue()
	require.Len(t, due.Alerts, 1)
	require.True(t, f.mustOpen(due.Alerts[0], "opened").Found)
	f.syncAlertDevice(due.Alerts[0], opened.IncidentID)
	require.Empty(t, f.overdue().Alerts)
}

// A request that a person closes before its asset is linked gets the link all the same, unless it is deleted.
func TestAssetOfClosedRequest(t *testing.T) {
	t.Parallel()
	for name, deleted := range map[string]bool{"closed": false, "deleted": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{})
			alert := f.triggerAlert(full)
			opened := f.mustOpen(alert, "opened")
			require.NoError(t, f.accelo.CloseRequest(opened.RequestID))
			require.Equal(t, []string{alert.UID}, f.mustFollow(opened.RequestID, 1, "closed").Reset)
			_, err := f.resetAlerts(alert.UID)
			require.NoError(t, err)
			require.Equal(t, []int64{opened.RequestID}, f.overdue().Requests)
			if deleted {
				require.NoError(t, f.deleteRequest(opened.RequestID))
			}
			f.mustFollow(opened.RequestID, 0, "unchanged")
			if !deleted {
				require.Equal(t, []int64{f.asset()}, f.linked("request", opened.RequestID))
			}
			require.Empty(t, f.overdue().Requests)
		})
	}
}

// Nothing is owed to a request that a person deleted, whatever was still missing on it.
func TestNothingIsOwedToDeletedRequest(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]bool{"with an asset": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{})
			device := f.device
			if !known {
				device = f.fixture.device(f.organization, "LAB")
				require.NoError(t, f.ninja.SetDevicePending(device))
			}
			alert := f.fixture.triggerAlert(device, full)
			opened := f.mustOpen(alert, "opened")
			require.NoError(t, f.deleteRequest(opened.RequestID))
			require.Len(t, f.overdue().Alerts, 1)
			require.Contains(t, f.syncAlertDevice(alert, opened.IncidentID).Text, "the request was deleted in Accelo")
			require.Empty(t, f.overdue().Alerts)
			require.Empty(t, f.failed())
		})
	}
}

// A device that has no asset yet is named in a note, once. Its asset is linked as soon as an import has made it, also if the request was
// closed and opened again meanwhile.
func TestAssetThatComesLater(t *testing.T) {
	t.Parallel()
	for name, reopened := range map[string]bool{"open": false, "reopened": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{reopen: time.Hour})
			device := f.fixture.device(f.organization, "LAB")
			require.NoError(t, f.ninja.SetDevicePending(device))
			alert := f.fixture.triggerAlert(device, full)
			opened := f.mustOpen(alert, "opened")
			require.Zero(t, f.syncAlertDevice(alert, opened.IncidentID).AssetID)
			require.Len(t, f.notes("request", opened.RequestID), 1)
			require.Empty(t, f.overdue().Alerts, "there is nothing to link")
			if reopened {
				f.mustClose(alert, "closed")
				alert = f.fixture.triggerAlert(device, full)
				f.mustOpen(alert, "reopened")
				f.syncAlertDevice(alert, opened.IncidentID)
			}
			require.NoError(t, f.ninja.UpdateDevice(device, func(d *ninjasim.Device) { d.ApprovalStatus = "APPROVED" }))
			f.fullImport()
			due := f.overdue().Alerts
			require.Len(t, due, 1)
			f.mustOpen(due[0], "opened")
			f.syncAlertDevice(due[0], opened.IncidentID)
			require.Equal(t, []int64{f.link(store.Devices, device).AcceloID}, f.linked("request", opened.RequestID))
			require.Len(t, f.notes("request", opened.RequestID), 1)
			require.Empty(t, f.overdue().Alerts)
		})
	}
}

// Repeats that no note counts are noted once their storm is over, or when the request is closed.
func TestLastNoteIsRight(t *testing.T) {
	t.Parallel()
	for name, closed := range map[string]bool{"storm over": false, "request closed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{})
			alerts := []rules.Alert{f.triggerAlert(full)}
			opened := f.mustOpen(alerts[0], "opened")
			f.syncAlertDevice(alerts[0], opened.IncidentID)
			for range 12 {
				alerts = append(alerts, f.triggerAlert(full))
				f.mustOpen(alerts[len(alerts)-1], "joined")
			}
			if closed {
				for i, alert := range alerts {
					f.mustClose(alert, map[bool]flow.Outcome{true: "closed", false: "others-active"}[i == len(alerts)-1])
				}
			} else {
				due := f.overdue()
				require.Equal(t, []int64{opened.IncidentID}, due.Notes)
				f.noteRepeats(due.Notes)
			}
			notes := f.notes("request", opened.RequestID)
			require.Equal(t, "Repeat alert (13 occurrences)", notes[len(notes)-1].Subject)
			f.backdate(opened.IncidentID, "noted_at", time.Hour)
			require.Empty(t, f.overdue().Notes)
		})
	}
}

// The note of a repeat whose workflow ended before it wrote it is written later, and once: also if that alert is tried again after all, and if
// there was no request yet to note it on.
func TestAbandonedNote(t *testing.T) {
	t.Parallel()
	for name, early := range map[string]bool{"its workflow ended": false, "before the request": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{claims: short})
			leader := f.triggerAlert(full)
			if early {
				f.failOpening(leader)
			} else {
				f.mustOpen(leader, "opened")
			}
			repeat := f.triggerAlert(full)
			if early {
				f.mustOpen(repeat, "joined")
			} else {
				f.injectFaults(lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/activities$", Count: 1})
				_, err := f.open(repeat)
				require.Error(t, err)
			}
			opened := f.openWithRetries(leader)
			f.syncAlertDevice(leader, opened.IncidentID)
			f.backdate(opened.IncidentID, "created_at", time.Hour)
			require.Equal(t, []int64{opened.IncidentID}, f.overdue().Notes)
			f.noteRepeats([]int64{opened.IncidentID})
			f.mustOpen(repeat, "joined")
			notes := f.notes("request", opened.RequestID)
			require.Len(t, notes, 1)
			require.Equal(t, "Repeat alert (2 occurrences)", notes[0].Subject)
			f.backdate(opened.IncidentID, "noted_at", time.Hour)
			require.Empty(t, f.overdue().Notes)
		})
	}
}

func (f *fixture) noteRepeats(incidents []int64) {
	f.t.Helper()
	_, err := runIn[activities.AcceloNoteRepeatsResult](f.env(), f.steps.AcceloNoteRepeats,
		activities.AcceloNoteRepeatsInput{Connection: "default", Incidents: incidents})
	require.NoError(f.t, err)
}

// Repeats on a request that was deleted get a new one for the alerts that are still active.
func TestNoteOnDeletedRequest(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	first := f.mustOpen(f.triggerAlert(full), "opened")
	f.mustOpen(f.triggerAlert(full), "joined")
	f.mustOpen(f.triggerAlert(full), "joined")
	require.NoError(t, f.deleteRequest(first.RequestID))
	f.noteRepeats(f.overdue().Notes)
	due := f.overdue()
	require.Len(t, due.Alerts, 1)
	require.NotEqual(t, first.RequestID, f.mustOpen(due.Alerts[0], "opened").RequestID)
}

// A change that a comparison found is followed later if the workflow that should have done so is gone, whatever type the request has.
func TestAbandonedFollow(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{onConvert: rules.OnConvertKeep})
	alert := f.triggerAlert(full)
	opened := f.mustOpen(alert, "opened")
	f.syncAlertDevice(alert, opened.IncidentID)
	other, err := f.accelo.AddRequestType("Triage")
	require.NoError(t, err)
	require.NoError(t, f.accelo.EditRequest(opened.RequestID, accelosim.RequestEdit{TypeID: &other.ID}))
	_, err = f.accelo.ConvertRequest(opened.RequestID, "issue")
	require.NoError(t, err)
	require.Empty(t, f.overdue().Requests)
	changed, err := runIn[activities.AcceloReadChangedRequestsResult](f.env(), f.steps.AcceloReadChangedRequests,
		activities.AcceloReadChangedRequestsInput{Connection: "default"})
	require.NoError(t, err)
	require.Equal(t, []int64{opened.RequestID}, changed.RequestIDs)
	require.Equal(t, []int64{opened.RequestID}, f.overdue().Requests)
	f.mustFollow(opened.RequestID, 0, "converted")
	require.Empty(t, f.overdue().Requests)
}

// A worker that records a repeat alert and is killed before it joins the request leaves an alert that nobody knows: a comparison with NinjaOne's
// list, or an import, brings it in although its workflow was terminated.
func TestRecordedAlertThatJoinedNothing(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	f.importedOnce()
	opened := f.mustOpen(f.triggerAlert("disk"), flow.Opened)
	repeat := f.triggerAlert("disk")
	f.sql(`INSERT INTO alerts (connection, uid, state) VALUES ('default', '` + repeat.UID + `', 'active')`)
	f.ageAlerts()
	result := f.compareAlerts(activities.NinjaCompareAlertsInput{})
	require.Equal(t, map[string]string{repeat.UID: "T"}, missedEvents(result.Missed))
	require.Equal(t, map[string]string{repeat.UID: "T"}, missedEvents(f.compareAlerts(activities.NinjaCompareAlertsInput{}).Missed))
	require.Equal(t, opened.RequestID, f.mustOpen(*result.Missed[0].Trigger, flow.Joined).RequestID)
	require.Empty(t, f.compareAlerts(activities.NinjaCompareAlertsInput{}).Missed)
}

// Reading the log moves the cursor past the alerts that it hands out: they are owed from then on, even if no attempt of their workflows ever
// began. One that was reset needs no request, and one that the rules leave out is not handed out at all.
func TestAlertsHandedOutAreOwed(t *testing.T) {
	t.Parallel()
	f := withCursor(t, settings{})
	lost, opened, cleared := f.triggerAlert(full), f.triggerAlert(full), f.triggerAlert(full)
	f.reset(cleared)
	f.advanceCursor(f.missed())
	f.mustOpen(opened, flow.Opened)
	f.syncAlertDevice(opened, 1)
	due := f.overdue()
	require.Len(t, due.Alerts, 1)
	require.Equal(t, []string{lost.UID, lost.Message}, []string{due.Alerts[0].UID, due.Alerts[0].Message})
	f.mustOpen(lost, flow.Joined)
	require.Empty(t, f.overdue().Alerts)

	strict := withCursor(t, settings{alerts: flow.AlertRules{MinSeverity: "CRITICAL"}})
	strict.triggerAlert("a")
	strict.advanceCursor(strict.missed())
	require.Empty(t, strict.overdue().Alerts)
}
