package accelo_test

import (
	"crypto/hmac"
	"crypto/sha1" // the most likely algorithm
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
)

// A delivery only has id and resource_url. It uses the subscription's content type, and its headers have the event's name
// and the signature of the raw body (accelo.md 10.4 and 10.5).
func TestDelivery(t *testing.T) {
	t.Parallel()
	d, affiliation := startWithContact(t, accelo.Options{})
	asJSON, asForm := subscribe(t), subscribe(t)
	d.subscription("trigger_url", asJSON.url, "event_id", "create_request", "content_type", "application/json", "secret", "s3cret")
	d.subscription("trigger_url", asForm.url, "event_id", "create_request")
	d.post("/requests", form("title", "T", "body", "B", "type_id", "1", "affiliation_id", affiliation)).ok()

	got := asJSON.next(t)
	require.JSONEq(t, `{"id":"31","resource_url":"https://planet-express.api.accelo.com/api/v0/requests/31"}`, got.body)
	require.Equal(t, "application/json", got.header.Get("Content-Type"))
	require.Equal(t, "create_request", got.header.Get("X-Accelo-Event"))
	mac := hmac.New(sha1.New, []byte("s3cret"))
	_, _ = mac.Write([]byte(got.body))
	require.Equal(t, hex.EncodeToString(mac.Sum(nil)), got.header.Get("X-Hub-Signature"))

	got = asForm.next(t)
	require.Equal(t, "id=31&resource_url=https%3A%2F%2Fplanet-express.api.accelo.com%2Fapi%2Fv0%2Frequests%2F31", got.body)
	require.Empty(t, got.header.Get("X-Hub-Signature"), "no secret, no signature")

	require.NoError(t, d.sim.SetSwitches(accelo.Switches{SignatureSHA256: true, SignaturePrefix: true, NumericWebhookID: true}))
	d.post("/requests", form("title", "T", "body", "B", "type_id", "1", "affiliation_id", affiliation)).ok()
	got = asJSON.next(t)
	require.JSONEq(t, `{"id":32,"resource_url":"https://planet-express.api.accelo.com/api/v0/requests/32"}`, got.body)
	mac = hmac.New(sha256.New, []byte("s3cret"))
	_, _ = mac.Write([]byte(got.body))
	require.Equal(t, "sha256="+hex.EncodeToString(mac.Sum(nil)), got.header.Get("X-Hub-Signature"))
}

// Changes through the API and in the UI fire the documented events (accelo.md 10.3).
func TestEvents(t *testing.T) {
	t.Parallel()
	d, affiliation := startWithContact(t, accelo.Options{})
	s := subscribe(t)
	for _, event := range []string{
		"create_request", "update_request_status", "create_company", "update_company", "create_contact", "update_contact", "create_issue",
		"create_sale", "delete_activity",
	} {
		d.subscription("trigger_url", s.url, "event_id", event)
	}
	note := func() string {
		return d.post("/activities", form("subject", "S", "against_type", "company", "against_id", "1001")).id()
	}
	d.post("/requests", form("title", "T", "body", "B", "type_id", "1", "affiliation_id", affiliation)).ok()
	require.Equal(t, "create_request", s.next(t).header.Get("X-Accelo-Event"))
	own := note()
	for _, test := range []struct {
		name  string
		act   func()
		event []string
	}{
		{"close", func() { d.put("/requests/31", form("standing", "closed")).ok() }, []string{"update_request_status"}},
		{"close again", func() { d.put("/requests/31", form("standing", "closed")).ok() }, nil},
		{"edit a request", func() { d.put("/requests/31", form("title", "new", "claimer_id", "15")).ok() }, nil},
		{"reopen in the UI", func() { require.NoError(t, d.sim.ReopenRequest(31)) }, []string{"update_request_status"}},
		{"close in the UI", func() { require.NoError(t, d.sim.CloseRequest(31)) }, []string{"update_request_status"}},
		{"convert to a ticket", func() {
			_, err := d.sim.ConvertRequest(31, "issue")
			require.NoError(t, err)
		}, []string{"create_issue", "update_request_status"}},
		{"create a company", func() { d.post("/companies", form("name", "B")).ok() }, []string{"create_company"}},
		{"rename a company", func() { require.NoError(t, d.sim.RenameCompany(1001, "C")) }, []string{"update_company"}},
		{"create a contact", func() {
			d.post("/contacts", form("firstname", "x", "surname", "y", "company_id", "1001")).ok()
		}, []string{"create_contact"}},
		{"edit a contact", func() {
			name := "z"
			require.NoError(t, d.sim.EditContact(20001, accelo.ContactEdit{Firstname: &name}))
		}, []string{"update_contact"}},
		{"post a note", func() { note() }, nil},
		{"delete a note", func() { d.del("/activities/" + own).ok() }, []string{"delete_activity"}},
		{"a rejected call", func() { d.put("/requests/31", form("standing", "nonsense")).invalid("") }, nil},
	} {
		test.act()
		d.drain()
		var events []string
		for len(s.received) > 0 {
			events = append(events, s.next(t).header.Get("X-Accelo-Event"))
		}
		require.ElementsMatch(t, test.event, events, test.name)
	}
}

