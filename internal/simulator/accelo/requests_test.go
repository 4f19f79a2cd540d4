package accelo_test

import (
	"fmt"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// startWithContact starts a deployment with the company Acme and its contact Ann Lee (ann@acme.example).
func startWithContact(t *testing.T, options accelo.Options) (d *deployment, affiliation string) {
	t.Helper()
	d = start(t, options)
	company, err := d.sim.AddCompany("Acme", "")
	require.NoError(t, err)
	_, added, err := d.sim.AddContact(company.ID, "Ann", "Lee", "ann@acme.example")
	require.NoError(t, err)
	return d, strconv.FormatInt(added.ID, 10)
}

// typeID returns the ID of a request type.
func (d *deployment) typeID(title string) string {
	d.t.Helper()
	types, _ := d.get("/requests/types").object()["request_types"].([]any)
	for _, each := range types {
		if kind, _ := each.(map[string]any); kind["title"] == title {
			return fmt.Sprint(kind["id"])
		}
	}
	require.Fail(d.t, "no such request type", title)
	return ""
}

// The list of request types is wrapped, has `status` instead of standing and rejects fields and paging (accelo.md 7.4 and
// 13).
func TestRequestTypes(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{RequestTypes: []string{"Support", "Alerts"}})
	types, ok := d.get("/requests/types").object()["request_types"].([]any)
	require.True(t, ok)
	require.Len(t, types, 3)
	require.Equal(t, map[string]any{"id": "1", "title": "Support", "status": "active", "unresolved_count": "0", "subscribed": float64(0)}, types[0])
	active, _ := d.get("/requests/types?show_active_only=1").object()["request_types"].([]any)
	require.Len(t, active, 2)
	for _, bad := range []string{"_fields=title", "_limit=10", "_page=0", "_search=x", "_filters=id(1)"} {
		d.get("/requests/types?" + bad).invalid("not supported")
	}
	d.post("/requests/types", form("title", "x")).unrecognized()
	_, err := d.sim.AddRequestType("More")
	require.NoError(t, err)
	require.Equal(t, "4", d.typeID("More"))
}

// A new request is pending and unclaimed, has no source or conversion, and starts a thread (accelo.md 7.5).
func TestCreateRequest(t *testing.T) {
	t.Parallel()
	c := newClock()
	d, affiliation := startWithContact(t, accelo.Options{Now: c.Now})
	kind := d.typeID("NinjaOne Alerts")
	created := d.post("/requests?_fields=_ALL", form("title", "Disk full", "body", "C: is full", "type_id", kind,
		"affiliation_id", affiliation, "priority_id", "4", "standing", "closed", "claimer_id", "15")).object()
	now := strconv.FormatInt(c.Now().Unix(), 10)
	thread := created["thread_id"]
	require.Equal(t, map[string]any{
		"id": "31", "title": "Disk full", "body": "C: is full", "standing": "pending", "source": nil, "lead_id": "0",
		"thread_id": thread, "type_id": kind, "type": kind, "priority_id": "4", "request_priority": "4", "claimer_id": "0", "claimer": "0",
		"affiliation_id": affiliation, "affiliation": affiliation, "date_created": now, "date_modified": now,
		"conversion_type": nil, "conversion_id": nil,
	}, created)
	require.Len(t, d.violations(), 2, "standing and claimer_id are ignored")

	notes := d.get("/activities" + query("_filters", "against(request(31))", "_fields", "body,visibility,details,against")).list()
	require.Len(t, notes, 1)
	require.Equal(t, thread, notes[0]["id"])
	require.Equal(t, "C: is full", notes[0]["body"])
	require.Equal(t, "all", notes[0]["visibility"])
	require.Equal(t, "request/31", notes[0]["against"])
	require.Contains(t, notes[0]["details"], "ann@acme.example")

	expanded := d.get("/requests/31?_fields=" + url.QueryEscape("conversion_id,standing,type(),claimer,affiliation(contact(),company()),request_priority(color,factor)")).object()
	require.Equal(t, map[string]any{"id": "4", "title": "High", "color": "orange", "factor": "4"}, expanded["request_priority"])
	require.Equal(t, map[string]any{"id": kind, "title": "NinjaOne Alerts"}, expanded["type"])
	from, _ := expanded["affiliation"].(map[string]any)
	company, _ := from["company"].(map[string]any)
	require.Equal(t, "Acme", company["name"])
}

