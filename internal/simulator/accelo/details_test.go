package accelo_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// Each type of custom field takes its own key and refuses what it cannot hold (contract 8.5 and 14).
func TestCustomFieldTypes(t *testing.T) {
	t.Parallel()
	tests := []struct{ kind, key, good, bad string }{
		{"text", "value", "any <b>text</b>", ""},
		{"textbox", "value", "two\r\nlines", ""},
		{"hyperlink", "value", "https://x.example/#/a?b=c", ""},
		{"int", "value_int", "42", "4.2"},
		{"float", "value", "4.2", "four"},
		{"currency", "value", "9.90", "$9.90"},
		{"date", "value_date", "1700000000", "2023-11-14"},
		{"date_time", "value_date", "1700000000", "now"},
		{"certify", "value_date", "1700000000", "yes"},
		{"fixed_select", "value", "one", "three"},
		{"flexible_select", "value", "something else", ""},
		{"multi_select", "value", "one, two", "one,two"},
		{"lookup", "value_id", "14", "Leela"},
		{"contributor", "value_id", "14", "Leela"},
	}
	d, _ := withSender(t, accelo.Options{})
	_, err := d.sim.AddAssetType("Device")
	require.NoError(t, err)
	asset, err := d.sim.AddAsset("Device", 1001, "PC", nil)
	require.NoError(t, err)
	for _, test := range tests {
		t.Run(test.kind, func(t *testing.T) {
			t.Parallel()
			field, err := d.sim.AddAssetField("Device", test.kind, test.kind, "one", "two")
			require.NoError(t, err)
			path := fmt.Sprintf("/assets/%d/extensions/fields/%d", asset.ID, field.ID)
			value := d.post(path, form(test.key, test.good)).object()
			require.Equal(t, test.good, value["value"])
			if test.kind == "multi_select" {
				require.Equal(t, []any{"one", "two"}, value["values"])
			} else {
				require.NotContains(t, value, "values")
			}
			if test.bad != "" {
				d.post(path, form(test.key, test.bad)).invalid(test.kind)
			}
			other := "value_int"
			if test.key == other {
				other = "value"
			}
			d.post(path, form(other, "1")).invalid(test.key)
		})
	}
}

// Issues have extensions and profiles of their own; a field of another object is none of theirs (contract 8.5 and 8.6).
func TestIssueCustomFieldsAreOfTheirFamily(t *testing.T) {
	t.Parallel()
	d, affiliation := withSender(t, accelo.Options{})
	d.post("/requests", form("title", "T", "body", "B", "type_id", "1", "affiliation_id", affiliation)).ok()
	issue, err := d.sim.ConvertRequest(31, "issue")
	require.NoError(t, err)
	require.Empty(t, d.get(fmt.Sprintf("/issues/%d/extensions/values", issue.ID)).list())
	require.Empty(t, d.get(fmt.Sprintf("/issues/%d/profiles/values", issue.ID)).list())
	d.post(fmt.Sprintf("/issues/%d/extensions/fields/71", issue.ID), form("value", "x")).invalid("71")
	d.get("/issues/99/extensions/values").invalid("")
}

// An affiliation's own properties change by PUT, and the contact's deprecated fields follow (contract 6).
func TestUpdateAffiliation(t *testing.T) {
	t.Parallel()
	d, affiliation := withSender(t, accelo.Options{})
	changed := d.put("/affiliations/"+affiliation, form("email", "new@acme.example", "mobile", "07", "communication", "yes",
		"standing", "inactive", "_fields", "standing,communication,contact(email)")).object()
	require.Equal(t, "inactive", changed["standing"])
	require.Equal(t, "1", changed["communication"])
	contact, _ := changed["contact"].(map[string]any)
	require.Equal(t, "new@acme.example", contact["email"])
	require.Equal(t, "07", contact["mobile"])
	require.Equal(t, []string{affiliation}, d.get("/affiliations"+query("_filters", "communication(1)")).values("id"))
	d.put("/affiliations/"+affiliation, form("standing", "asleep")).invalid("standing")
	d.put("/affiliations/9", form("email", "x")).invalid("")
	d.post("/affiliations", form("company_id", "1001", "contact_id", "9")).invalid("contact_id")
	d.post("/affiliations", form("company_id", "1001")).invalid("contact_id")
}

