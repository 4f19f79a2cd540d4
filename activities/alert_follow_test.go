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

// If someone closes a request, its active alerts are reset in NinjaOne once. The events this causes take no calls.
func TestClosedInAccelo(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	first, second, third := f.triggerAlert(full), f.triggerAlert(full), f.triggerAlert(full)
	request := f.mustOpen(first, "opened").RequestID
	f.mustOpen(second, "joined")
	f.mustOpen(third, "joined")
	f.mustClose(second, "others-active")
	require.NoError(t, f.accelo.CloseRequest(request))
	f.resetCalls()
	followed := f.mustFollow(request, 1, "closed")
	require.Equal(t, []string{"GET /api/v0/requests/{id}"}, f.calls())
	require.Equal(t, []string{first.UID, third.UID}, followed.Reset)
	require.Contains(t, followed.Text, "resetting 2 alerts")

	reset, err := f.resetAlerts(followed.Reset...)
	require.NoError(t, err)
	require.Equal(t, activities.NinjaResetAlertsResult{Reset: 2}, reset)
	require.Equal(t, []string{"DELETE /v2/alert/{id}", "DELETE /v2/alert/{id}"}, f.calls())
	require.Equal(t, []string{second.UID}, f.active(), "NinjaOne reported its reset; we did not request it")

	f.mustClose(first, "already-closed")
	f.mustClose(third, "already-closed")
	require.Empty(t, f.calls(), "the webhooks caused by our resets")
	require.Empty(t, f.mustFollow(request, 1, "unchanged").Reset)
}

// Alerts that were not reset, because the worker was cut off, are returned again.
func TestClosedInAcceloIsRepeated(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.triggerAlert(full)
	request := f.mustOpen(alert, "opened").RequestID
	require.NoError(t, f.accelo.CloseRequest(request))
	for range 2 {
		require.Equal(t, []string{alert.UID}, f.mustFollow(request, 1, "closed").Reset)
	}
	require.NotEqual(t, request, f.mustOpen(f.triggerAlert(full), "opened").RequestID, "no alert joins a closed request")
}

// Requests that are not ours take no call.
func TestRequestIsNotOurs(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	f.mustFollow(4711, 1, "not-ours")
	require.Empty(t, f.calls())
}

// The event of our own close is ignored once, without a call. Of several changes at most one is the echo, and a late event is none.
func TestEcho(t *testing.T) {
	t.Parallel()
	closed := func(t *testing.T) (*alertFixture, activities.AcceloOpenRequestResult) {
		f := newAlertFixture(t, settings{})
		alert := f.triggerAlert(full)
		opened := f.mustOpen(alert, "opened")
		f.syncAlertDevice(alert, opened.IncidentID) // otherwise its asset is owed
		f.mustClose(alert, "closed")
		f.resetCalls()
		return f, opened
	}
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		f, opened := closed(t)
		f.mustFollow(opened.RequestID, 1, "echo")
		require.Empty(t, f.calls())
		f.mustFollow(opened.RequestID, 1, "unchanged")
		require.Equal(t, []string{"GET /api/v0/requests/{id}"}, f.calls())
	})
	t.Run("with a change in Accelo", func(t *testing.T) {
		t.Parallel()
		f, opened := closed(t)
		require.NoError(t, f.accelo.ReopenRequest(opened.RequestID))
		f.mustFollow(opened.RequestID, 2, "reopened")
	})
	t.Run("before the close reaches Accelo", func(t *testing.T) {
		t.Parallel()
		f := newAlertFixture(t, settings{})
		alert := f.triggerAlert(full)
		request := f.mustOpen(alert, "opened").RequestID
		f.onCall(1, "PUT /api/v0/requests/"+itoa(int(request)), func() bool {
			f.mustFollow(request, 2, "unchanged")
			return true
		})
		f.mustClose(alert, "closed")
		require.NotEqual(t, request, f.mustOpen(f.triggerAlert(full), "opened").RequestID)
	})
	t.Run("late", func(t *testing.T) {
		t.Parallel()
		f, opened := closed(t)
		f.backdate(opened.IncidentID, "echo_until", 3*time.Minute)
		require.NoError(t, f.accelo.ReopenRequest(opened.RequestID))
		f.mustFollow(opened.RequestID, 1, "reopened")
	})
}

