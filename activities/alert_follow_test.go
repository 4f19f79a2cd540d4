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

// A request that a person closes has every active alert of it reset in NinjaOne, once, and what comes of that costs nothing.
func TestClosedByAPerson(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	first, second, third := o.fires(full), o.fires(full), o.fires(full)
	request := o.opens(first, "opened").RequestID
	o.opens(second, "joined")
	o.opens(third, "joined")
	o.closes(second, "others-active")
	require.NoError(t, o.accelo.CloseRequest(request))
	o.forget()
	followed := o.follows(request, 1, "closed")
	require.Equal(t, []string{"GET /api/v0/requests/{id}"}, o.calls())
	require.Equal(t, []string{first.UID, third.UID}, followed.Reset)
	require.Contains(t, followed.Text, "resetting 2 alerts")

	reset, err := o.resets(followed.Reset...)
	require.NoError(t, err)
	require.Equal(t, activities.NinjaResetAlertsResult{Reset: 2}, reset)
	require.Equal(t, []string{"DELETE /v2/alert/{id}", "DELETE /v2/alert/{id}"}, o.calls())
	require.Equal(t, []string{second.UID}, o.active(), "whose reset we were told of, and did not ask for")

	o.closes(first, "already-closed")
	o.closes(third, "already-closed")
	require.Empty(t, o.calls(), "the resets' own webhooks")
	require.Empty(t, o.follows(request, 1, "unchanged").Reset)
}

// Alerts that were not reset by then, because the worker was cut off, are told again.
func TestClosedByAPersonIsRepeated(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	alert := o.fires(full)
	request := o.opens(alert, "opened").RequestID
	require.NoError(t, o.accelo.CloseRequest(request))
	for range 2 {
		require.Equal(t, []string{alert.UID}, o.follows(request, 1, "closed").Reset)
	}
	require.NotEqual(t, request, o.opens(o.fires(full), "opened").RequestID, "nothing joins a request that is closed")
}

// Requests that are not ours cost no call.
func TestRequestIsNotOurs(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	o.follows(4711, 1, "not-ours")
	require.Empty(t, o.calls())
}

// Our own close comes back once, without a call. Of several changes one at most is the echo, and what comes late is none.
func TestEcho(t *testing.T) {
	t.Parallel()
	closed := func(t *testing.T) (*office, activities.AcceloOpenRequestResult) {
		o := newOffice(t, settings{})
		alert := o.fires(full)
		opened := o.opens(alert, "opened")
		o.closes(alert, "closed")
		o.forget()
		return o, opened
	}
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		o, opened := closed(t)
		o.follows(opened.RequestID, 1, "echo")
		require.Empty(t, o.calls())
		o.follows(opened.RequestID, 1, "unchanged")
		require.Equal(t, []string{"GET /api/v0/requests/{id}"}, o.calls())
	})
	t.Run("with a person's change", func(t *testing.T) {
		t.Parallel()
		o, opened := closed(t)
		require.NoError(t, o.accelo.ReopenRequest(opened.RequestID))
		o.follows(opened.RequestID, 2, "reopened")
	})
	t.Run("before the close has reached Accelo", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t, settings{})
		alert := o.fires(full)
		request := o.opens(alert, "opened").RequestID
		o.onCall(1, "PUT /api/v0/requests/"+itoa(int(request)), func() bool {
			o.follows(request, 2, "unchanged")
			return true
		})
		o.closes(alert, "closed")
		require.NotEqual(t, request, o.opens(o.fires(full), "opened").RequestID)
	})
	t.Run("late", func(t *testing.T) {
		t.Parallel()
		o, opened := closed(t)
		o.ages(opened.IncidentID, "echo_until", 3*time.Minute)
		require.NoError(t, o.accelo.ReopenRequest(opened.RequestID))
		o.follows(opened.RequestID, 1, "reopened")
	})
}