// A 410 deletes the subscription at once. Other errors don't, and are not retried (accelo.md 10.4 and 14).
func TestGoneUnsubscribes(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	s := subscribe(t)
	d.subscription("trigger_url", s.url, "event_id", "create_company")
	s.status.Store(http.StatusInternalServerError)
	addCompanies(t, d, "A")
	d.drain()
	require.Len(t, s.received, 1)
	require.Len(t, d.sim.Snapshot().Subscriptions, 1)
	s.status.Store(http.StatusGone)
	addCompanies(t, d, "B")
	d.drain()
	require.Empty(t, d.sim.Snapshot().Subscriptions)
}

// Too many consecutive timeouts delete a subscription. A successful delivery resets the count.
func TestTimeoutsUnsubscribe(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{DeliveryTimeout: 500 * time.Millisecond, Switches: accelo.Switches{DeliveryTimeouts: 2}})
	s := subscribe(t)
	d.subscription("trigger_url", s.url, "event_id", "create_company")
	left := func(name string, status int32) int {
		s.status.Store(status)
		addCompanies(t, d, name)
		d.drain()
		return len(d.sim.Snapshot().Subscriptions)
	}
	require.Equal(t, 1, left("A", 0))
	require.Equal(t, 1, left("B", http.StatusOK))
	require.Equal(t, 1, left("C", 0))
	require.Equal(t, 0, left("D", 0))
}

// Faults drop and duplicate deliveries.
func TestDeliveryFaults(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	s := subscribe(t)
	d.subscription("trigger_url", s.url, "event_id", "create_company")
	require.NoError(t, d.sim.Lab().Faults.Set(lab.Fault{Kind: lab.FaultWebhookDuplicate}))
	addCompanies(t, d, "A")
	d.drain()
	require.Len(t, s.received, 2)
	require.NoError(t, d.sim.Lab().Faults.Set(lab.Fault{Kind: lab.FaultWebhookDrop, Path: "create_company"}))
	addCompanies(t, d, "B")
	d.drain()
	require.Len(t, s.received, 2)
	require.NoError(t, d.sim.DeleteSubscription(d.sim.Snapshot().Subscriptions[0].ID))
	require.ErrorIs(t, d.sim.DeleteSubscription("x"), lab.ErrNotFound)
}

// With stale reads, readers see the old state until the lag has passed, while writers see the current one (accelo.md 14).
func TestStaleReads(t *testing.T) {
	t.Parallel()
	c := newClock()
	d, affiliation := startWithContact(t, accelo.Options{Now: c.Now})
	require.NoError(t, d.sim.SetSwitches(accelo.Switches{StaleReadMillis: 2000}))
	standing := func() any { return d.get("/requests/31?_fields=standing").object()["standing"] }
	d.post("/requests", form("title", "T", "body", "B", "type_id", "1", "affiliation_id", affiliation)).ok()
	d.get("/requests/31").invalid("")
	require.Empty(t, d.get("/requests").list())
	d.put("/requests/31", form("standing", "open")).ok()
	d.get("/requests/31").invalid("")
	c.advance(2 * time.Second)
	require.Equal(t, "open", standing())
	require.NoError(t, d.sim.CloseRequest(31))
	require.Equal(t, "open", standing())
	require.Equal(t, []string{"31"}, d.get("/requests"+query("_filters", "standing(open)")).values("id"))
	c.advance(time.Second)
	require.Equal(t, "open", standing())
	c.advance(time.Second)
	require.Equal(t, "closed", standing())
	require.Empty(t, d.get("/requests"+query("_filters", "standing(open)")).list())

	d.post("/companies", form("name", "New")).ok()
	require.Empty(t, d.get("/companies?_search=New").list())
	c.advance(2 * time.Second)
	require.Len(t, d.get("/companies?_search=New").list(), 1)
}
