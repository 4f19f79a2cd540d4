package accelo_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// startWithAssetType starts a deployment with one company and the asset type "Device", which has three fields.
func startWithAssetType(t *testing.T, mode accelo.Mode) (d *deployment, kind, text, when string) {
	t.Helper()
	d, _ = startWithContact(t, accelo.Options{Mode: mode})
	added, err := d.sim.AddAssetType("Device")
	require.NoError(t, err)
	field := func(name, fieldType string, options ...string) string {
		created, err := d.sim.AddAssetField("Device", name, fieldType, options...)
		require.NoError(t, err)
		return strconv.FormatInt(created.ID, 10)
	}
	text, when = field("dns_name", "text"), field("last_online", "date_time")
	field("colour", "fixed_select", "red", "blue")
	return d, strconv.FormatInt(added.ID, 10), text, when
}

// In ModeDocumented assets can only be read, renamed and linked to issues, jobs and prospects (accelo.md 8.2).
func TestAssetsDocumented(t *testing.T) {
	t.Parallel()
	d, kind, text, _ := startWithAssetType(t, accelo.ModeDocumented)
	d.post("/assets", form("title", "PC", "asset_type_id", kind, "against_type", "company", "against_id", "1001")).unrecognized()
	d.post("/assets/types", form("title", "x")).unrecognized()
	d.post("/assets/extensions/fields", form("field_name", "x", "field_type", "text", "link_type_id", kind)).unrecognized()
	asset, err := d.sim.AddAsset("Device", 1001, "PC", map[string]string{"dns_name": "pc.local"})
	require.NoError(t, err)
	path := fmt.Sprintf("/assets/%d", asset.ID)
	d.del(path).unrecognized()
	addCompanies(t, d, "Other")
	moved := d.put(path+"?_fields=against_id,standing", form("title", "PC-2", "against_id", "1002", "standing", "inactive")).object()
	require.Equal(t, "PC-2", moved["title"])
	require.Equal(t, "1001", moved["against_id"], "ignored without a word")
	require.Equal(t, "active", moved["standing"])
	d.put(path, form("title", "")).invalid("title")

	request, err := d.sim.AddRequest(1, asset.AffiliationID, "Help", "me")
	require.NoError(t, err)
	d.post(path+"/links", form("linked_object_type", "request", "linked_object_id", strconv.FormatInt(request.ID, 10))).invalid("request")
	d.post(path+"/extensions/fields/"+text, form("value", "x")).ok()
}

// In the other modes the API can also create asset types, fields and assets.
func TestUndocumentedAssetCalls(t *testing.T) {
	t.Parallel()
	for _, mode := range []accelo.Mode{accelo.ModeOpen, accelo.ModeNoExtensionKeys} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			d, affiliation := startWithContact(t, accelo.Options{Mode: mode})
			kind := d.post("/assets/types", form("title", "NinjaOne Device", "has_affiliation", "1")).id()
			read := d.get("/assets/types/" + kind + "?_fields=_ALL").object()
			require.Equal(t, "1", read["has_affiliation"])
			require.Equal(t, "0", read["has_manager"])
			require.IsType(t, map[string]any{}, read["object_link_fields"])
			d.post("/assets/types", form("has_affiliation", "1")).invalid("title")

			field := d.post("/assets/extensions/fields?_fields=link_type", form("field_name", "dns_name", "field_type", "text", "link_type_id", kind))
			require.Equal(t, map[string]any{"id": field.id(), "field_name": "dns_name", "field_type": "text", "link_type_id": kind, "link_type": "asset"}, field.object())
			d.post("/assets/extensions/fields", form("field_name", "x", "field_type", "string", "link_type_id", kind)).invalid("field_type")
			d.post("/assets/extensions/fields", form("field_name", "x", "field_type", "text", "link_type_id", "99")).invalid("link_type_id")
			d.post("/assets/extensions/fields", form("field_type", "text", "link_type_id", kind)).invalid("field_name")
			require.Equal(t, []string{field.id()}, d.get("/assets/extensions/fields").values("id"))

			asset := d.post("/assets?_fields=_ALL", form("title", "PC", "asset_type_id", kind, "against_type", "company", "against_id", "1001",
				"affiliation_id", affiliation, "standing", "active", "extension."+field.id(), "pc.local"))
			created := asset.object()
			for name, want := range map[string]string{
				"title": "PC", "standing": "active", "asset_type": kind, "asset_type_id": kind, "against_type": "company", "against_id": "1001",
				"affiliation": affiliation, "affiliation_id": affiliation,
			} {
				require.Equal(t, want, created[name], name)
			}
			require.NotContains(t, created, "date_modified")
			values := d.get("/assets/" + asset.id() + "/extensions/values").values("value")
			if mode == accelo.ModeOpen {
				require.Equal(t, []string{"pc.local"}, values)
			} else {
				require.Empty(t, values, "the keys are silently ignored")
			}

			addCompanies(t, d, "Other")
			moved := d.put("/assets/"+asset.id()+"?_fields=against_id,affiliation_id", form("against_id", "1002", "affiliation_id", "0")).object()
			require.Equal(t, "1002", moved["against_id"])
			require.Equal(t, "0", moved["affiliation_id"])
			require.Equal(t, "PC", moved["title"])
			d.put("/assets/"+asset.id(), form("against_id", "99")).invalid("against_id")
			d.del("/assets/" + asset.id()).unrecognized()
		})
	}
}

