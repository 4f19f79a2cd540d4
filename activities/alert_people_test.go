package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	accelosim "ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
)

// What technicians do with a new request while the reply to its creation is lost does not hide it: it is adopted, not opened twice.
func TestLostReplyOfTriagedRequest(t *testing.T) {
	t.Parallel()
	for name, triage := range map[string]func(f *alertFixture, request int64) error{
		"another type": func(f *alertFixture, request int64) error {
			other, err := f.accelo.AddRequestType("Triage")
			require.NoError(f.t, err)
			return f.accelo.EditRequest(request, accelosim.RequestEdit{TypeID: &other.ID})
		},
		"another contact": func(f *alertFixture, request int64) error {
			_, affiliation, err := f.accelo.AddContact(f.accelo.Snapshot().Companies[0].ID, "Hermes", "Conrad", "")
			require.NoError(f.t, err)
			return f.accelo.EditRequest(request, accelosim.RequestEdit{AffiliationID: &affiliation.ID})
		},
		"another title": func(f *alertFixture, request int64) error {
			title := "Checked: disk of the ship"
			return f.accelo.EditRequest(request, accelosim.RequestEdit{Title: &title})
		},
		"claimed": func(f *alertFixture, request int64) error {
			return f.accelo.ClaimRequest(request, f.accelo.Snapshot().Staff[0].ID)
		},
		"closed": func(f *alertFixture, request int64) error { return f.accelo.CloseRequest(request) },
		"converted": func(f *alertFixture, request int64) error {
			_, err := f.accelo.ConvertRequest(request, "issue")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{claims: long})
			alert := f.triggerAlert(full)
			f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/requests$", Count: 1})
			_, err := f.open(alert)
			require.Error(t, err)
			request := f.accelo.Snapshot().Requests[0].ID
			require.NoError(t, triage(f, request))
			result := f.openWithRetries(alert)
			require.True(t, result.Found)
			require.Equal(t, request, result.RequestID)
			require.Len(t, f.accelo.Snapshot().Requests, 1)
		})
	}
}

// A fault that comes back within the window reopens only a request that a reset closed and that nobody has touched since. Everything
// else that a person did stays, and the fault gets a new request.
func TestReopeningUndoesNobody(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		act      func(f *alertFixture, request int64)
		outcome  flow.Outcome
		standing string // of the first request afterwards; empty if it is deleted
	}{
		"nothing": {func(*alertFixture, int64) {}, flow.Reopened, "open"},
		"converted unseen": {func(f *alertFixture, request int64) {
			_, err := f.accelo.ConvertRequest(request, "issue")
			require.NoError(f.t, err)
		}, flow.Opened, "converted"},
		"deleted": {func(f *alertFixture, request int64) {
			require.NoError(f.t, f.deleteRequest(request))
		}, flow.Opened, ""},
		"reopened by a person": {func(f *alertFixture, request int64) {
			require.NoError(f.t, f.accelo.ReopenRequest(request))
		}, flow.Reopened, "open"},
		"reopened and closed by a person": {func(f *alertFixture, request int64) {
			require.NoError(f.t, f.accelo.ReopenRequest(request))
			f.mustFollow(request, 2, "reopened")
			require.NoError(f.t, f.accelo.CloseRequest(request))
			f.mustFollow(request, 1, "closed")
		}, flow.Opened, "closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{reopen: time.Hour})
			alert := f.triggerAlert(full)
			first := f.mustOpen(alert, "opened").RequestID
			f.mustClose(alert, "closed")
			test.act(f, first)
			f.resetCalls()
			again := f.triggerAlert(full)
			result := f.mustOpen(again, test.outcome)
			require.Equal(t, test.outcome == flow.Reopened, result.RequestID == first)
			require.Equal(t, result.RequestID, f.mustOpen(again, flow.Opened).RequestID, "a second delivery changes nothing")
			require.Equal(t, result.RequestID, f.mustOpen(f.triggerAlert(full), flow.Joined).RequestID)
			for _, request := range f.accelo.Snapshot().Requests {
				if request.ID == first {
					require.Equal(t, test.standing, request.Standing)
				}
			}
		})
	}
}

