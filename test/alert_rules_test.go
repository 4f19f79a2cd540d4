package test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
)

// Alerts below the least severity open nothing and say why; a claimed request is not closed under its claimer; a conversion
// may leave the alert alone; and a fault that comes back soon takes its request up again.
func TestAlertSettings(t *testing.T) {
	t.Parallel()
	w := importedAlerts(t, scenario{
		organizations: 2, devices: 8, ninjaOne: []string{"-alerts", "0"},
		settings: []string{"ALERT_MIN_SEVERITY=MAJOR", "ALERT_REOPEN_WINDOW=1h", "ON_RESET=close-unclaimed", "ON_CONVERT=keep"},
	})
	w.belowSeverity()
	w.claimed()
	w.reopened()
	w.keptOnConversion()
	w.standStill()
}

func (w *alertWorld) belowSeverity() {
	t := w.t
	t.Helper()
	device, _ := w.device(0)
	w.forgetCalls()
	minor := w.trigger(device.ID, map[string]any{"severity": "MINOR"})
	w.quiet()
	require.Empty(t, w.calls())
	require.Contains(t, w.details(alertTriggered(minor)), "severity MINOR is below MAJOR: no request is opened")
	w.reset(minor)
	w.quiet()
	require.Empty(t, w.calls(), "the reset of an alert without a request")
	critical := w.trigger(device.ID, map[string]any{"severity": "CRITICAL", "subject": "critical"})
	w.quiet()
	require.Len(t, w.requests(critical), 1)
}

func (w *alertWorld) claimed() {
	t := w.t
	t.Helper()
	device, _ := w.device(1)
	uid, request := w.opens(device.ID, 1)
	staff := w.accelo.state().Staff[0].ID
	w.accelo.act("claim-request", map[string]any{"id": request.ID, "staff": staff})
	w.reset(uid)
	w.quiet()
	require.NotEqual(t, "closed", w.requestByID(request.ID).Standing, "a claimed request was closed")
	notes := w.notes("request", request.ID)
	require.Len(t, notes, 1)
	require.Contains(t, notes[0].Body, uid)
	// The claimer closes it: there is nothing left to reset.
	w.forgetCalls()
	w.accelo.act("close-request", map[string]any{"id": request.ID})
	w.quiet()
	require.Zero(t, w.ninjaOne.counters().Total)
}

func (w *alertWorld) reopened() {
	t := w.t
	t.Helper()
	device, _ := w.device(2)
	first, request := w.opens(device.ID, 2)
	w.reset(first)
	w.quiet()
	require.Equal(t, "closed", w.requestByID(request.ID).Standing)
	w.forgetCalls()
	again := w.trigger(device.ID, condition(2))
	w.quiet()
	require.Empty(t, w.requests(again))
	require.Equal(t, "open", w.requestByID(request.ID).Standing)
	require.Equal(t, flow.Reopened, w.result(alertTriggered(again)).Outcome)
	require.Equal(t, []string{"PUT /requests/{id}", "GET /v2/device/{id}"}, w.calls(), "opened again, the asset is still linked")
	w.reset(again)
	w.quiet()
	require.Equal(t, "closed", w.requestByID(request.ID).Standing)

	// One that a technician has closed is taken up again as well; its alert is reset by then.
	third := w.trigger(device.ID, condition(2))
	w.quiet()
	w.accelo.act("close-request", map[string]any{"id": request.ID})
	w.quiet()
	require.False(t, w.active(third))
	fourth := w.trigger(device.ID, condition(2))
	w.quiet()
	require.Equal(t, flow.Reopened, w.result(alertTriggered(fourth)).Outcome)
	require.Equal(t, "open", w.requestByID(request.ID).Standing)
}

func (w *alertWorld) keptOnConversion() {
	t := w.t
	t.Helper()
	device, _ := w.device(3)
	uid, request := w.opens(device.ID, 3)
	ticket := w.accelo.id("convert-request", map[string]any{"id": request.ID, "target": "issue"})
	w.quiet()
	require.True(t, w.active(uid), "ON_CONVERT=keep")
	require.Equal(t, []int64{w.assetOf(device)}, w.linked("issue", ticket))
	w.reset(uid)
	w.quiet()
	require.Equal(t, "converted", w.requestByID(request.ID).Standing)
	notes := w.notes("issue", ticket)
	require.Len(t, notes, 1, "the ticket learns that the alert is over")
	require.Contains(t, notes[0].Body, uid)
}