// A POST with missing parameters or unknown objects is rejected and creates nothing.
func TestCreateInvalidRequest(t *testing.T) {
	t.Parallel()
	d, affiliation := startWithContact(t, accelo.Options{})
	valid := map[string]string{"title": "T", "body": "B", "type_id": "1", "affiliation_id": affiliation}
	for _, test := range []struct{ name, key, value, about string }{
		{"no title", "title", "", "title"},
		{"blank title", "title", "  ", "title"},
		{"no body", "body", "", "body"},
		{"no type", "type_id", "", "type_id"},
		{"unknown type", "type_id", "99", "type_id"},
		{"unknown affiliation", "affiliation_id", "99", "affiliation_id"},
		{"no sender", "affiliation_id", "", "affiliation"},
		{"unknown priority", "priority_id", "9", "priority_id"},
		{"other source", "source", "phone", "source"},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := form()
			for key, value := range valid {
				body.Set(key, value)
			}
			body.Set(test.key, test.value)
			if test.value == "" {
				body.Del(test.key)
			}
			d.post("/requests", body).invalid(test.about)
		})
	}
	require.Empty(t, d.get("/requests").list())
	d.post("/requests", form("title", "T", "body", " ", "type_id", "1", "affiliation_id", affiliation)).ok()
}

// The sender resolves to an affiliation that matches exactly; otherwise one is silently created (accelo.md 7.5).
func TestRequestSenderResolution(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name            string
		body            any
		matches         bool
		company, person string
	}{
		{"names match", form("affiliation_contact_firstname", "Ann", "affiliation_contact_surname", "Lee"), true, "Acme", "Ann Lee"},
		{"e-mail matches", form("affiliation_email", "ann@acme.example"), true, "Acme", "Ann Lee"},
		{"first name and company match", form("affiliation_contact_firstname", "Ann", "affiliation_company_name", "Acme"), true, "Acme", "Ann Lee"},
		{"JSON", map[string]any{"affiliation": map[string]any{"email": "ann@acme.example", "contact": map[string]any{"firstname": "Ann"}}}, true, "Acme", "Ann Lee"},
		{"contact id", form("affiliation_contact_id", "20001"), true, "Acme", "Ann Lee"},
		{"new names", form("affiliation_contact_firstname", "Bob", "affiliation_contact_surname", "Ray"), false, "Bob Ray", "Bob Ray"},
		{"new person in a known company", form("affiliation_contact_firstname", "Bob", "affiliation_company_name", "Acme"), false, "Acme", "Bob "},
		{"new company", form("affiliation_contact_firstname", "Bob", "affiliation_company_name", "ACME"), false, "ACME", "Bob "},
		{"new e-mail", form("affiliation_email", "bob@ray.example"), false, "bob@ray.example", "bob "},
		{
			"all must match", form("affiliation_email", "ann@acme.example", "affiliation_contact_firstname", "Bob", "affiliation_contact_surname", "Ray"),
			false, "Bob Ray", "Bob Ray",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, known := startWithContact(t, accelo.Options{})
			r := d.post("/requests"+query("title", "T", "body", "B", "type_id", "1", "_fields", "affiliation(company(),contact())"), test.body)
			from, _ := r.object()["affiliation"].(map[string]any)
			require.Equal(t, test.matches, from["id"] == known)
			company, _ := from["company"].(map[string]any)
			person, _ := from["contact"].(map[string]any)
			require.Equal(t, test.company, company["name"])
			require.Equal(t, test.person, fmt.Sprintf("%v %v", person["firstname"], person["surname"]))
			require.Equal(t, !test.matches, len(d.violations()) > 0, "silently created companies and contacts are recorded")
		})
	}
	d := start(t, accelo.Options{})
	d.post("/requests", form("title", "T", "body", "B", "type_id", "1", "affiliation_contact_firstname", "Bob")).invalid("affiliation")
	d.post("/requests", form("title", "T", "body", "B", "type_id", "1", "affiliation_company_id", "9", "affiliation_email", "x")).invalid("affiliation_company_id")
}