// An invalid POST /assets names the parameter and creates nothing.
func TestCreateInvalidAsset(t *testing.T) {
	t.Parallel()
	d, kind, text, when := startWithAssetType(t, accelo.ModeOpen)
	printer, err := d.sim.AddAssetType("Printer")
	require.NoError(t, err)
	other, err := d.sim.AddAssetField("Printer", "serial", "text")
	require.NoError(t, err)
	require.NotEqual(t, kind, strconv.FormatInt(printer.ID, 10))
	for _, test := range []struct{ name, key, value, about string }{
		{"no title", "title", "", "title"},
		{"no type", "asset_type_id", "", "asset_type_id"},
		{"unknown type", "asset_type_id", "99", "asset_type_id"},
		{"no against_type", "against_type", "", "against_type"},
		{"plural against_type", "against_type", "companies", "against_type"},
		{"no against_id", "against_id", "", "against_id"},
		{"unknown company", "against_id", "99", "against_id"},
		{"unknown affiliation", "affiliation_id", "99", "affiliation_id"},
		{"unknown standing", "standing", "gone", "standing"},
		{"unknown field", "extension.999", "x", "999"},
		{"field of another type", fmt.Sprintf("extension.%d", other.ID), "x", "custom field"},
		{"no field id", "extension.dns_name", "x", "extension.dns_name"},
		{"invalid time", "extension." + when, "yesterday", "date_time"},
		{"invalid time beside a valid text", "extension." + when, "2024-01-01T00:00:00Z", "date_time"},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := form("title", "PC", "asset_type_id", kind, "against_type", "company", "against_id", "1001", "extension."+text, "x")
			body.Set(test.key, test.value)
			if test.value == "" {
				body.Del(test.key)
			}
			d.post("/assets", body).invalid(test.about)
		})
	}
	require.Empty(t, d.get("/assets").list())
	require.Equal(t, "0", d.get("/assets/count").countText())
}

// countText returns the bare number that the asset count consists of.
func (r reply) countText() string { return string(r.ok().Response) }