// During the hold-down nothing is opened, and nothing at all for an alert that is over by then. ON_RESET=note never closes.
func TestAlertHoldDown(t *testing.T) {
	t.Parallel()
	const holdDown = 3 * time.Second
	w := importedAlerts(t, scenario{
		organizations: 2, devices: 8, ninjaOne: []string{"-alerts", "0"},
		settings: []string{"ALERT_HOLD_DOWN=" + holdDown.String(), "ON_RESET=note"},
	})
	device, _ := w.device(0)
	w.forgetCalls()
	passing, lasting := w.trigger(device.ID, condition(1)), w.trigger(device.ID, condition(2))
	w.ninjaOne.act("deliveries/drain", nil)
	require.Contains(t, w.details(alertTriggered(passing)), "3s")
	w.reset(passing)
	w.result(alertReset(passing))
	require.Empty(t, w.calls())
	w.quiet()
	require.Empty(t, w.requests(passing))
	require.Contains(t, w.details(alertTriggered(passing)), "no request")
	request := w.request(lasting)
	require.Less(t, time.Since(time.Unix(request.DateCreated, 0)), patience)
	w.reset(lasting)
	w.quiet()
	require.Equal(t, "pending", w.requestByID(request.ID).Standing)
	require.Len(t, w.notes("request", request.ID), 1)
	w.accelo.act("close-request", map[string]any{"id": request.ID})
	w.standStill()
}

// Events commute: whatever the order and the number of deliveries, there is one request or none, and it ends closed.
func TestAlertEventsCommute(t *testing.T) {
	t.Parallel()
	w := importedAlerts(t, scenario{organizations: 2, devices: 10, ninjaOne: []string{"-alerts", "0"}})
	device, _ := w.device(0)

	// Twenty copies of a delivery at once, and once more when all is over.
	w.gate.close()
	uid := w.trigger(device.ID, condition(1))
	w.ninjaOne.act("deliveries/drain", nil)
	sent := w.gate.find(t, uid, "TRIGGERED")
	copies := make([]delivery, 20)
	for i := range copies {
		copies[i] = sent
	}
	w.deliverAll(copies...)
	w.ended(alertTriggered(uid))
	request := w.request(uid)
	w.deliverAll(sent)
	w.ended(alertTriggered(uid))
	require.Len(t, w.requests(uid), 1)
	require.Len(t, w.linked("request", request.ID), 1)

	// The reset first, and the trigger long after it.
	early := w.trigger(device.ID, condition(2))
	w.reset(early)
	w.ninjaOne.act("deliveries/drain", nil)
	w.deliverAll(w.gate.find(t, early, "RESET"))
	w.ended(alertReset(early))
	w.deliverAll(w.gate.find(t, early, "TRIGGERED"))
	w.ended(alertTriggered(early))
	require.Empty(t, w.requests(early))
	require.Contains(t, w.details(alertReset(early)), "none is opened")

	w.sameInstant()
	w.flapping()
	w.gate.open()
	w.standStill()
}

// pairs is how many alerts fire and clear in the same instant here; the state machine's own test goes through many more.
const pairs = 50

// sameInstant: trigger and reset of an alert at once, either one first.
func (w *alertWorld) sameInstant() {
	t := w.t
	t.Helper()
	device, _ := w.device(1)
	uids := make([]string, pairs)
	for i := range uids {
		uids[i] = w.trigger(device.ID, condition(100+i))
		w.reset(uids[i])
	}
	w.ninjaOne.act("deliveries/drain", nil)
	for i, uid := range uids {
		pair := []delivery{w.gate.find(t, uid, "TRIGGERED"), w.gate.find(t, uid, "RESET")}
		if i%2 == 1 {
			pair[0], pair[1] = pair[1], pair[0]
		}
		w.deliverAll(pair...)
	}
	opened := 0
	for _, uid := range uids {
		w.ended(alertTriggered(uid), alertReset(uid))
	}
	state := w.accelo.state()
	for _, uid := range uids {
		requests := markedRequests(state, uid)
		require.LessOrEqual(t, len(requests), 1)
		for _, request := range requests {
			opened++
			require.Equal(t, "closed", request.Standing, "the request of an alert that is over: %s, %s",
				w.details(alertTriggered(uid)), w.details(alertReset(uid)))
		}
	}
	t.Logf("%d of %d alerts that fired and cleared at once had a request", opened, pairs)
}