// A request that a person opens again counts as open: the fault's return joins it. Where another one is open for it by now,
// that goes on to count.
func TestReopenedByAPerson(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	alert := o.fires(full)
	request := o.opens(alert, "opened").RequestID
	o.follows(request, 1, "unchanged")
	o.closes(alert, "closed")
	o.follows(request, 1, "echo")
	require.NoError(t, o.accelo.ReopenRequest(request))
	require.Empty(t, o.follows(request, 1, "reopened").Reset)
	o.follows(request, 1, "unchanged")
	second := o.fires(full)
	require.Equal(t, request, o.opens(second, "joined").RequestID)
	o.closes(second, "closed")

	third := o.fires(full)
	newer := o.opens(third, "opened").RequestID
	require.NoError(t, o.accelo.ReopenRequest(request))
	o.follows(request, 2, "reopened")
	require.Equal(t, newer, o.opens(o.fires(full), "joined").RequestID)
}

// A conversion resets the alerts, and the asset goes along to what the request became, however Accelo spells that, once.
func TestConverted(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"issue", "job", "prospect"} {
		for _, spelling := range []string{"", "plural", "title"} {
			t.Run(target+" "+spelling, func(t *testing.T) {
				t.Parallel()
				o := newOffice(t, settings{})
				require.NoError(t, o.accelo.SetSwitches(accelosim.Switches{ConversionSpelling: spelling}))
				alert := o.fires(full)
				opened := o.opens(alert, "opened")
				o.links(alert, opened.IncidentID)
				work, err := o.accelo.ConvertRequest(opened.RequestID, target)
				require.NoError(t, err)
				followed := o.follows(opened.RequestID, 1, "converted")
				require.Equal(t, []string{alert.UID}, followed.Reset)
				require.Contains(t, followed.Text, "converted to "+target+" "+itoa(int(work.ID))+"; its asset is linked")
				require.Equal(t, []int64{o.asset()}, o.linked(target, work.ID))
				o.follows(opened.RequestID, 1, "converted")
				require.Equal(t, []int64{o.asset()}, o.linked(target, work.ID))
			})
		}
	}
}

// ON_CONVERT=keep leaves the alerts alone.
func TestKeptOnConversion(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{onConvert: rules.OnConvertKeep})
	alert := o.fires(full)
	request := o.opens(alert, "opened").RequestID
	ticket, err := o.accelo.ConvertRequest(request, "issue")
	require.NoError(t, err)
	followed := o.follows(request, 1, "converted")
	require.Empty(t, followed.Reset)
	require.Contains(t, followed.Text, "ON_CONVERT")
	require.Equal(t, []int64{o.asset()}, o.linked("issue", ticket.ID))
}

// A device without an asset has none to link, and its conversion is followed all the same.
func TestConvertedWithoutAnAsset(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	alert := o.world.fires(o.world.device(o.organization, "LAB"), full)
	request := o.opens(alert, "opened").RequestID
	ticket, err := o.accelo.ConvertRequest(request, "issue")
	require.NoError(t, err)
	require.Equal(t, []string{alert.UID}, o.follows(request, 1, "converted").Reset)
	require.Empty(t, o.linked("issue", ticket.ID))
}

// What a request became may take neither assets nor notes here: the alert is reset all the same, and the request itself bears the note.
func TestConversionThatTakesNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	alert := o.fires(full)
	request := o.opens(alert, "opened").RequestID
	ticket, err := o.accelo.ConvertRequest(request, "issue")
	require.NoError(t, err)
	o.trouble(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/links$"},
		lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/activities$", Count: 1})
	followed := o.follows(request, 1, "converted")
	require.Equal(t, []string{alert.UID}, followed.Reset)
	require.Contains(t, followed.Text, "can't be linked")
	require.Empty(t, o.linked("issue", ticket.ID))
	require.Contains(t, o.closes(alert, "noted").Text, "Added a note to request "+itoa(int(request)))
}