// Any standing can follow any other, every change updates date_modified, and claimer 0 releases a claim (accelo.md 7.6).
func TestUpdateRequest(t *testing.T) {
	t.Parallel()
	c := newClock()
	d, affiliation := startWithContact(t, accelo.Options{Now: c.Now})
	d.post("/requests", form("title", "T", "body", "B", "type_id", "1", "affiliation_id", affiliation)).ok()
	for _, standing := range []string{"closed", "open", "pending", "open", "closed", "converted", "open"} {
		c.advance(time.Second)
		r := d.put("/requests/31?_fields=standing,date_modified,conversion_id", map[string]any{"standing": standing}).object()
		require.Equal(t, standing, r["standing"])
		require.Equal(t, strconv.FormatInt(c.Now().Unix(), 10), r["date_modified"])
		require.Nil(t, r["conversion_id"], "standing=converted creates nothing")
	}
	require.Len(t, d.violations(), 1)
	for key, value := range map[string]string{
		"standing": "resolved", "title": " ", "type_id": "99", "affiliation_id": "99", "priority_id": "99", "claimer_id": "99", "source": "x",
	} {
		d.put("/requests/31", form(key, value)).refused(400, "invalid_request")
	}
	inactive := d.get("/staff" + query("_filters", "standing(inactive)")).values("id")[0]
	d.put("/requests/31", form("claimer_id", inactive)).invalid("claimer_id")
	claimed := d.put("/requests/31?_fields=claimer(),standing", form("claimer_id", "15", "title", "New title", "priority_id", "5")).object()
	require.Equal(t, map[string]any{"id": "15", "firstname": "Turanga", "surname": "Leela"}, claimed["claimer"])
	require.Equal(t, "open", claimed["standing"])
	require.Equal(t, "0", d.put("/requests/31?_fields=claimer_id", form("claimer_id", "0")).object()["claimer_id"])
	d.put("/requests/99", form("title", "x")).invalid("")
}

// Requests lack many calls that other objects have (accelo.md 7.2).
func TestUnsupportedRequestCalls(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Companies: 10})
	d.del("/requests/31").unrecognized()
	for _, path := range []string{
		"/requests/31/progressions", "/requests/31/convert", "/requests/priorities", "/requests/31/links", "/requests/31/activities",
		"/requests/profiles/fields", "/requests/extensions/fields", "/requests/31/extensions/values", "/requests/statuses", "/requests/recent",
	} {
		d.get(path).unrecognized()
		d.post(path, form("x", "y")).unrecognized()
	}
	d.get("/requests/31").ok()
}

// Requests can be filtered as polling needs it.
func TestRequestFilters(t *testing.T) {
	t.Parallel()
	c := newClock()
	d, affiliation := startWithContact(t, accelo.Options{Now: c.Now})
	for i := range 4 {
		d.post("/requests", form("title", fmt.Sprintf("Alert %d", i), "body", "marker", "type_id", strconv.Itoa(1+i%2), "affiliation_id", affiliation)).ok()
		c.advance(time.Second)
	}
	since := c.Now().Unix() - 1
	d.put("/requests/32", form("standing", "closed")).ok()
	list := func(filter string) []string {
		return d.get("/requests" + query("_filters", filter)).values("id")
	}
	require.Equal(t, []string{"31", "33", "34"}, list("standing(pending,open)"))
	require.Equal(t, []string{"32"}, list(fmt.Sprintf("date_modified_after(%d),order_by_asc(date_modified)", since)))
	require.Equal(t, []string{"31", "33"}, list("type(1)"))
	require.Len(t, list("affiliation("+affiliation+"),claimer_id(0)"), 4)
	require.Equal(t, []string{"32"}, d.get("/requests?_search=alert+1").values("id"))
	require.Empty(t, d.get("/requests?_search=marker").list(), "the body is not searched")
	require.Equal(t, "4", d.get("/requests/count").object()["count"])
	threads := d.get("/requests/threads" + query("_filters", "standing(closed)")).object()
	rows, _ := threads["requests"].([]any)
	require.Len(t, rows, 1)
	row, _ := rows[0].(map[string]any)
	require.InDelta(t, 32, row["id"], 0, "ids are numbers in threads")
}
