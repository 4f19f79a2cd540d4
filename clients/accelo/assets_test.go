package accelo_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

const asset2 = `{"id":"2","title":"Latest Laptop","standing":"inactive","asset_type":"2","asset_type_id":"2","against_type":"company","against_id":"39","affiliation":"98","affiliation_id":"98","manager":"14","manager_id":"14","address":"14","address_id":"14","date_created":"1492651877","latest_asset_link":null}`

// The documented sample is read, and listing and searching send their filters (accelo.md 8.1).
func TestAsset(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("GET /assets/2", asset2)
	s.respond("GET /assets", "["+asset2+"]")
	client := s.client()
	asset, err := client.Asset(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, accelo.Asset{
		ID: 2, Title: "Latest Laptop", Standing: "inactive", TypeID: 2, AgainstType: "company", AgainstID: 39, AffiliationID: 98,
	}, asset)
	require.Equal(t, accelo.ID(39), asset.CompanyID())
	asset.AgainstType = "job"
	require.Zero(t, asset.CompanyID())

	require.Len(t, allRows(t, client.Assets(t.Context(), accelo.AssetQuery{TypeID: 2, CompanyID: 39, AfterID: 1})), 1)
	found, err := client.SearchAssets(t.Context(), accelo.AssetSearch{TypeID: 2, CompanyID: 39, Title: "latest  LAPTOP"})
	require.NoError(t, err)
	require.Len(t, found, 1)
	requests := s.requests("/assets")
	require.Equal(t, "type_id(2),against(company(39)),id_greater_than(1),order_by_asc(id)", requests[0].query.Get("_filters"))
	require.Equal(t, "type_id(2),against(company(39))", requests[1].query.Get("_filters"))
	require.Equal(t, "latest LAPTOP", requests[1].query.Get("_search"))
}

// One call creates an asset with its custom fields. Empty fields are not sent.
func TestCreateAsset(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("POST /assets", asset2)
	client := s.client()
	_, err := client.CreateAsset(t.Context(), accelo.NewAsset{
		Title: "Latest Laptop", TypeID: 2, CompanyID: 39, AffiliationID: 98,
		Fields: map[accelo.ID]accelo.FieldValue{7: "laptop-1", 8: "", 9: "1492651877"},
	})
	require.NoError(t, err)
	form := s.request("/assets").form
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

// The probe creates nothing and tells a missing call from a rejected one. Anything else is an error.
func TestProbeCreateAssets(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		handler http.HandlerFunc
		// write answers a write that any user with write access may try.
		write http.HandlerFunc
		want  bool
		fails bool
	}{
		{name: "unrecognized endpoint", handler: reject(400, "invalid_request", "The request could not be interpreted: resource endpoint was not recognized."), want: false, fails: false},
		{name: "404", handler: respond(404, "<html>"), want: false, fails: false},
		{name: "405", handler: respond(405, ""), want: false, fails: false},
		{name: "rejected", handler: reject(400, "invalid_request", "title is required"), want: true, fails: false},
		{name: "rejected with HTTP 200", handler: reject(200, "invalid_request", "title is required"), want: true, fails: false},
		{
			name: "no write access", handler: reject(403, "invalid_permission", "no"), write: reject(403, "invalid_permission", "no"),
			want: false, fails: true,
		},
		{
			name: "forbidden, unlike other writes", handler: reject(403, "invalid_permission", "no"), write: reject(400, "invalid_request", "no such request"),
			want: false, fails: false,
		},
		{name: "forbidden, then an outage", handler: reject(403, "invalid_permission", "no"), write: respond(502, "<html>"), want: false, fails: true},
		{name: "outage", handler: respond(502, "<html>"), want: false, fails: true},
		{name: "400 with HTML", handler: respond(400, "<html>"), want: false, fails: true},
		{name: "asset created", handler: succeed(asset2), want: true, fails: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.handle("POST /assets", test.handler)
			if test.write != nil {
				s.handle("PUT /requests/0", test.write)
			}
			got, err := s.client().ProbeCreateAssets(t.Context())
			require.Equal(t, test.want, got)
			require.Equal(t, test.fails, err != nil, "%v", err)
			form := s.request("/assets").form
			require.NotContains(t, form, "title")
			require.NotContains(t, form, "asset_type_id")
			require.Equal(t, "0", form.Get("against_id"))
		})
	}
}

