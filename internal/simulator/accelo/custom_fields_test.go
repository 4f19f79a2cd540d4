package accelo_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// Each type of custom field has its own parameter and rejects invalid values (accelo.md 8.5 and 14).
func TestCustomFieldTypes(t *testing.T) {
	t.Parallel()
	tests := []struct{ kind, key, valid, invalid string }{
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
	d, _ := startWithContact(t, accelo.Options{})
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
			value := d.post(path, form(test.key, test.valid)).object()
			require.Equal(t, test.valid, value["value"])
			if test.kind == "multi_select" {
				require.Equal(t, []any{"one", "two"}, value["values"])
			} else {
				require.NotContains(t, value, "values")
			}
			if test.invalid != "" {
				d.post(path, form(test.key, test.invalid)).invalid(test.kind)
			}
			other := "value_int"
			if test.key == other {
				other = "value"
			}
			d.post(path, form(other, "1")).invalid(test.key)
		})
	}
}

// Issues have their own extensions and profiles and reject the fields of other objects (accelo.md 8.5 and 8.6).
func TestIssueCustomFields(t *testing.T) {
	t.Parallel()
	d, affiliation := startWithContact(t, accelo.Options{})
	d.post("/requests", form("title", "T", "body", "B", "type_id", "1", "affiliation_id", affiliation)).ok()
	issue, err := d.sim.ConvertRequest(31, "issue")
	require.NoError(t, err)
	require.Empty(t, d.get(fmt.Sprintf("/issues/%d/extensions/values", issue.ID)).list())
	require.Empty(t, d.get(fmt.Sprintf("/issues/%d/profiles/values", issue.ID)).list())
	d.post(fmt.Sprintf("/issues/%d/extensions/fields/71", issue.ID), form("value", "x")).invalid("71")
	d.get("/issues/99/extensions/values").invalid("")
}

// Profile values can be set when a company is created, and can be read, filtered and changed (accelo.md 8.6).
func TestCompanyProfiles(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Companies: 1})
	fields := d.get("/companies/profiles/fields").list()
	require.Len(t, fields, 1)
	field := fmt.Sprint(fields[0]["id"])
	company := d.post("/companies", form("name", "A", "profile."+field, "A-7"))
	values := d.get("/companies/" + company.id() + "/profiles/values?_fields=_ALL").list()
	require.Len(t, values, 1)
	require.Equal(t, "A-7", values[0]["value"])
	require.Equal(t, "Account Number", values[0]["field_name"])
	require.Len(t, d.get("/companies/profiles/values"+query("_filters", "link_id("+company.id()+")")).list(), 1)
	d.put(fmt.Sprintf("/companies/%s/profiles/values/%v", company.id(), values[0]["id"]), form("value", "A-8")).ok()
	require.Equal(t, []string{"A-8"}, d.get("/companies/"+company.id()+"/profiles/values").values("value"))
	d.post("/companies", form("name", "B", "profile.999", "x")).invalid("999")
	require.Empty(t, d.get("/companies"+query("_search", "B", "_filters", "standing(inactive)")).list(), "an error creates nothing")
}

// POST and PUT set the value of a custom field with the parameter of its type (accelo.md 8.5 and 14).
func TestExtensions(t *testing.T) {
	t.Parallel()
	d, kind, text, when := startWithAssetType(t, accelo.ModeDocumented)
	asset, err := d.sim.AddAsset("Device", 1001, "PC", nil)
	require.NoError(t, err)
	base := fmt.Sprintf("/assets/%d/extensions", asset.ID)
	fields := d.get("/assets/extensions/fields?_fields=_ALL").list()
	require.Len(t, fields, 3)
	require.Equal(t, "asset", fields[0]["link_type"])
	require.Equal(t, kind, fields[0]["link_type_id"])
	require.Equal(t, []any{"red", "blue"}, fields[2]["options"])
	color := fmt.Sprint(fields[2]["id"])

	value := d.post(base+"/fields/"+text, form("value", "pc.local")).object()
	require.Equal(t, map[string]any{"id": value["id"], "field_type": "text", "field_name": "dns_name", "value": "pc.local"}, value)
	again := d.put(base+"/fields/"+text+"?_fields=field_id,link_id", form("value", "pc2.local")).object()
	require.Equal(t, value["id"], again["id"], "a field has only one value")
	require.Equal(t, text, again["field_id"])
	require.Equal(t, strconv.FormatInt(asset.ID, 10), again["link_id"])
	d.put(fmt.Sprintf("%s/values/%v", base, value["id"]), form("value", "pc3.local")).ok()
	d.post(base+"/fields/"+when, form("value_date", "1700000000")).ok()
	d.post(base+"/fields/"+color, form("value", "red")).ok()
	require.Equal(t, []string{"pc3.local", "1700000000", "red"}, d.get(base+"/values").values("value"))
	require.Len(t, d.get("/assets/extensions/values?_limit=2").list(), 2)

	d.post(base+"/fields/"+when, form("value", "1700000000")).invalid("value_date")
	d.post(base+"/fields/"+when, form("value_date", "2023-11-14")).invalid("date_time")
	d.post(base+"/fields/"+text, form("value", "x", "value_int", "1")).invalid("value_int")
	d.post(base+"/fields/"+color, form("value", "green")).invalid("green")
	d.post(base+"/fields/99", form("value", "x")).invalid("99")
	d.post("/assets/99/extensions/fields/"+text, form("value", "x")).invalid("")
	d.put(base+"/values/99", form("value", "x")).invalid("")
	d.post(base+"/fields/"+when, form("value_date", "")).ok()
	require.Equal(t, []string{"pc3.local", "", "red"}, d.get(base+"/values").values("value"), "an empty value clears the field")
	d.get("/companies/extensions/fields").unrecognized()
	d.get("/assets/profiles/fields").unrecognized()
}