// Assets can be listed, filtered and counted; the count is a bare number (accelo.md 8.1 and 4.6).
func TestListAssets(t *testing.T) {
	t.Parallel()
	d, kind, _, _ := startWithAssetType(t, accelo.ModeOpen)
	addCompanies(t, d, "Other")
	for i := range 5 {
		_, err := d.sim.AddAsset("Device", int64(1001+i%2), fmt.Sprintf("PC %d", i), nil)
		require.NoError(t, err)
	}
	first := d.get("/assets").list()[0]
	require.Equal(t, map[string]any{"id": "3001", "title": "PC 0", "latest_asset_link": nil}, first)
	require.Equal(t, []string{"3001", "3003", "3005"}, d.get("/assets"+query("_filters", "against(company(1001))")).values("id"))
	require.Equal(t, []string{"3002", "3004"}, d.get("/assets"+query("_filters", "against_type(company),against_id(1002),type_id("+kind+")")).values("id"))
	require.Equal(t, []string{"3005", "3004"}, d.get("/assets"+query("_filters", "order_by_desc(id)", "_limit", "2")).values("id"))
	require.Equal(t, []string{"3004", "3005"}, d.get("/assets"+query("_filters", "id_greater_than(3003)")).values("id"))
	require.Equal(t, []string{"3003"}, d.get("/assets?_search=pc+2").values("id"))
	require.Equal(t, "3", d.get("/assets/count"+query("_filters", "against(company(1001))")).countText())
	crumbs := d.get("/assets/3002?_fields=breadcrumbs,asset_type()").object()
	require.Equal(t, []any{map[string]any{"id": "1002", "table": "company", "title": "Other"}}, crumbs["breadcrumbs"])
	require.NotContains(t, d.get("/assets/3002?_fields=_ALL").object(), "breadcrumbs")
}

// Links have numeric IDs and omit empty members, and their list is wrapped (accelo.md 8.4).
func TestAssetLinks(t *testing.T) {
	t.Parallel()
	d, _, _, _ := startWithAssetType(t, accelo.ModeOpen)
	asset, err := d.sim.AddAsset("Device", 1001, "PC", nil)
	require.NoError(t, err)
	request, err := d.sim.AddRequest(1, asset.AffiliationID, "Help", "me")
	require.NoError(t, err)
	issue, err := d.sim.ConvertRequest(request.ID, "issue")
	require.NoError(t, err)
	path := fmt.Sprintf("/assets/%d/links", asset.ID)
	for _, bad := range [][2]string{{"company", "1001"}, {"task", "1"}, {"requests", "31"}, {"issue", "9"}, {"contract", "1"}, {"", "31"}, {"request", ""}} {
		d.post(path, form("linked_object_type", bad[0], "linked_object_id", bad[1])).refused(400, "invalid_request")
	}
	d.post("/assets/99/links", form("linked_object_type", "issue", "linked_object_id", strconv.FormatInt(issue.ID, 10))).invalid("")

	link := d.post(path, form("linked_object_type", "issue", "linked_object_id", strconv.FormatInt(issue.ID, 10), "description", "affected")).object()
	require.Equal(t, map[string]any{
		"asset_link_id": float64(501), "asset_id": float64(asset.ID), "linked_object_id": float64(issue.ID), "linked_object_type": "issue",
		"linked_object_title": fmt.Sprintf("#%d Help", issue.ID), "description": "affected",
		"linked_object_breadcrumbs": []any{map[string]any{"id": "1001", "table": "company", "title": "Acme"}},
	}, link)
	d.post("/assets/links", form("asset_id", strconv.FormatInt(asset.ID, 10), "linked_object_type", "request", "linked_object_id", "31")).ok()

	all := d.get("/assets/links" + query("_filters", "linked_object(request(31))")).object()
	links, _ := all["asset_links"].([]any)
	assets, _ := all["assets"].([]any)
	require.Len(t, links, 1)
	require.Equal(t, []any{map[string]any{
		"id": strconv.FormatInt(asset.ID, 10), "title": "PC", "breadcrumbs": []any{map[string]any{"id": "1001", "table": "company", "title": "Acme"}},
	}}, assets)
	latest, _ := d.get(fmt.Sprintf("/assets/%d", asset.ID)).object()["latest_asset_link"].(map[string]any)
	require.InDelta(t, 502, latest["asset_link_id"], 0)
	require.NotContains(t, d.del("/assets/links/502").Keys, "response")
	latest, _ = d.get(fmt.Sprintf("/assets/%d", asset.ID)).object()["latest_asset_link"].(map[string]any)
	require.InDelta(t, 501, latest["asset_link_id"], 0)
	d.del("/assets/links/502").invalid("")
}