// The response shows a changed title. Undocumented changes are read back.
func TestUpdateAsset(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("PUT /assets/2", asset2)
	s.respond("GET /assets/2", asset2)
	client := s.client()
	title, company := "Oldest Laptop", accelo.ID(40)
	_, err := client.UpdateAsset(t.Context(), 2, accelo.AssetChange{Title: &title})
	require.NoError(t, err)
	require.Equal(t, "Oldest Laptop", s.request("/assets/2").form.Get("title"))
	asset, err := client.UpdateAsset(t.Context(), 2, accelo.AssetChange{CompanyID: &company, AffiliationID: &company})
	require.NoError(t, err)
	require.Equal(t, accelo.ID(39), asset.CompanyID(), "Accelo ignored the change")
	requests := s.requests("/assets/2")
	require.Len(t, requests, 3)
	require.Equal(t, "40", requests[1].form.Get("against_id"))
	require.Equal(t, "40", requests[1].form.Get("affiliation_id"))
	require.Equal(t, http.MethodGet, requests[2].method)
	_, err = client.UpdateAsset(t.Context(), 2, accelo.AssetChange{})
	require.ErrorIs(t, err, accelo.ErrInvalid)
}

// Asset types and custom fields can be listed and created. Fields of other types are omitted.
func TestAssetTypesAndFields(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("GET /assets/types", `[{"id":"2","title":"NinjaOne Device","standing":"active","has_affiliation":"1","object_link_fields":{}}]`)
	s.respond("POST /assets/types", `{"id":"3","title":"NinjaOne Device","has_affiliation":1}`)
	s.respond("GET /assets/extensions/fields", `[{"id":"7","field_name":"dns_name","field_type":"text","link_type_id":"2","link_type":"asset","archived":"no"},{"id":"8","field_name":"dns_name","field_type":"text","link_type_id":"5"}]`)
	s.respond("POST /assets/extensions/fields", `{"id":"9","field_name":"last_online","field_type":"date_time","link_type_id":"2"}`)
	client := s.client()
	types, err := client.AssetTypes(t.Context())
	require.NoError(t, err)
	require.Equal(t, []accelo.AssetType{{ID: 2, Title: "NinjaOne Device"}}, types)
	created, err := client.CreateAssetType(t.Context(), "NinjaOne Device")
	require.NoError(t, err)
	require.Equal(t, accelo.ID(3), created.ID)
	require.Equal(t, "1", s.requests("/assets/types")[1].form.Get("has_affiliation"))

	fields, err := client.AssetFields(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, []accelo.AssetField{{ID: 7, Name: "dns_name", Type: "text", LinkTypeID: 2}}, fields)
	field, err := client.CreateAssetField(t.Context(), 2, "last_online", "date_time")
	require.NoError(t, err)
	require.Equal(t, accelo.ID(9), field.ID)
	requests := s.requests("/assets/extensions/fields")
	require.Equal(t, "_ALL", requests[0].query.Get("_fields"))
	require.Equal(t, "100", requests[0].query.Get("_limit"), "Accelo's default of ten would lose fields")
	require.Equal(t, "date_time", requests[1].form.Get("field_type"))
	require.Equal(t, "2", requests[1].form.Get("link_type_id"))
}

// The key of a written value depends on the type of its field (accelo.md 8.5).
func TestSetAssetFieldKeys(t *testing.T) {
	t.Parallel()
	for fieldType, key := range map[string]string{
		"text": "value", "hyperlink": "value", "float": "value", "currency": "value", "multi_select": "value",
		"int": "value_int", "date": "value_date", "date_time": "value_date", "certify": "value_date", "contributor": "value_id",
	} {
		t.Run(fieldType, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.respond("POST /assets/2/extensions/fields/7", `{"id":"70","field_name":"f","field_type":"`+fieldType+`","value":"5"}`)
			s.respond("PUT /assets/2/extensions/values/70", `{"id":"70","field_id":"7","field_name":"f","field_type":"`+fieldType+`","value":6}`)
			client := s.client()
			value, err := client.SetAssetField(t.Context(), 2, accelo.AssetField{ID: 7, Type: fieldType}, "5")
			require.NoError(t, err)
			require.Equal(t, accelo.AssetValue{ID: 70, FieldID: 7, Value: "5"}, value)
			value, err = client.UpdateAssetValue(t.Context(), 2, 70, fieldType, "6")
			require.NoError(t, err)
			require.Equal(t, "6", value.Value, "a number is read as a string")
			require.Equal(t, "5", s.request("/assets/2/extensions/fields/7").form.Get(key))
			require.Equal(t, "6", s.request("/assets/2/extensions/values/70").form.Get(key))
		})
	}
	s := newServer(t)
	_, err := s.client().SetAssetField(t.Context(), 2, accelo.AssetField{ID: 7, Type: "lookup"}, "5")
	require.ErrorIs(t, err, accelo.ErrInvalid)
}

