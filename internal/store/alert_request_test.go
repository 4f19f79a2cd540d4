package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

func alert(uid string) store.Key {
	return store.Key{Connection: connection, Kind: store.Alerts, NinjaID: uid}
}

func fired(uid, fault string) store.AlertTrigger {
	return store.AlertTrigger{Connection: connection, UID: uid, OrganizationID: 4, DeviceID: 7, RecurrenceKey: fault}
}

func (d *database) trigger(trigger store.AlertTrigger) store.TriggerResult {
	d.t.Helper()
	triggered, err := d.TriggerAlert(d.t.Context(), trigger)
	require.NoError(d.t, err)
	return triggered
}

func (d *database) incident(id int64) store.Incident {
	d.t.Helper()
	incident, err := d.Incident(d.t.Context(), id)
	require.NoError(d.t, err)
	return incident
}

// requesting is the script of an alert's request.
func requesting(uid string, id int64) *script {
	s := making(alert(uid), id)
	s.match, s.made.MatchKey, s.made.Baseline = "", "", nil
	return s
}

// An incident that begins comes with the claim on its request, which nobody else gets; whoever opens it leaves everything in
// order: the link, the incident, and no record of an earlier failure.
func TestOpenRequest(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	require.NoError(t, d.RecordFailure(t.Context(), store.Failure{Connection: connection, Kind: store.Alerts, NinjaID: "a", WorkflowID: "w", Error: "e"}))
	require.NoError(t, d.RecordFailure(t.Context(), store.Failure{Connection: connection, Kind: store.Devices, NinjaID: "a", WorkflowID: "w", Error: "e"}))
	triggered := d.trigger(fired("a", "fault"))
	require.Equal(t, store.Leads, triggered.Role)
	require.Equal(t, store.IncidentOpening, triggered.Incident.State)
	require.Equal(t, store.Claimed, d.link(alert("a")).State)

	other := requesting("a", 31)
	var held *store.HeldError
	_, _, err := d.OpenRequest(t.Context(), d.trigger(fired("a", "fault")), other.creation())
	require.ErrorAs(t, err, &held, "the same alert in another attempt has no claim")
	finds, creates := other.counts()
	require.Zero(t, finds+creates)

	own := requesting("a", 30)
	request, active, err := d.OpenRequest(t.Context(), triggered, own.creation())
	require.NoError(t, err)
	require.Equal(t, int64(30), request)
	require.True(t, active)
	require.Equal(t, []bool{false}, own.finds)
	require.Less(t, time.Until(own.deadlines[0]), time.Hour)
	link := d.link(alert("a"))
	require.Equal(t, store.Linked, link.State)
	require.Equal(t, int64(30), link.AcceloID)
	opened := d.incident(triggered.Incident.ID)
	require.Equal(t, store.IncidentOpen, opened.State)
	require.Equal(t, int64(30), opened.RequestID)
	require.Equal(t, store.Devices, d.onlyFailure().Kind)
}

// An alert that joins, one that was reset before, and one that was heard of before begin nothing and claim nothing.
func TestTriggerClaimsOnlyForANewIncident(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	leader := d.trigger(fired("a", "fault"))
	joined := d.trigger(fired("b", "fault"))
	require.Equal(t, store.Joins, joined.Role)
	require.Equal(t, leader.Incident.ID, joined.Incident.ID)
	d.requireNone(alert("b"))

	_, _, err := d.ResetAlert(t.Context(), connection, "c", 0)
	require.NoError(t, err)
	require.Equal(t, store.WasReset, d.trigger(fired("c", "another fault")).Role)
	d.requireNone(alert("c"))

	again := d.trigger(fired("a", "fault"))
	require.Equal(t, store.Leads, again.Role)
	require.Equal(t, leader.Incident.ID, again.Incident.ID)
	require.Equal(t, 1, value[int](d, `SELECT count(*)::int FROM incidents`))

	require.NotEqual(t, d.trigger(fired("d", "")).Incident.ID, d.trigger(fired("e", "")).Incident.ID, "no fault is no likeness")
}

// A fault that comes back within the window is the same incident, whose request is not claimed again; later it is a new one.
func TestTriggerReopens(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	first := d.trigger(fired("a", "fault"))
	_, _, err := d.OpenRequest(t.Context(), first, requesting("a", 30).creation())
	require.NoError(t, err)
	_, _, err = d.ResetAlert(t.Context(), connection, "a", 0)
	require.NoError(t, err)
	require.NoError(t, d.CloseIncident(t.Context(), first.Incident.ID, store.ByReset))

	soon := fired("b", "fault")
	soon.ReopenWindow = time.Hour
	again := d.trigger(soon)
	require.Equal(t, store.Leads, again.Role)
	require.Equal(t, first.Incident.ID, again.Incident.ID)
	require.Equal(t, int64(30), again.Incident.RequestID)
	d.requireNone(alert("b"))
	active, err := d.MarkIncidentOpen(t.Context(), again.Incident.ID, 30)
	require.NoError(t, err)
	require.True(t, active)

	_, _, err = d.ResetAlert(t.Context(), connection, "b", 0)
	require.NoError(t, err)
	require.NoError(t, d.CloseIncident(t.Context(), first.Incident.ID, store.ByReset))
	d.exec(`UPDATE incidents SET closed_at = now() - interval '2 hours'`)
	late := fired("c", "fault")
	late.ReopenWindow = time.Hour
	require.NotEqual(t, first.Incident.ID, d.trigger(late).Incident.ID)
	require.Equal(t, store.Claimed, d.link(alert("c")).State)
}