// flapping: a fault that clears and comes back in the same instant is never left without an open request.
func (w *alertWorld) flapping() {
	t := w.t
	t.Helper()
	device, _ := w.device(2)
	for i := range pairs / 5 {
		w.gate.open()
		first, _ := w.opens(device.ID, 200+i)
		w.gate.close()
		w.reset(first)
		second := w.trigger(device.ID, condition(200+i))
		w.ninjaOne.act("deliveries/drain", nil)
		w.deliverAll(w.gate.find(t, first, "RESET"), w.gate.find(t, second, "TRIGGERED"))
		w.ended(alertReset(first), alertTriggered(second))
		joined := w.result(alertTriggered(second))
		require.Contains(t, []string{"pending", "open"}, w.requestByID(joined.RequestID).Standing,
			"%s an alert whose request is closed: %s", joined.Outcome, w.details(alertReset(first)))
	}
}

// Several changes of a request's status in a row never lose the last one, not even behind the echo of our own close.
func TestRequestChangesInARow(t *testing.T) {
	t.Parallel()
	w := importedAlerts(t, scenario{organizations: 2, devices: 10, ninjaOne: []string{"-alerts", "0"}})
	device, _ := w.device(0)
	for i, last := range []string{"close-request", "convert-request"} {
		uid, request := w.opens(device.ID, i)
		for range 3 {
			w.accelo.act("reopen-request", map[string]any{"id": request.ID})
			w.accelo.act("close-request", map[string]any{"id": request.ID})
		}
		w.accelo.act("reopen-request", map[string]any{"id": request.ID})
		w.accelo.act(last, map[string]any{"id": request.ID, "target": "issue"})
		w.quiet()
		require.False(t, w.active(uid))
		standing := w.requestByID(request.ID)
		if last == "convert-request" {
			require.Equal(t, []int64{w.assetOf(device)}, w.linked("issue", standing.ConversionID))
		}
	}

	// Our own close and a conversion, told of at once.
	uid, request := w.opens(device.ID, 10)
	w.gate.close()
	w.reset(uid)
	w.ninjaOne.act("deliveries/drain", nil)
	w.deliverAll(w.gate.find(t, uid, "RESET"))
	w.ended(alertReset(uid))
	w.accelo.act("reopen-request", map[string]any{"id": request.ID})
	ticket := w.accelo.id("convert-request", map[string]any{"id": request.ID, "target": "issue"})
	w.accelo.act("deliveries/drain", nil)
	var changes []delivery
	for _, sent := range w.gate.since(0) {
		if sent.event().ID.String() == itoa(request.ID) && sent.header.Get("X-Accelo-Event") != "" && sent.status != acceptedStatus {
			changes = append(changes, sent)
		}
	}
	require.Len(t, changes, 3)
	w.deliverAll(changes...)
	w.ended(requestClosed(itoa(request.ID)))
	require.Equal(t, []int64{w.assetOf(device)}, w.linked("issue", ticket))
	w.gate.open()
	w.standStill()
}

// Accelo may show a request as it was for a moment after it has told of its change (contract accelo 10.4).
func TestAlertStaleReads(t *testing.T) {
	t.Parallel()
	w := importedAlerts(t, scenario{organizations: 2, devices: 10, ninjaOne: []string{"-alerts", "0"}})
	device, _ := w.device(0)
	uid, request := w.opens(device.ID, 1)
	w.accelo.act("set-switches", map[string]any{"stale_read_millis": 1000})
	w.accelo.act("close-request", map[string]any{"id": request.ID})
	w.quiet()
	require.False(t, w.active(uid))
	w.standStill()
}
