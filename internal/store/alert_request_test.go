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

func alertTrigger(uid, key string) store.AlertTrigger {
	return store.AlertTrigger{Connection: connection, UID: uid, OrganizationID: 4, DeviceID: 7, RecurrenceKey: key}
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

// newRequestCreation returns a fake creation for an alert's request.
func newRequestCreation(uid string, id int64) *fakeCreation {
	s := newCreation(alert(uid), id)
	s.matchKey, s.created.MatchKey, s.created.Baseline = "", "", nil
	return s
}

// A new incident comes with the claim on its request. Opening the request links it, opens the incident, and clears an earlier failure.
func TestOpenRequest(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	require.NoError(t, d.RecordFailure(t.Context(), store.Failure{Connection: connection, Kind: store.Alerts, NinjaID: "a", Error: "e"}))
	require.NoError(t, d.RecordFailure(t.Context(), store.Failure{Connection: connection, Kind: store.Devices, NinjaID: "a", Error: "e"}))
	triggered := d.trigger(alertTrigger("a", "key"))
	require.Equal(t, store.Leads, triggered.Role)
	require.Equal(t, store.IncidentOpening, triggered.Incident.State)
	require.Equal(t, store.Claimed, d.link(alert("a")).State)

	other := newRequestCreation("a", 31)
	var held *store.HeldError
	_, _, err := d.OpenRequest(t.Context(), d.trigger(alertTrigger("a", "key")), other.creation())
	require.ErrorAs(t, err, &held, "another attempt for the same alert has no claim")
	finds, creates := other.counts()
	require.Zero(t, finds+creates)

	own := newRequestCreation("a", 30)
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

func (d *database) mayBeOurs(ctx context.Context, name string, request int64) bool {
	d.t.Helper()
	ours, err := d.MayBeOurRequest(ctx, name, request)
	require.NoError(d.t, err)
	return ours
}

// A request is ours by its id. While the create of any alert's request is under way or in doubt, every request of the connection may be.
func TestMayBeOurRequest(t *testing.T) {
	t.Parallel()
	d := open(t, expiringClaims(time.Hour))
	require.NoError(t, d.SaveCredentials(t.Context(), credentials("other")))
	require.False(t, d.mayBeOurs(t.Context(), connection, 30), "nobody has opened anything")
	d.exec(`INSERT INTO links (connection, kind, ninja_id, state) VALUES ('default', 'device', '8', 'doubt')`)
	require.False(t, d.mayBeOurs(t.Context(), connection, 30), "an asset in doubt is no request")

	triggered := d.trigger(alertTrigger("a", "key"))
	require.True(t, d.mayBeOurs(t.Context(), connection, 30), "claimed, and about to be created")
	lost := newRequestCreation("a", 30)
	lost.createErr = createError{store.Unknown}
	lost.duringCreate = func(ctx context.Context) { require.True(t, d.mayBeOurs(ctx, connection, 30)) }
	_, _, err := d.OpenRequest(t.Context(), triggered, lost.creation())
	require.Error(t, err)
	require.Equal(t, store.Doubt, d.link(alert("a")).State)
	require.True(t, d.mayBeOurs(t.Context(), connection, 30), "the reply was lost")
	require.False(t, d.mayBeOurs(t.Context(), "other", 30))

	found := newRequestCreation("a", 30)
	found.found = found.created
	_, _, err = d.OpenRequest(t.Context(), triggered, found.creation())
	require.NoError(t, err)
	require.True(t, d.mayBeOurs(t.Context(), connection, 30))
	require.False(t, d.mayBeOurs(t.Context(), connection, 31), "nothing is in doubt any more")
	require.NoError(t, d.CloseIncident(t.Context(), triggered.Incident.ID, store.ByReset))
	require.True(t, d.mayBeOurs(t.Context(), connection, 30), "people reopen closed ones")
	d.exec(`UPDATE incidents SET request_id = 0`)
	require.True(t, d.mayBeOurs(t.Context(), connection, 30), "an attempt stopped before it marked the incident")
}

// An alert that joins, was reset, or is already known creates no incident and no claim.
func TestTriggerClaimsOnlyForANewIncident(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	leader := d.trigger(alertTrigger("a", "key"))
	joined := d.trigger(alertTrigger("b", "key"))
	require.Equal(t, store.Joins, joined.Role)
	require.Equal(t, leader.Incident.ID, joined.Incident.ID)
	d.requireNoLink(alert("b"))

	_, _, err := d.ResetAlert(t.Context(), connection, "c", 0, nil)
	require.NoError(t, err)
	require.Equal(t, store.WasReset, d.trigger(alertTrigger("c", "other key")).Role)
	d.requireNoLink(alert("c"))

	again := d.trigger(alertTrigger("a", "key"))
	require.Equal(t, store.Leads, again.Role)
	require.Equal(t, leader.Incident.ID, again.Incident.ID)
	require.Equal(t, 1, value[int](d, `SELECT count(*)::int FROM incidents`))

	require.NotEqual(t, d.trigger(alertTrigger("d", "")).Incident.ID, d.trigger(alertTrigger("e", "")).Incident.ID,
		"alerts without a recurrence key never share a request")
}

// A recurrence within the window reopens the incident without a new claim. A later one gets a new incident.
func TestTriggerReopens(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	first := d.trigger(alertTrigger("a", "key"))
	_, _, err := d.OpenRequest(t.Context(), first, newRequestCreation("a", 30).creation())
	require.NoError(t, err)
	_, _, err = d.ResetAlert(t.Context(), connection, "a", 0, nil)
	require.NoError(t, err)
	require.NoError(t, d.CloseIncident(t.Context(), first.Incident.ID, store.ByReset))

	soon := alertTrigger("b", "key")
	soon.ReopenWindow = time.Hour
	again := d.trigger(soon)
	require.Equal(t, store.Leads, again.Role)
	require.Equal(t, first.Incident.ID, again.Incident.ID)
	require.Equal(t, int64(30), again.Incident.RequestID)
	d.requireNoLink(alert("b"))
	active, err := d.MarkIncidentOpen(t.Context(), again.Incident.ID, 30)
	require.NoError(t, err)
	require.True(t, active)

	_, _, err = d.ResetAlert(t.Context(), connection, "b", 0, nil)
	require.NoError(t, err)
	require.NoError(t, d.CloseIncident(t.Context(), first.Incident.ID, store.ByReset))
	d.exec(`UPDATE incidents SET closed_at = now() - interval '2 hours'`)
	late := alertTrigger("c", "key")
	late.ReopenWindow = time.Hour
	require.NotEqual(t, first.Incident.ID, d.trigger(late).Incident.ID)
	require.Equal(t, store.Claimed, d.link(alert("c")).State)
}

// After a worker crashes while opening a request, the next one searches Accelo and adopts that request. If the first worker returns, it
// changes nothing.
func TestOpenRequestAfterACrash(t *testing.T) {
	t.Parallel()
	d := open(t, expiringClaims(time.Hour))
	crashed, next := newRequestCreation("a", 30), newRequestCreation("a", 31)
	next.found = crashed.created
	triggered := d.trigger(alertTrigger("a", "key"))
	crashed.created = newRequestCreation("a", 29).created
	crashed.duringCreate = func(ctx context.Context) { // its lease has ended by now
		request, active, err := d.OpenRequest(ctx, d.trigger(alertTrigger("a", "key")), next.creation())
		require.NoError(t, err)
		require.Equal(t, int64(30), request)
		require.True(t, active)
	}
	var held *store.HeldError
	_, _, err := d.OpenRequest(t.Context(), triggered, crashed.creation())
	require.ErrorAs(t, err, &held)
	require.Equal(t, []bool{true}, next.finds)
	require.Zero(t, next.creates)
	require.Equal(t, int64(30), d.link(alert("a")).AcceloID)
	require.Equal(t, int64(30), d.incident(triggered.Incident.ID).RequestID)
}

// If the claim is lost, the incident does not change.
func TestOpenRequestWithALostClaim(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	triggered := d.trigger(alertTrigger("a", "key"))
	s := newRequestCreation("a", 30)
	s.duringCreate = func(context.Context) { d.exec(`UPDATE links SET claim_token = gen_random_uuid()`) }
	var held *store.HeldError
	_, _, err := d.OpenRequest(t.Context(), triggered, s.creation())
	require.ErrorAs(t, err, &held)
	require.Equal(t, store.IncidentOpening, d.incident(triggered.Incident.ID).State)
	require.Zero(t, d.incident(triggered.Incident.ID).RequestID)
}

// A request that certainly was not created releases the claim, so the next attempt need not wait.
func TestOpenRequestFails(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	s := newRequestCreation("a", 30)
	s.createErr = createError{store.NotCreated}
	_, _, err := d.OpenRequest(t.Context(), d.trigger(alertTrigger("a", "key")), s.creation())
	require.ErrorIs(t, err, s.createErr)
	d.requireNoLink(alert("a"))
	s.createErr = nil
	request, _, err := d.OpenRequest(t.Context(), d.trigger(alertTrigger("a", "key")), s.creation())
	require.NoError(t, err)
	require.Equal(t, int64(30), request)
}

// If an attempt stops between the link and the incident, the next one completes it without another request.
func TestOpenRequestCompletes(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	triggered := d.trigger(alertTrigger("a", "key"))
	_, _, err := d.OpenRequest(t.Context(), triggered, newRequestCreation("a", 30).creation())
	require.NoError(t, err)
	d.exec(`UPDATE incidents SET state = 'opening', request_id = 0`)
	_, _, err = d.ResetAlert(t.Context(), connection, "a", 0, nil)
	require.NoError(t, err)
	next := newRequestCreation("a", 31)
	request, active, err := d.OpenRequest(t.Context(), store.TriggerResult{Role: store.Leads, Incident: triggered.Incident}, next.creation())
	require.NoError(t, err)
	require.Equal(t, int64(30), request)
	require.False(t, active, "it was reset in the meantime")
	require.Zero(t, next.creates)
	require.Equal(t, store.IncidentOpen, d.incident(triggered.Incident.ID).State)
}

// A cancelled trigger leaves no claim for the next attempt to wait for.
func TestTriggerCancelled(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{Lease: time.Hour, Settle: time.Hour})
	cut, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.TriggerAlert(cut, alertTrigger("a", "key"))
	require.ErrorIs(t, err, context.Canceled)
	request, _, err := d.OpenRequest(t.Context(), d.trigger(alertTrigger("a", "key")), newRequestCreation("a", 30).creation())
	require.NoError(t, err)
	require.Equal(t, int64(30), request)
}

// A missing link is nil, and links of other kinds or connections are not returned.
func TestAlertLinks(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	links, err := d.AlertLinks(t.Context(), "nowhere", 7, 7)
	require.NoError(t, err)
	require.Equal(t, store.AlertLinks{Choice: store.OrganizationChoice{Sync: true}}, links)

	d.ensureLinked(newCreation(organization(7), 70))
	d.ensureLinked(newCreation(device(8), 80))
	for _, test := range []struct {
		name                 string
		organization, device int
		want                 [2]int64
	}{
		{"both", 7, 8, [2]int64{70, 80}},
		{"no device", 7, 7, [2]int64{70, 0}},
		{"no organization", 8, 8, [2]int64{0, 80}},
		{"neither", 0, 0, [2]int64{0, 0}},
	} {
		links, err := d.AlertLinks(t.Context(), connection, test.organization, test.device)
		require.NoError(t, err)
		require.Equal(t, int64(1), links.Version)
		var found [2]int64
		for i, link := range []*store.Link{links.Organization, links.Device} {
			if link != nil {
				found[i] = link.AcceloID
			}
		}
		require.Equal(t, test.want, found, test.name)
	}
}
