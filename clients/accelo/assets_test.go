package accelo_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

const asset2 = `{"id":"2","title":"Latest Laptop","standing":"inactive","asset_type":"2","asset_type_id":"2","against_type":"company","against_id":"39","affiliation":"98","affiliation_id":"98","manager":"14","manager_id":"14","address":"14","address_id":"14","date_created":"1492651877","latest_asset_link":null}`

// The documentation's sample (contract accelo 8.1).
func TestAsset(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("GET /assets/2", asset2)
	v.on("GET /assets", "["+asset2+"]")
	client := v.client()
	asset, err := client.Asset(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, accelo.Asset{
		ID: 2, Title: "Latest Laptop", Standing: "inactive", TypeID: 2, AgainstType: "company", AgainstID: 39, AffiliationID: 98,
		Created: accelo.Time{Time: time.Unix(1492651877, 0).UTC()},
	}, asset)
	require.Equal(t, accelo.ID(39), asset.CompanyID())
	asset.AgainstType = "job"
	require.Zero(t, asset.CompanyID())

	require.Len(t, collect(t, client.Assets(t.Context(), accelo.AssetQuery{TypeID: 2, CompanyID: 39, AfterID: 1})), 1)
	found, err := client.SearchAssets(t.Context(), accelo.AssetSearch{TypeID: 2, CompanyID: 39, Title: "latest  LAPTOP"})
	require.NoError(t, err)
	require.Len(t, found, 1)
	calls := v.requests("/assets")
	require.Equal(t, "type_id(2),against(company(39)),id_greater_than(1),order_by_asc(id)", calls[0].query.Get("_filters"))
	require.Equal(t, "type_id(2),against(company(39))", calls[1].query.Get("_filters"))
	require.Equal(t, "latest LAPTOP", calls[1].query.Get("_search"))
}

// An asset is made in one call, its fields included; empty ones are left out (accelo-beyond-docs).
func TestCreateAsset(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("POST /assets", asset2)
	client := v.client()
	_, err := client.CreateAsset(t.Context(), accelo.NewAsset{
		Title: "Latest Laptop", TypeID: 2, CompanyID: 39, AffiliationID: 98,
		Fields: map[accelo.ID]accelo.FieldValue{7: "laptop-1", 8: "", 9: "1492651877"},
	})
	require.NoError(t, err)
	form := v.only("/assets").form
	for key, want := range map[string]string{
		"title": "Latest Laptop", "asset_type_id": "2", "against_type": "company", "against_id": "39", "affiliation_id": "98",
		"standing": "active", "extension.7": "laptop-1", "extension.9": "1492651877",
	} {
		require.Equal(t, want, form.Get(key), key)
	}
	require.NotContains(t, form, "extension.8")
	require.Len(t, form, 9)
	for _, incomplete := range []accelo.NewAsset{{TypeID: 2, CompanyID: 39}, {Title: "x", CompanyID: 39}, {Title: "x", TypeID: 2}} {
		_, err = client.CreateAsset(t.Context(), incomplete)
		require.ErrorIs(t, err, accelo.ErrInvalid)
	}
}

// The probe makes nothing and tells a missing call from a refused one; anything else is no answer.
func TestProbeCreateAssets(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		reply http.HandlerFunc
		want  bool
		fails bool
	}{
		{"no such call", refuse(400, "invalid_request", "The request could not be interpreted: resource endpoint was not recognized."), false, false},
		{"no such page", raw(404, "<html>"), false, false},
		{"no such method", raw(405, ""), false, false},
		{"a refusal", refuse(400, "invalid_request", "title is required"), true, false},
		{"forbidden", refuse(403, "invalid_permission", "no"), false, true},
		{"an outage", raw(502, "<html>"), false, true},
		{"400 HTML", raw(400, "<html>"), false, true},
		{"it made one all the same", answer(asset2), true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t)
			v.handle("POST /assets", test.reply)
			got, err := v.client().ProbeCreateAssets(t.Context())
			require.Equal(t, test.want, got)
			require.Equal(t, test.fails, err != nil, "%v", err)
			form := v.only("/assets").form
			require.NotContains(t, form, "title")
			require.NotContains(t, form, "asset_type_id")
			require.Equal(t, "0", form.Get("against_id"))
		})
	}
}

