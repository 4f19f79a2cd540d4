package accelo_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// A successful reply has meta and response, and its scalars are strings (accelo.md 3.1 and 12).
func TestEnvelope(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Companies: 3})
	r := d.get("/companies?_fields=_ALL").ok()
	require.Equal(t, "Everything executed as expected.", r.Meta.Message)
	require.Equal(t, "https://api.accelo.com/docs/#status-codes", r.Meta.MoreInfo)
	require.Contains(t, r.Header.Get("Content-Type"), "application/json")
	for _, row := range r.list() {
		for name, value := range row {
			if value != nil {
				require.IsType(t, "", value, name)
			}
		}
	}
}

// Missing objects, unknown routes and unknown versions return 400 invalid_request and only differ in the message.
func TestUnknownIsInvalid(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	d.get("/companies/99").invalid("The request could not be interpreted")
	d.get("/nothing").unrecognized()
	d.call(http.MethodPatch, "/companies", nil).unrecognized()
	d.get("/companies/abc").unrecognized()
	d.get("/deployments").unrecognized()
	d.get("/ping").unrecognized()
	d.call(http.MethodPatch, "/companies?_method=get", nil).ok()
	for _, path := range []string{"//companies", "/companies/", "/companies//1", "/./companies", "/companies/x/../1", "/companies/1.json/"} {
		d.get(path).unrecognized()
	}
	other := d.do(d.request(http.MethodGet, "/api/v1/companies", nil))
	other.unrecognized()
}

// The suppression parameters remove parts of the envelope (accelo.md 3.1).
func TestSuppression(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Companies: 1})
	for _, on := range []string{"1", "yes"} {
		r := d.get("/companies?_suppress_message=" + on).ok()
		require.NotContains(t, string(r.Keys["meta"]), "message")
		require.NotContains(t, string(r.Keys["meta"]), "more_info")
		require.NotContains(t, d.get("/companies?_suppress_meta="+on).Keys, "meta")
	}
	r := d.get("/companies/99?_suppress_http_status=1")
	require.Equal(t, http.StatusOK, r.Status)
	require.Equal(t, "invalid_request", r.Meta.Status)
	require.InDelta(t, 400, r.Meta.Code, 0)
	require.Len(t, d.get("/companies?_hide_defaults=1&_fields=standing").list()[0], 1)
}

// The reply to a DELETE only has meta.
func TestDeleteHasNoResponse(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Companies: 1})
	r := d.del("/companies/" + d.get("/companies").values("id")[0]).ok()
	require.NotContains(t, r.Keys, "response")
}

// Parameters come from the query, a form or JSON and must not be repeated. _method overrides any method, and paths may end
// in .json.
func TestParameters(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	a := d.post("/companies?_fields=standing", form("name", "By form", "standing", "active"))
	require.Equal(t, "active", a.object()["standing"])
	b := d.post("/companies.json", map[string]any{"name": "By JSON", "standing": "active", "_fields": "phone", "phone": 123})
	require.Equal(t, "123", b.object()["phone"])

	require.Equal(t, []string{"By form"}, d.post("/companies?_method=get&_limit=1&_page=0",
		map[string]any{"_fields": "standing", "_filters": map[string]any{"standing": []string{"active"}}}).values("name"))
	require.Len(t, d.post("/companies", map[string]any{"_method": "GET"}).list(), 2)
	d.post("/companies/"+a.id()+"?_method=put", form("name", "Renamed")).ok()
	require.Equal(t, "Renamed", d.get("/companies/" + a.id() + ".json").object()["name"])
	d.get("/companies/" + a.id() + "?_method=delete").ok()
	d.get("/companies/" + a.id()).invalid("")
	d.get("/companies?_method=patch").invalid("_method")

	d.get("/companies?_limit=1&_limit=2").invalid("repeated")
	d.post("/companies?name=A", form("name", "B")).invalid("repeated")
	d.post("/companies", `{"name":`).invalid("JSON")
	text := d.request(http.MethodPost, "/api/v0/companies", nil)
	text.Body, text.ContentLength = http.NoBody, 0
	d.do(text).invalid("name")
	unsupported := d.request(http.MethodPost, "/api/v0/companies", "name=x")
	unsupported.Header.Set("Content-Type", "text/plain")
	d.do(unsupported).invalid("not supported")
	large := d.request(http.MethodPost, "/api/v0/companies", form("name", strings.Repeat("x", 5<<20)))
	d.do(large).invalid("could not be read")
}

// The parts of a multipart body are parameters (accelo.md 3.5).
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