// Trouble while a conversion is followed is waited out; a link whose reply was lost is not made twice.
func TestTroubleWhileConverting(t *testing.T) {
	t.Parallel()
	for _, fault := range []lab.Fault{
		{Kind: lab.FaultLoseReply, Method: "POST", Path: "/links$", Count: 1},
		{Kind: lab.FaultHTML502, Method: "POST", Path: "/links$", Count: 2},
		{Kind: lab.FaultHTML502, Method: "GET", Path: "/links", Count: 1},
		{Kind: lab.FaultHTML502, Method: "GET", Path: "/requests/", Count: 1},
	} {
		t.Run(fault.Kind+" "+fault.Method+" "+fault.Path, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, settings{claims: short})
			alert := o.fires(full)
			request := o.opens(alert, "opened").RequestID
			ticket, err := o.accelo.ConvertRequest(request, "issue")
			require.NoError(t, err)
			o.trouble(fault)
			followed, err := persist[activities.AcceloFollowRequestResult](o.world, o.steps.AcceloFollowRequest,
				activities.AcceloFollowRequestInput{Connection: "default", RequestID: request, Changes: 1})
			require.NoError(t, err)
			require.Equal(t, flow.Converted, followed.Outcome)
			require.Equal(t, []string{alert.UID}, followed.Reset)
			require.Equal(t, []int64{o.asset()}, o.linked("issue", ticket.ID))
		})
	}
}

// An alert that NinjaOne no longer knows counts as reset once its list confirms that; one that it lists all the same is tried
// again.
func TestResetOfAnAlertThatIsGone(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	gone, there := o.fires(full), o.fires(slow)
	o.opens(gone, "opened")
	o.opens(there, "opened")
	_, err := o.ninja.ResetAlert(gone.UID)
	require.NoError(t, err)
	o.forget()
	reset, err := o.resets(gone.UID, there.UID)
	require.NoError(t, err)
	require.Equal(t, activities.NinjaResetAlertsResult{Reset: 1, AlreadyGone: 1}, reset)
	require.Equal(t, []string{"DELETE /v2/alert/{id}", "DELETE /v2/alert/{id}", "GET /v2/alerts"}, o.calls())
	require.Empty(t, o.active())

	for _, status := range []int{400, 409, 410} { // nothing says that it has to be a 404
		gone := o.fires(full)
		o.opens(gone, "joined")
		_, err = o.ninja.ResetAlert(gone.UID)
		require.NoError(t, err)
		require.NoError(t, o.ninja.Lab.Faults.Set(lab.Fault{Kind: lab.FaultStatus, Status: status, Method: "DELETE", Path: "/alert/", Count: 1}))
		reset, err = o.resets(gone.UID)
		require.NoError(t, err, status)
		require.Equal(t, 1, reset.AlreadyGone)
	}

	listed := o.fires(full)
	o.opens(listed, "joined")
	require.NoError(t, o.ninja.Lab.Faults.Set(lab.Fault{Kind: lab.FaultStatus, Status: 404, Method: "DELETE", Path: "/alert/", Count: 1}))
	_, err = o.resets(listed.UID)
	require.Equal(t, activities.Unavailable, failure(t, err).Type())
	require.False(t, failure(t, err).NonRetryable())
	require.ErrorContains(t, err, "lists alert "+listed.UID+" as active")
	require.Equal(t, []string{listed.UID}, o.active())
	reset, err = o.resets(listed.UID)
	require.NoError(t, err)
	require.Equal(t, 1, reset.Reset)
}

// A reset whose reply was lost, or that failed, is done in the end; those before it are not asked for twice in vain.
func TestTroubleWhileResetting(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{lab.FaultLoseReply, lab.FaultHTML502, lab.FaultTooMany} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, settings{})
			alert := o.fires(full)
			request := o.opens(alert, "opened").RequestID
			require.NoError(t, o.accelo.CloseRequest(request))
			uids := o.follows(request, 1, "closed").Reset
			require.NoError(t, o.ninja.Lab.Faults.Set(lab.Fault{Kind: kind, Method: "DELETE", Path: "/alert/", Count: 1}))
			reset, err := persist[activities.NinjaResetAlertsResult](o.world, o.steps.NinjaResetAlerts,
				activities.NinjaResetAlertsInput{Connection: "default", UIDs: uids})
			require.NoError(t, err)
			require.Equal(t, 1, reset.Reset+reset.AlreadyGone)
			require.Empty(t, o.active())
			o.closes(alert, "already-closed")
		})
	}
}