// A changed title is told by the reply; what is beyond the documentation is read back.
func TestUpdateAsset(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("PUT /assets/2", asset2)
	v.on("GET /assets/2", asset2)
	client := v.client()
	title, company := "Oldest Laptop", accelo.ID(40)
	_, err := client.UpdateAsset(t.Context(), 2, accelo.AssetChange{Title: &title})
	require.NoError(t, err)
	require.Equal(t, "Oldest Laptop", v.only("/assets/2").form.Get("title"))
	asset, err := client.UpdateAsset(t.Context(), 2, accelo.AssetChange{CompanyID: &company, AffiliationID: &company})
	require.NoError(t, err)
	require.Equal(t, accelo.ID(39), asset.CompanyID(), "it did not take")
	calls := v.requests("/assets/2")
	require.Len(t, calls, 3)
	require.Equal(t, "40", calls[1].form.Get("against_id"))
	require.Equal(t, "40", calls[1].form.Get("affiliation_id"))
	require.Equal(t, http.MethodGet, calls[2].method)
	_, err = client.UpdateAsset(t.Context(), 2, accelo.AssetChange{})
	require.ErrorIs(t, err, accelo.ErrInvalid)
}

// Types and field definitions; the fields of other types are left out.
func TestAssetTypesAndFields(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("GET /assets/types", `[{"id":"2","title":"NinjaOne Device","standing":"active","has_affiliation":"1","object_link_fields":{}}]`)
	v.on("POST /assets/types", `{"id":"3","title":"NinjaOne Device","has_affiliation":1}`)
	v.on("GET /assets/extensions/fields", `[{"id":"7","field_name":"dns_name","field_type":"text","link_type_id":"2","link_type":"asset","archived":"no"},{"id":"8","field_name":"dns_name","field_type":"text","link_type_id":"5"}]`)
	v.on("POST /assets/extensions/fields", `{"id":"9","field_name":"last_online","field_type":"date_time","link_type_id":"2"}`)
	client := v.client()
	types, err := client.AssetTypes(t.Context())
	require.NoError(t, err)
	require.Equal(t, []accelo.AssetType{{ID: 2, Title: "NinjaOne Device", Standing: "active", HasAffiliation: true}}, types)
	made, err := client.CreateAssetType(t.Context(), "NinjaOne Device")
	require.NoError(t, err)
	require.Equal(t, accelo.ID(3), made.ID)
	require.Equal(t, "1", v.requests("/assets/types")[1].form.Get("has_affiliation"))

	fields, err := client.AssetFields(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, []accelo.AssetField{{ID: 7, Name: "dns_name", Type: "text", LinkTypeID: 2}}, fields)
	field, err := client.CreateAssetField(t.Context(), 2, "last_online", accelo.FieldDateTime)
	require.NoError(t, err)
	require.Equal(t, accelo.ID(9), field.ID)
	calls := v.requests("/assets/extensions/fields")
	require.Equal(t, "_ALL", calls[0].query.Get("_fields"))
	require.Equal(t, "100", calls[0].query.Get("_limit"), "Accelo's default of ten would lose fields")
	require.Equal(t, "date_time", calls[1].form.Get("field_type"))
	require.Equal(t, "2", calls[1].form.Get("link_type_id"))
}

// Values are written under the key of their type (contract accelo 8.5).
func TestSetAssetFieldKeys(t *testing.T) {
	t.Parallel()
	for fieldType, key := range map[string]string{
		"text": "value", "hyperlink": "value", "float": "value", "currency": "value", "multi_select": "value",
		"int": "value_int", "date": "value_date", "date_time": "value_date", "certify": "value_date", "contributor": "value_id",
	} {
		t.Run(fieldType, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t)
			v.on("POST /assets/2/extensions/fields/7", `{"id":"70","field_name":"f","field_type":"`+fieldType+`","value":"5"}`)
			v.on("PUT /assets/2/extensions/values/70", `{"id":"70","field_id":"7","field_name":"f","field_type":"`+fieldType+`","value":6}`)
			client := v.client()
			value, err := client.SetAssetField(t.Context(), 2, accelo.AssetField{ID: 7, Type: fieldType}, "5")
			require.NoError(t, err)
			require.Equal(t, accelo.AssetValue{ID: 70, FieldID: 7, FieldType: fieldType, FieldName: "f", Value: "5"}, value)
			value, err = client.UpdateAssetValue(t.Context(), 2, 70, fieldType, "6")
			require.NoError(t, err)
			require.Equal(t, "6", value.Value, "a number is taken as it is written")
			require.Equal(t, "5", v.only("/assets/2/extensions/fields/7").form.Get(key))
			require.Equal(t, "6", v.only("/assets/2/extensions/values/70").form.Get(key))
		})
	}
	v := newVendor(t)
	_, err := v.client().SetAssetField(t.Context(), 2, accelo.AssetField{ID: 7, Type: "lookup"}, "5")
	require.ErrorIs(t, err, accelo.ErrInvalid)
}

