package accelo_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// addCompanies adds active companies and returns their IDs.
func addCompanies(t *testing.T, d *deployment, names ...string) []string {
	t.Helper()
	ids := make([]string, 0, len(names))
	for _, name := range names {
		company, err := d.sim.AddCompany(name, "")
		require.NoError(t, err)
		ids = append(ids, strconv.FormatInt(company.ID, 10))
	}
	return ids
}

// _limit defaults to 10 and is rejected above 100. _page counts from 0 and overrides _offset.
func TestPaging(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	names := make([]string, 0, 120)
	for i := range 120 {
		names = append(names, fmt.Sprintf("Company %03d", i))
	}
	ids := addCompanies(t, d, names...)
	require.Equal(t, ids[:10], d.get("/companies").values("id"))
	require.Equal(t, ids[:100], d.get("/companies?_limit=100").values("id"))
	require.Equal(t, ids[100:], d.get("/companies?_limit=100&_page=1").values("id"))
	require.Empty(t, d.get("/companies?_limit=100&_page=2").list())
	require.Equal(t, ids[5:8], d.get("/companies?_limit=3&_offset=5").values("id"))
	require.Equal(t, ids[3:6], d.get("/companies?_limit=3&_offset=5&_page=1").values("id"))
	require.Empty(t, d.get("/companies?_limit=0").list())
	for _, bad := range []string{"_limit=101", "_limit=x", "_limit=-1", "_page=-1", "_page=x", "_offset=-1"} {
		d.get("/companies?" + bad).invalid("_")
	}
	require.Equal(t, "120", d.get("/companies/count").object()["count"])
	require.Equal(t, "11", d.get("/companies/count?_search=00").object()["count"])
}

// Filters select and sort companies as accelo.md 4.3 describes.
func TestFilters(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := start(t, accelo.Options{Now: c.Now})
	for i, company := range [][2]string{{"Alpha", "active"}, {"Beta", "inactive"}, {"Gamma (UK)", "active"}, {"Delta, Inc", "interested"}} {
		row, err := d.sim.AddCompany(company[0], company[1])
		require.NoError(t, err)
		d.put(fmt.Sprintf("/companies/%d", row.ID), form("website", fmt.Sprintf("www%d.example", i))).ok()
		c.advance(time.Second)
	}
	first, err := strconv.Atoi(d.get("/companies").values("id")[0])
	require.NoError(t, err)
	t0 := newClock().Now().Unix()
	at := func(format string, args ...any) string { return fmt.Sprintf(format, args...) }
	tests := []struct {
		name, filter string
		want         []string
	}{
		{"one value", "standing(active)", []string{"Alpha", "Gamma (UK)"}},
		{"values are joined by or", "standing(inactive,interested)", []string{"Beta", "Delta, Inc"}},
		{"case does not matter", "standing(ACTIVE)", []string{"Alpha", "Gamma (UK)"}},
		{"white space around values", "standing( inactive , interested )", []string{"Beta", "Delta, Inc"}},
		{"items are joined by and", at("standing(active),id(%d,%d)", first, first+1), []string{"Alpha"}},
		{"negation", "standing_not(active)", []string{"Beta", "Delta, Inc"}},
		{"negation of values", "standing_not(active,interested)", []string{"Beta"}},
		{"the last of two equal filters wins", "standing(active),standing(inactive)", []string{"Beta"}},
		{"after is strict", at("date_created_after(%d)", t0+1), []string{"Gamma (UK)", "Delta, Inc"}},
		{"before is strict", at("date_created_before(%d)", t0+1), []string{"Alpha"}},
		{"greater than", at("id_greater_than(%d)", first+1), []string{"Gamma (UK)", "Delta, Inc"}},
		{"less than", at("id_less_than(%d)", first+1), []string{"Alpha"}},
		{"greater than or equal", at("id_greater_than_or_equal(%d)", first+2), []string{"Gamma (UK)", "Delta, Inc"}},
		{"less than or equal", at("id_less_than_or_equal(%d)", first+1), []string{"Alpha", "Beta"}},
		{"order by name", "order_by_desc(name)", []string{"Gamma (UK)", "Delta, Inc", "Beta", "Alpha"}},
		{"order by two fields", "order_by_asc(standing,name)", []string{"Alpha", "Gamma (UK)", "Beta", "Delta, Inc"}},
		{"empty", "empty(custom_id),standing(inactive)", []string{"Beta"}},
		{"search drops parentheses", "search(gamma (UK))", []string{"Gamma (UK)"}},
		{"search joins words by and", "search(ta be)", []string{"Beta"}},
		{"search splits at commas", "search(delta,inc)", []string{"Delta, Inc"}},
		{"or", at("_OR(standing(inactive),id(%d))", first), []string{"Alpha", "Beta"}},
		{"or with and", at("_OR(standing(inactive),_AND(standing(active),id_greater_than(%d)))", first), []string{"Beta", "Gamma (UK)"}},
		{"the last of two equal filters wins within or", at("_OR(id(%d),id(%d))", first, first+1), []string{"Beta"}},
		{"or of searches needs different names", "_OR(search(alpha),standing(interested))", []string{"Alpha", "Delta, Inc"}},
		{"and", at("_AND(standing(active),id(%d))", first+2), []string{"Gamma (UK)"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, d.get("/companies"+query("_filters", test.filter)).values("name"))
			require.Equal(t, strconv.Itoa(len(test.want)), d.get("/companies/count" + query("_filters", test.filter)).object()["count"])
		})
	}
}