// A request that someone reopens counts as open: the same fault joins it. If another request was opened for the fault meanwhile,
// that one still counts.
func TestReopenedInAccelo(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.triggerAlert(full)
	request := f.mustOpen(alert, "opened").RequestID
	f.mustFollow(request, 1, "unchanged")
	f.mustClose(alert, "closed")
	f.mustFollow(request, 1, "echo")
	require.NoError(t, f.accelo.ReopenRequest(request))
	require.Empty(t, f.mustFollow(request, 1, "reopened").Reset)
	f.mustFollow(request, 1, "unchanged")
	second := f.triggerAlert(full)
	require.Equal(t, request, f.mustOpen(second, "joined").RequestID)
	f.mustClose(second, "closed")

	third := f.triggerAlert(full)
	newer := f.mustOpen(third, "opened").RequestID
	require.NoError(t, f.accelo.ReopenRequest(request))
	f.mustFollow(request, 2, "reopened")
	require.Equal(t, newer, f.mustOpen(f.triggerAlert(full), "joined").RequestID)
}

// A conversion resets the alerts, and the asset is linked once to what the request became, however Accelo spells its type.
func TestConverted(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"issue", "job", "prospect"} {
		for _, spelling := range []string{"", "plural", "title"} {
			t.Run(target+" "+spelling, func(t *testing.T) {
				t.Parallel()
				f := newAlertFixture(t, settings{})
				require.NoError(t, f.accelo.SetSwitches(accelosim.Switches{ConversionSpelling: spelling}))
				alert := f.triggerAlert(full)
				opened := f.mustOpen(alert, "opened")
				f.syncAlertDevice(alert, opened.IncidentID)
				work, err := f.accelo.ConvertRequest(opened.RequestID, target)
				require.NoError(t, err)
				followed := f.mustFollow(opened.RequestID, 1, "converted")
				require.Equal(t, []string{alert.UID}, followed.Reset)
				require.Contains(t, followed.Text, "converted to "+target+" "+itoa(int(work.ID))+"; its asset is linked")
				require.Equal(t, []int64{f.asset()}, f.linked(target, work.ID))
				f.mustFollow(opened.RequestID, 1, "converted")
				require.Equal(t, []int64{f.asset()}, f.linked(target, work.ID))
			})
		}
	}
}

// ON_CONVERT=keep leaves the alerts alone.
func TestKeptOnConversion(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{onConvert: rules.OnConvertKeep})
	alert := f.triggerAlert(full)
	request := f.mustOpen(alert, "opened").RequestID
	ticket, err := f.accelo.ConvertRequest(request, "issue")
	require.NoError(t, err)
	followed := f.mustFollow(request, 1, "converted")
	require.Empty(t, followed.Reset)
	require.Contains(t, followed.Text, "ON_CONVERT")
	require.Equal(t, []int64{f.asset()}, f.linked("issue", ticket.ID))
}

// A conversion is followed even if the device has no asset to link.
func TestConvertedWithoutAsset(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.fixture.triggerAlert(f.fixture.device(f.organization, "LAB"), full)
	request := f.mustOpen(alert, "opened").RequestID
	ticket, err := f.accelo.ConvertRequest(request, "issue")
	require.NoError(t, err)
	require.Equal(t, []string{alert.UID}, f.mustFollow(request, 1, "converted").Reset)
	require.Empty(t, f.linked("issue", ticket.ID))
}

// The conversion may accept neither assets nor notes. The alert is reset anyway, and the note goes to the request itself.
func TestConversionThatAcceptsNothing(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.triggerAlert(full)
	request := f.mustOpen(alert, "opened").RequestID
	ticket, err := f.accelo.ConvertRequest(request, "issue")
	require.NoError(t, err)
	f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/links$"},
		lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/activities$", Count: 1})
	followed := f.mustFollow(request, 1, "converted")
	require.Equal(t, []string{alert.UID}, followed.Reset)
	require.Contains(t, followed.Text, "can't be linked")
	require.Empty(t, f.linked("issue", ticket.ID))
	require.Contains(t, f.mustClose(alert, "noted").Text, "Added a note to request "+itoa(int(request)))
}