// POST is tried first and PUT where it is refused; the more telling refusal is reported.
func TestSetAssetFieldFallsBackToPut(t *testing.T) {
	t.Parallel()
	const path = "/assets/2/extensions/fields/7"
	value := answer(`{"id":"70","field_id":"7","value":"x"}`)
	unknown := refuse(400, "invalid_request", "The resource endpoint was not recognized.")
	bad := refuse(400, "invalid_request", "value is too long")
	tests := []struct {
		name      string
		post, put http.HandlerFunc
		calls     int
		message   string
	}{
		{"POST works", value, bad, 1, ""},
		{"PUT works", unknown, value, 2, ""},
		{"both refuse", bad, bad, 2, "too long"},
		{"PUT is unknown", bad, unknown, 2, "too long"},
		{"POST is in doubt", raw(502, "<html>"), value, 1, "502"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t)
			v.handle("POST "+path, test.post)
			v.handle("PUT "+path, test.put)
			got, err := v.client().SetAssetField(t.Context(), 2, accelo.AssetField{ID: 7, Type: "text"}, "x")
			require.Len(t, v.requests(path), test.calls)
			if test.message != "" {
				require.ErrorContains(t, err, test.message)
				return
			}
			require.NoError(t, err)
			require.Equal(t, accelo.ID(70), got.ID)
		})
	}
}

// Values come with their fields only when asked, and survive being written as JSON.
func TestAssetValues(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("GET /assets/2/extensions/values", `[{"id":"70","field_type":"text","field_name":"dns_name","value":"a.example","field_id":"7"},{"id":"71","value":null,"field_id":8},{"id":"72","value":["one","two"],"field_id":9}]`)
	values, err := v.client().AssetValues(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, []accelo.AssetValue{
		{ID: 70, FieldID: 7, FieldType: "text", FieldName: "dns_name", Value: "a.example"},
		{ID: 71, FieldID: 8},
		{ID: 72, FieldID: 9, Value: `["one","two"]`},
	}, values)
	query := v.only("/assets/2/extensions/values").query
	require.Contains(t, query.Get("_fields"), "field_id")
	require.Equal(t, "100", query.Get("_limit"))
	text, err := json.Marshal(values)
	require.NoError(t, err)
	var again []accelo.AssetValue
	require.NoError(t, json.Unmarshal(text, &again))
	require.Equal(t, values, again)
}

// Links come wrapped, with ids as numbers (contract accelo 8.4).
func TestAssetLinks(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	link := `{"asset_link_id":1,"asset_id":2,"linked_object_id":2215,"linked_object_type":"job","linked_object_title":"#2215 …","description":"d","start_date":1492651877}`
	v.on("GET /assets/links", `{"assets":[],"asset_links":[`+link+`]}`)
	v.on("POST /assets/2/links", link)
	client := v.client()
	want := accelo.AssetLink{
		ID: 1, AssetID: 2, ObjectType: "job", ObjectID: 2215, ObjectTitle: "#2215 …", Description: "d",
		Start: accelo.Time{Time: time.Unix(1492651877, 0).UTC()},
	}
	links, err := client.AssetLinks(t.Context(), "job", 2215)
	require.NoError(t, err)
	require.Equal(t, []accelo.AssetLink{want}, links)
	require.Equal(t, "linked_object(job(2215))", v.only("/assets/links").query.Get("_filters"))
	made, err := client.CreateAssetLink(t.Context(), 2, "job", 2215, "d")
	require.NoError(t, err)
	require.Equal(t, want, made)
	require.Equal(t, map[string][]string{
		"linked_object_type": {"job"}, "linked_object_id": {"2215"}, "description": {"d"},
	}, map[string][]string(v.only("/assets/2/links").form))
	_, err = client.CreateAssetLink(t.Context(), 2, "job&x=y", 1, "")
	require.ErrorIs(t, err, accelo.ErrInvalid)
}