// Filters that an endpoint does not support and malformed filters are rejected.
func TestInvalidFilters(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Companies: 10})
	for _, bad := range []struct{ name, path, filter string }{
		{"companies have no name filter", "/companies", "name(x)"},
		{"plural of a name", "/companies", "standings(active)"},
		{"range of a field without one", "/companies", "name_greater_than(a)"},
		{"order of a field without one", "/companies", "order_by_asc(website)"},
		{"order of nothing", "/companies", "order_by_asc()"},
		{"no value", "/companies", "id()"},
		{"no parentheses", "/companies", "id"},
		{"number expected", "/companies", "id(x)"},
		{"one value expected", "/companies", "id_greater_than(1,2)"},
		{"unbalanced", "/companies", "id(1"},
		{"too many", "/companies", "id(1))"},
		{"nested or", "/companies", "_OR(_OR(id(1)),id(2))"},
		{"two ands", "/companies", "_AND(id(1)),_OR(_AND(id(2)),id(3))"},
		{"equality of a date", "/companies", "date_created(0)"},
		{"deep nesting", "/companies", "_OR(_AND(_OR(_AND(_OR(_AND(_OR(_AND(_OR(_AND(id(1)))))))))))"},
		{"requests have no company filter", "/requests", "company(1)"},
		{"requests order by id and dates only", "/requests", "order_by_asc(title)"},
		{"assets filter by type_id", "/assets", "asset_type_id(1)"},
		{"assets have no modification date", "/assets", "date_modified_after(1)"},
		{"object filter without type", "/assets", "against(1)"},
		{"object filter without id", "/assets", "against(company)"},
		{"activities have no search", "/activities", "search(x)"},
		{"extension values have no filters", "/assets/extensions/values", "field_id(1)"},
	} {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			d.get(bad.path+query("_filters", bad.filter)).refused(400, "invalid_request")
		})
	}
	d.get("/activities?_search=x").invalid("searched")
}