// PUT is tried if POST is rejected. If both fail, the more specific error is returned.
func TestSetAssetFieldFallsBackToPut(t *testing.T) {
	t.Parallel()
	const path = "/assets/2/extensions/fields/7"
	value := succeed(`{"id":"70","field_id":"7","value":"x"}`)
	unrecognized := reject(400, "invalid_request", "The resource endpoint was not recognized.")
	tooLong := reject(400, "invalid_request", "value is too long")
	tests := []struct {
		name         string
		post, put    http.HandlerFunc
		wantRequests int
		wantError    string
	}{
		{name: "POST works", post: value, put: tooLong, wantRequests: 1, wantError: ""},
		{name: "PUT works", post: unrecognized, put: value, wantRequests: 2, wantError: ""},
		{name: "both reject", post: tooLong, put: tooLong, wantRequests: 2, wantError: "too long"},
		{name: "PUT does not exist", post: tooLong, put: unrecognized, wantRequests: 2, wantError: "too long"},
		{name: "POST is in doubt", post: respond(502, "<html>"), put: value, wantRequests: 1, wantError: "502"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.handle("POST "+path, test.post)
			s.handle("PUT "+path, test.put)
			got, err := s.client().SetAssetField(t.Context(), 2, accelo.AssetField{ID: 7, Type: "text"}, "x")
			require.Len(t, s.requests(path), test.wantRequests)
			if test.wantError != "" {
				require.ErrorContains(t, err, test.wantError)
				return
			}
			require.NoError(t, err)
			require.Equal(t, accelo.ID(70), got.ID)
		})
	}
}

// Values are requested with the ID of their field, and can be encoded and decoded without loss.
func TestAssetValues(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("GET /assets/2/extensions/values", `[{"id":"70","field_type":"text","field_name":"dns_name","value":"a.example","field_id":"7"},{"id":"71","value":null,"field_id":8},{"id":"72","value":["one","two"],"field_id":9}]`)
	values, err := s.client().AssetValues(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, []accelo.AssetValue{
		{ID: 70, FieldID: 7, Value: "a.example"},
		{ID: 71, FieldID: 8},
		{ID: 72, FieldID: 9, Value: `["one","two"]`},
	}, values)
	query := s.request("/assets/2/extensions/values").query
	require.Contains(t, query.Get("_fields"), "field_id")
	require.Equal(t, "100", query.Get("_limit"))
	encoded, err := json.Marshal(values)
	require.NoError(t, err)
	var again []accelo.AssetValue
	require.NoError(t, json.Unmarshal(encoded, &again))
	require.Equal(t, values, again)
}

// Links are wrapped and have numbers as IDs (accelo.md 8.4).
func TestAssetLinks(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	link := `{"asset_link_id":1,"asset_id":2,"linked_object_id":2215,"linked_object_type":"job","linked_object_title":"#2215 …","description":"d","start_date":1492651877}`
	s.respond("GET /assets/links", `{"assets":[],"asset_links":[`+link+`]}`)
	s.respond("POST /assets/2/links", link)
	client := s.client()
	want := accelo.AssetLink{ID: 1, AssetID: 2}
	links, err := client.AssetLinks(t.Context(), "job", 2215)
	require.NoError(t, err)
	require.Equal(t, []accelo.AssetLink{want}, links)
	require.Equal(t, "linked_object(job(2215))", s.request("/assets/links").query.Get("_filters"))
	created, err := client.CreateAssetLink(t.Context(), 2, "job", 2215, "d")
	require.NoError(t, err)
	require.Equal(t, want, created)
	require.Equal(t, map[string][]string{
		"linked_object_type": {"job"}, "linked_object_id": {"2215"}, "description": {"d"},
	}, map[string][]string(s.request("/assets/2/links").form))
	_, err = client.CreateAssetLink(t.Context(), 2, "job&x=y", 1, "")
	require.ErrorIs(t, err, accelo.ErrInvalid)
}
