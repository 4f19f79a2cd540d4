package accelo_test

import (
	"crypto/hmac"
	"crypto/sha1" // what Accelo's header most likely holds
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
)

// A delivery holds id and resource_url only, in the chosen content type, with the event's name and the signature of the raw
// body (accelo.md 10.4 and 10.5).
func TestDelivery(t *testing.T) {
	t.Parallel()
	d, affiliation := withSender(t, accelo.Options{})
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

// Which change raises which event, made by the API or by a person (accelo.md 10.3).
func TestEvents(t *testing.T) {
	t.Parallel()
	d, affiliation := withSender(t, accelo.Options{})
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
		{"reopen by hand", func() { require.NoError(t, d.sim.ReopenRequest(31)) }, []string{"update_request_status"}},
		{"close by hand", func() { require.NoError(t, d.sim.CloseRequest(31)) }, []string{"update_request_status"}},
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
		{"a refused call", func() { d.put("/requests/31", form("standing", "nonsense")).invalid("") }, nil},
	} {
		test.act()
		d.drained()
		var events []string
		for len(s.got) > 0 {
			events = append(events, s.next(t).header.Get("X-Accelo-Event"))
		}
		require.ElementsMatch(t, test.event, events, test.name)
	}
}

// 410 unsubscribes at once; other errors neither unsubscribe nor are tried again (accelo.md 10.4 and 14).
func TestGoneUnsubscribes(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	s := subscribe(t)
	d.subscription("trigger_url", s.url, "event_id", "create_company")
	s.status.Store(http.StatusInternalServerError)
	seeded(t, d, "A")
	d.drained()
	require.Len(t, s.got, 1)
	require.Len(t, d.sim.Snapshot().Subscriptions, 1)
	s.status.Store(http.StatusGone)
	seeded(t, d, "B")
	d.drained()
	require.Empty(t, d.sim.Snapshot().Subscriptions)
}

// Too many time-outs in a row delete a subscription; a good answer in between starts the count anew.
func TestTimeoutsUnsubscribe(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{DeliveryTimeout: 20 * time.Millisecond, Switches: accelo.Switches{DeliveryTimeouts: 2}})
	s := subscribe(t)
	d.subscription("trigger_url", s.url, "event_id", "create_company")
	left := func(name string, status int32) int {
		s.status.Store(status)
		seeded(t, d, name)
		d.drained()
		return len(d.sim.Snapshot().Subscriptions)
	}
	require.Equal(t, 1, left("A", 0))
	require.Equal(t, 1, left("B", http.StatusOK))
	require.Equal(t, 1, left("C", 0))
	require.Equal(t, 0, left("D", 0))
}

// Deliveries can be dropped and doubled.
func TestDeliveryFaults(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	s := subscribe(t)
	d.subscription("trigger_url", s.url, "event_id", "create_company")
	require.NoError(t, d.sim.Lab().Faults.Set(lab.Fault{Kind: lab.FaultWebhookDuplicate}))
	seeded(t, d, "A")
	d.drained()
	require.Len(t, s.got, 2)
	require.NoError(t, d.sim.Lab().Faults.Set(lab.Fault{Kind: lab.FaultWebhookDrop, Path: "create_company"}))
	seeded(t, d, "B")
	d.drained()
	require.Len(t, s.got, 2)
	require.NoError(t, d.sim.DeleteSubscription(d.sim.Snapshot().Subscriptions[0].ID))
	require.ErrorIs(t, d.sim.DeleteSubscription("x"), lab.ErrNotFound)
}

// With stale reads, readers see the state before a change until the lag has passed; writers see the present (accelo.md 14).
func TestStaleReads(t *testing.T) {
	t.Parallel()
	c := newClock()
	d, affiliation := withSender(t, accelo.Options{Now: c.Now})
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