// A request that a person closed stays closed when the fault comes back, whether the webhook or the reset finds it closed.
func TestPersonsCloseIsFinal(t *testing.T) {
	t.Parallel()
	for name, seen := range map[string]bool{"followed": true, "found by the reset": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{reopen: time.Hour})
			alert := f.triggerAlert(full)
			first := f.mustOpen(alert, "opened").RequestID
			require.NoError(t, f.accelo.CloseRequest(first))
			if seen {
				f.mustFollow(first, 1, "closed")
			}
			f.mustClose(alert, "already-closed")
			require.NotEqual(t, first, f.mustOpen(f.triggerAlert(full), "opened").RequestID)
			require.Equal(t, "closed", f.request(first).Standing)
		})
	}
}

// A repeat alert whose request was deleted gets a new one.
func TestRepeatOnDeletedRequest(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	first := f.mustOpen(f.triggerAlert(full), "opened").RequestID
	require.NoError(t, f.deleteRequest(first))
	second := f.mustOpen(f.triggerAlert(full), "opened")
	require.NotEqual(t, first, second.RequestID)
	require.Equal(t, second.RequestID, f.mustOpen(f.triggerAlert(full), "joined").RequestID)
}

// A decision to reset alerts that waited is made again: if someone reopened the request meanwhile, its alerts stay active.
func TestResetIsDecidedAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		act       func(f *alertFixture, request int64) error
		waited    time.Duration
		withdrawn bool
	}{
		"reopened":           {func(f *alertFixture, request int64) error { return f.accelo.ReopenRequest(request) }, time.Minute, true},
		"still closed":       {func(*alertFixture, int64) error { return nil }, time.Minute, false},
		"deleted afterwards": {func(f *alertFixture, request int64) error { return f.deleteRequest(request) }, time.Minute, false},
		"just decided":       {func(*alertFixture, int64) error { return nil }, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{})
			alert := f.triggerAlert(full)
			request := f.mustOpen(alert, "opened").RequestID
			require.NoError(t, f.accelo.CloseRequest(request))
			followed := f.mustFollow(request, 1, "closed")
			require.NoError(t, test.act(f, request))
			f.resetCalls()
			reset, err := runIn[activities.NinjaResetAlertsResult](f.env(), f.steps.NinjaResetAlerts, activities.NinjaResetAlertsInput{
				Connection: "default", UIDs: followed.Reset, RequestID: request, DecidedAt: followed.ReadAt.Add(-test.waited),
			})
			require.NoError(t, err)
			require.Equal(t, test.withdrawn, reset.Withdrawn)
			if test.waited == 0 {
				require.Equal(t, []string{"DELETE /v2/alert/{id}"}, f.calls(), "a fresh decision costs no further call")
			}
			if test.withdrawn {
				require.Equal(t, []string{alert.UID}, f.active())
				require.Equal(t, request, f.mustOpen(f.triggerAlert(full), "joined").RequestID, "the request counts as open again")
				return
			}
			require.Empty(t, f.active())
		})
	}
}

// A request that someone reopened although its alert is reset, or undid the conversion of, takes repeats of the fault again.
func TestUndoneConversion(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{onConvert: rules.OnConvertKeep})
	request := f.mustOpen(f.triggerAlert(full), "opened").RequestID
	_, err := f.accelo.ConvertRequest(request, "issue")
	require.NoError(t, err)
	f.mustFollow(request, 1, "converted")
	require.NoError(t, f.accelo.ReopenRequest(request))
	f.mustFollow(request, 1, "reopened")
	require.Equal(t, request, f.mustOpen(f.triggerAlert(full), "joined").RequestID)
}

// A request that Accelo doesn't show right after its creation is not taken for deleted.
func TestNewRequestNotShownYet(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	require.NoError(t, f.accelo.SetSwitches(accelosim.Switches{StaleReadMillis: 60_000}))
	alert := f.triggerAlert(slow)
	opened := f.mustOpen(alert, "opened")
	unseen := opened.RequestID
	f.backdate(opened.IncidentID, "created_at", time.Hour) // it took long until it could be opened
	_, err := f.close(alert)
	require.False(t, applicationError(t, err).NonRetryable(), "%v", err)
	require.Equal(t, unseen, f.mustOpen(f.triggerAlert(slow), "joined").RequestID, "it counts as open")
}