// Following a conversion is retried after an outage. A link whose reply was lost is not created twice.
func TestOutageWhileFollowingConversion(t *testing.T) {
	t.Parallel()
	for _, fault := range []lab.Fault{
		{Kind: lab.FaultLoseReply, Method: "POST", Path: "/links$", Count: 1},
		{Kind: lab.FaultHTML502, Method: "POST", Path: "/links$", Count: 2},
		{Kind: lab.FaultHTML502, Method: "GET", Path: "/links", Count: 1},
		{Kind: lab.FaultHTML502, Method: "GET", Path: "/requests/", Count: 1},
	} {
		t.Run(fault.Kind+" "+fault.Method+" "+fault.Path, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{claims: short})
			alert := f.triggerAlert(full)
			request := f.mustOpen(alert, "opened").RequestID
			ticket, err := f.accelo.ConvertRequest(request, "issue")
			require.NoError(t, err)
			f.injectFaults(fault)
			followed, err := runWithRetries[activities.AcceloFollowRequestResult](f.fixture, f.steps.AcceloFollowRequest,
				activities.AcceloFollowRequestInput{Connection: "default", RequestID: request, Changes: 1})
			require.NoError(t, err)
			require.Equal(t, flow.Converted, followed.Outcome)
			require.Equal(t, []string{alert.UID}, followed.Reset)
			require.Equal(t, []int64{f.asset()}, f.linked("issue", ticket.ID))
		})
	}
}

// An alert that NinjaOne no longer knows counts as reset if its list confirms that. An alert that it still lists is retried.
func TestResetOfUnknownAlert(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	cleared, active := f.triggerAlert(full), f.triggerAlert(slow)
	f.mustOpen(cleared, "opened")
	f.mustOpen(active, "opened")
	_, err := f.ninja.ResetAlert(cleared.UID)
	require.NoError(t, err)
	f.resetCalls()
	reset, err := f.resetAlerts(cleared.UID, active.UID)
	require.NoError(t, err)
	require.Equal(t, activities.NinjaResetAlertsResult{Reset: 1, AlreadyGone: 1}, reset)
	require.Equal(t, []string{"DELETE /v2/alert/{id}", "DELETE /v2/alert/{id}", "GET /v2/alerts"}, f.calls())
	require.Empty(t, f.active())

	for _, status := range []int{400, 409, 410} { // NinjaOne does not document that it is a 404
		cleared := f.triggerAlert(full)
		f.mustOpen(cleared, "joined")
		_, err = f.ninja.ResetAlert(cleared.UID)
		require.NoError(t, err)
		require.NoError(t, f.ninja.Lab.Faults.Set(lab.Fault{Kind: lab.FaultStatus, Status: status, Method: "DELETE", Path: "/alert/", Count: 1}))
		reset, err = f.resetAlerts(cleared.UID)
		require.NoError(t, err, status)
		require.Equal(t, 1, reset.AlreadyGone)
	}

	listed := f.triggerAlert(full)
	f.mustOpen(listed, "joined")
	require.NoError(t, f.ninja.Lab.Faults.Set(lab.Fault{Kind: lab.FaultStatus, Status: 404, Method: "DELETE", Path: "/alert/", Count: 1}))
	_, err = f.resetAlerts(listed.UID)
	require.Equal(t, activities.Unavailable, applicationError(t, err).Type())
	require.False(t, applicationError(t, err).NonRetryable())
	require.ErrorContains(t, err, "lists alert "+listed.UID+" as active")
	require.Equal(t, []string{listed.UID}, f.active())
	reset, err = f.resetAlerts(listed.UID)
	require.NoError(t, err)
	require.Equal(t, 1, reset.Reset)
}

// A reset that failed, or whose reply was lost, is done in the end. The resets before it are not repeated in vain.
func TestOutageWhileResetting(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{lab.FaultLoseReply, lab.FaultHTML502, lab.FaultTooMany} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{})
			alert := f.triggerAlert(full)
			request := f.mustOpen(alert, "opened").RequestID
			require.NoError(t, f.accelo.CloseRequest(request))
			uids := f.mustFollow(request, 1, "closed").Reset
			require.NoError(t, f.ninja.Lab.Faults.Set(lab.Fault{Kind: kind, Method: "DELETE", Path: "/alert/", Count: 1}))
			reset, err := runWithRetries[activities.NinjaResetAlertsResult](f.fixture, f.steps.NinjaResetAlerts,
				activities.NinjaResetAlertsInput{Connection: "default", UIDs: uids})
			require.NoError(t, err)
			require.Equal(t, 1, reset.Reset+reset.AlreadyGone)
			require.Empty(t, f.active())
			f.mustClose(alert, "already-closed")
		})
	}
}