// The JSON form of filters needs no escaping (accelo.md 3.6).
func TestFiltersAsJSON(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	addCompanies(t, d, "Alpha", "Smith, Jones (UK)", "Beta")
	ids := d.get("/companies").values("id")
	_, affiliation, err := d.sim.AddContact(1001, "A", "B", "a,b(c)@x.example")
	require.NoError(t, err)
	require.Equal(t, []string{strconv.FormatInt(affiliation.ID, 10)},
		d.post("/affiliations?_method=get", map[string]any{"_filters": map[string]any{"email": []string{"a,b(c)@x.example"}}}).values("id"))
	tests := []struct {
		name   string
		filter map[string]any
		want   []string
	}{
		{"numbers", map[string]any{"id": []any{1001, 1003}}, []string{"Alpha", "Beta"}},
		{"texts", map[string]any{"id": []any{ids[1]}}, []string{"Smith, Jones (UK)"}},
		{"order", map[string]any{"order_by_desc": []any{"id"}}, []string{"Beta", "Smith, Jones (UK)", "Alpha"}},
		{"search", map[string]any{"search": []any{"jones (uk)"}}, []string{"Smith, Jones (UK)"}},
		{"or", map[string]any{"_OR": []any{map[string]any{"id": []any{1001}, "search": []any{"beta"}}}}, []string{"Alpha", "Beta"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, d.post("/companies?_method=get", map[string]any{"_filters": test.filter}).values("name"))
		})
	}
	d.post("/companies?_method=get", map[string]any{"_filters": []any{1}}).invalid("_filters")
}

// A search matches if every word is in one of the search fields, ignoring case. _search allows parentheses and commas.
func TestSearch(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	addCompanies(t, d, "Kurt Wagner", "Wagner & Kurtz (UK), Ltd", "Éclair")
	d.put("/companies/1003", form("phone", "555-1234", "comments", "wagner")).ok()
	for search, want := range map[string][]string{
		"kurt wagner":  {"Kurt Wagner", "Wagner & Kurtz (UK), Ltd"},
		"KURTZ":        {"Wagner & Kurtz (UK), Ltd"},
		"(UK), Ltd":    {"Wagner & Kurtz (UK), Ltd"},
		"éCLAIR":       {"Éclair"},
		"éclair 555":   {"Éclair"},
		"kurt nothing": {},
	} {
		require.Equal(t, want, d.get("/companies"+query("_search", search)).values("name"), search)
	}
	require.Equal(t, []string{"Kurt Wagner"}, d.get("/companies"+query("_search", "wagner", "_filters", "id(1001)")).values("name"))
}

// A reply has the default fields and those that _fields asks for, also of nested objects. Unknown names are ignored and
// recorded as violations (accelo.md 4.2).
func TestFields(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Companies: 1})
	row := func(fields string) map[string]any { return d.get("/affiliations" + query("_fields", fields)).list()[0] }
	keys := func(o any) []string {
		members, ok := o.(map[string]any)
		require.True(t, ok, "%v is not an object", o)
		var names []string
		for name := range members {
			names = append(names, name)
		}
		return names
	}
	require.ElementsMatch(t, []string{"id", "mobile", "email"}, keys(row("")))
	require.ElementsMatch(t, []string{"id", "mobile", "email", "phone"}, keys(row("phone,nonsense")))
	require.Contains(t, d.violations(), "the object has no field nonsense")
	require.IsType(t, "", row("company")["company"])
	require.ElementsMatch(t, []string{"id", "name"}, keys(row("company()")["company"]))
	require.ElementsMatch(t, []string{"id", "name", "website", "status"}, keys(row("company(website,status())")["company"]))
	nested := row("_ALL,company(status(color)),contact()")
	require.IsType(t, "", nested["standing"])
	company, _ := nested["company"].(map[string]any)
	require.ElementsMatch(t, []string{"id", "title", "standing", "color"}, keys(company["status"]))
	require.ElementsMatch(t, []string{"id", "firstname", "surname", "mobile", "email"}, keys(nested["contact"]))
	require.IsType(t, "", d.get("/companies?_fields=default_affiliation()").list()[0]["default_affiliation"], "it can't be expanded")
	d.get("/companies?_fields=status(").invalid("Unbalanced")
}

// The order of an object's keys varies (accelo.md 3.1).
func TestKeyOrderVaries(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Companies: 1})
	first := d.get("/companies?_fields=_ALL").Raw
	for range 100 {
		if d.get("/companies?_fields=_ALL").Raw != first {
			return
		}
	}
	require.Fail(t, "100 replies had the same order of keys")
}