// A worker that dies between the claim that came with its incident and the reply leaves a doubt, and the next one adopts what it
// made; should the first come back, it changes nothing.
func TestOpenRequestAfterACrash(t *testing.T) {
	t.Parallel()
	d := open(t, lapsing(time.Hour))
	gone, next := requesting("a", 30), requesting("a", 31)
	next.found = gone.made
	triggered := d.trigger(fired("a", "fault"))
	gone.made = requesting("a", 29).made
	gone.during = func(ctx context.Context) { // meanwhile its lease has run out
		request, active, err := d.OpenRequest(ctx, d.trigger(fired("a", "fault")), next.creation())
		require.NoError(t, err)
		require.Equal(t, int64(30), request)
		require.True(t, active)
	}
	var held *store.HeldError
	_, _, err := d.OpenRequest(t.Context(), triggered, gone.creation())
	require.ErrorAs(t, err, &held)
	require.Equal(t, []bool{true}, next.finds)
	require.Zero(t, next.creates)
	require.Equal(t, int64(30), d.link(alert("a")).AcceloID)
	require.Equal(t, int64(30), d.incident(triggered.Incident.ID).RequestID)
}

// Where the claim is lost and the request is still to be found, the incident stays as it is.
func TestOpenRequestWithALostClaim(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	triggered := d.trigger(fired("a", "fault"))
	s := requesting("a", 30)
	s.during = func(context.Context) { d.exec(`UPDATE links SET claim_token = gen_random_uuid()`) }
	var held *store.HeldError
	_, _, err := d.OpenRequest(t.Context(), triggered, s.creation())
	require.ErrorAs(t, err, &held)
	require.Equal(t, store.IncidentOpening, d.incident(triggered.Incident.ID).State)
	require.Zero(t, d.incident(triggered.Incident.ID).RequestID)
}

// A request that is surely not made gives the claim back, so that the next attempt need not wait.
func TestOpenRequestThatFails(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	s := requesting("a", 30)
	s.createErr = failure{store.NotCreated}
	_, _, err := d.OpenRequest(t.Context(), d.trigger(fired("a", "fault")), s.creation())
	require.ErrorIs(t, err, s.createErr)
	d.requireNone(alert("a"))
	s.createErr = nil
	request, _, err := d.OpenRequest(t.Context(), d.trigger(fired("a", "fault")), s.creation())
	require.NoError(t, err)
	require.Equal(t, int64(30), request)
}

// An attempt that was cut off between the link and the incident is completed by the next, without another request.
func TestOpenRequestCompletes(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	triggered := d.trigger(fired("a", "fault"))
	_, _, err := d.OpenRequest(t.Context(), triggered, requesting("a", 30).creation())
	require.NoError(t, err)
	d.exec(`UPDATE incidents SET state = 'opening', request_id = 0`)
	_, _, err = d.ResetAlert(t.Context(), connection, "a", 0)
	require.NoError(t, err)
	next := requesting("a", 31)
	request, active, err := d.OpenRequest(t.Context(), store.TriggerResult{Role: store.Leads, Incident: triggered.Incident}, next.creation())
	require.NoError(t, err)
	require.Equal(t, int64(30), request)
	require.False(t, active, "it was reset meanwhile")
	require.Zero(t, next.creates)
	require.Equal(t, store.IncidentOpen, d.incident(triggered.Incident.ID).State)
}

// A trigger that is cut off leaves no claim that the next attempt has to wait for.
func TestTriggerCutOff(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	cut, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.TriggerAlert(cut, fired("a", "fault"))
	require.ErrorIs(t, err, context.Canceled)
	request, _, err := d.OpenRequest(t.Context(), d.trigger(fired("a", "fault")), requesting("a", 30).creation())
	require.NoError(t, err)
	require.Equal(t, int64(30), request)
}

// What an alert's request needs to know is read at once: nothing of strangers, and nil for what is not there.
func TestPlace(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	place, err := d.AlertLinks(t.Context(), "nowhere", 7, 7)
	require.NoError(t, err)
	require.Equal(t, store.AlertLinks{}, place)

	d.linked(making(organization(7), 70))
	d.linked(making(device(8), 80))
	for _, test := range []struct {
		name                 string
		organization, device int
		wanted               [2]int64
	}{
		{"both", 7, 8, [2]int64{70, 80}},
		{"no device", 7, 7, [2]int64{70, 0}},
		{"no organization", 8, 8, [2]int64{0, 80}},
		{"neither is told", 0, 0, [2]int64{0, 0}},
	} {
		place, err := d.AlertLinks(t.Context(), connection, test.organization, test.device)
		require.NoError(t, err)
		require.Equal(t, int64(1), place.Version)
		var found [2]int64
		for i, link := range []*store.Link{place.Organization, place.Device} {
			if link != nil {
				found[i] = link.AcceloID
			}
		}
		require.Equal(t, test.wanted, found, test.name)
	}
}