// User names of contacts are unique (contract 6.1).
func TestUsernamesAreUnique(t *testing.T) {
	t.Parallel()
	d, _ := withSender(t, accelo.Options{})
	person := func(username string) reply {
		return d.post("/contacts", form("firstname", "x", "surname", "y", "company_id", "1001", "username", username))
	}
	first := person("ann").id()
	second := person("bob").id()
	person("Ann").refused(400, "duplicate")
	d.put("/contacts/"+second, form("username", "ANN")).refused(400, "duplicate")
	d.put("/contacts/"+first, form("username", "ANN")).ok()
	require.Equal(t, []string{first}, d.get("/contacts"+query("_filters", "username(ann)")).values("id"))
}

// Who the caller is, and who else there is (contract 11).
func TestStaff(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Companies: 1})
	me := d.get("/staff/whoami?_fields=email,standing").object()
	require.Equal(t, "14", me["id"])
	require.Equal(t, "active", me["standing"])
	require.Equal(t, d.get("/tokeninfo").object()["email"], me["email"])
	require.Equal(t, []string{"15", "16"}, d.get("/staff"+query("_filters", "id_greater_than(14)", "_limit", "2")).values("id"))
	require.Equal(t, "6", d.get("/staff/count").object()["count"])
	managers := d.get("/companies/1001/managers").list()
	require.Len(t, managers, 1)
	require.Contains(t, managers[0], "relationship_id")
	access, _ := d.get("/user?_fields=_ALL").object()["user_access"].(map[string]any)
	require.Contains(t, access, "request")
}

// Statuses are those of one kind of object (contract 5.3).
func TestStatuses(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Companies: 1})
	require.Equal(t, []string{"Active", "Inactive", "Interested", "Potential"}, d.get("/companies/statuses").values("title"))
	require.Equal(t, []string{"Active", "Inactive"}, d.get("/contacts/statuses").values("title"))
	require.Equal(t, "5", d.get("/issues/statuses/count").object()["count"])
	require.Equal(t, []string{"Potential"}, d.get("/companies/statuses?_search=poten").values("title"))
	first := d.get("/companies/statuses").values("id")[0]
	require.Equal(t, "yes", d.get("/companies/statuses/" + first + "?_fields=start").object()["start"])
	d.get("/contacts/statuses/" + first).invalid("")
	status, _ := d.get("/companies?_fields=status(ordering)").list()[0]["status"].(map[string]any)
	require.Equal(t, "1", status["ordering"])
}

// Only its own client revokes a token; an unknown token is an error (contract 2.8).
func TestRevokeRefused(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	revoke := func(secret, token string) (int, string) {
		request := d.request(http.MethodPost, "/oauth2/v0/revoke", form("token", token))
		request.SetBasicAuth(accelo.DefaultClientID, secret)
		status, _, content := d.send(request)
		return status, string(content)
	}
	status, body := revoke("wrong", d.token)
	require.Equal(t, http.StatusUnauthorized, status, body)
	d.get("/tokeninfo").ok()
	status, body = revoke(accelo.DefaultClientSecret, "unknown")
	require.Equal(t, http.StatusBadRequest, status, body)
	request := d.request(http.MethodPost, "/oauth2/v0/revoke",
		form("token", d.token, "client_id", accelo.DefaultClientID, "client_secret", accelo.DefaultClientSecret))
	request.Header.Del("Authorization")
	d.do(request).ok()
	d.get("/tokeninfo").refused(401, "invalid_client")
	d.do(d.request(http.MethodGet, "/oauth2/v0/token", nil)).unrecognized()
}

// A mode or switch that does not exist falls back rather than making a deployment that nobody has.
func TestParseMode(t *testing.T) {
	t.Parallel()
	_, err := accelo.ParseMode("half-open")
	require.ErrorContains(t, err, "no-extension-keys")
	mode, err := accelo.ParseMode("")
	require.NoError(t, err)
	require.Equal(t, accelo.ModeOpen, mode)
	require.Equal(t, accelo.ModeOpen, start(t, accelo.Options{Mode: "half-open"}).sim.Mode())
}

// Parts of multipart bodies are parameters, as for notes with a file (contract 3.5).
func TestMultipart(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	request := d.request(http.MethodPost, "/api/v0/companies", "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nBy parts\r\n--b--\r\n")
	request.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	require.Equal(t, "By parts", d.do(request).object()["name"])
	broken := d.request(http.MethodPost, "/api/v0/companies", "garbage")
	broken.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	d.do(broken).invalid("multipart")
}
