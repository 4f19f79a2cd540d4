package accelo_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// A conversion in the UI creates an object and refers to it in the request. Switches change the spelling (accelo.md 7.7).
func TestConvertRequest(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"issue", "job", "prospect"} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			d, affiliation := startWithContact(t, accelo.Options{})
			d.post("/requests", form("title", "Convert me", "body", "B", "type_id", "1", "affiliation_id", affiliation)).ok()
			created, err := d.sim.ConvertRequest(31, target)
			require.NoError(t, err)
			read := func() map[string]any {
				return d.get("/requests/31?_fields=standing,conversion_type,conversion_id").object()
			}
			require.Equal(t, map[string]any{
				"id": "31", "title": "Convert me", "standing": "converted", "conversion_type": target, "conversion_id": strconv.FormatInt(created.ID, 10),
			}, read())
			work := d.get(fmt.Sprintf("/%ss/%d?_fields=breadcrumbs,against,affiliation", target, created.ID)).object()
			require.Equal(t, "Convert me", work["title"])
			require.Equal(t, "companies/1001", work["against"])
			require.Equal(t, []any{map[string]any{"id": "1001", "table": "company", "title": "Acme"}}, work["breadcrumbs"])
			require.NoError(t, d.sim.SetSwitches(accelo.Switches{ConversionSpelling: "plural"}))
			require.Equal(t, target+"s", read()["conversion_type"])
			_, err = d.sim.ConvertRequest(31, target)
			require.Error(t, err, "it can only be converted once")
		})
	}
	d, affiliation := startWithContact(t, accelo.Options{Switches: accelo.Switches{UnconvertedValue: "zero", ClaimOpens: true}})
	r := d.post("/requests?_fields=conversion_id", form("title", "T", "body", "B", "type_id", "1", "affiliation_id", affiliation))
	require.Equal(t, "0", r.object()["conversion_id"])
	_, err := d.sim.ConvertRequest(31, "contract")
	require.Error(t, err)
	require.NoError(t, d.sim.ClaimRequest(31, 15))
	require.Equal(t, "open", d.get("/requests/31?_fields=standing").object()["standing"])
}

// Integrations can create an issue, but not convert a request to one (accelo.md 7.7).
func TestCreateIssue(t *testing.T) {
	t.Parallel()
	d, affiliation := startWithContact(t, accelo.Options{})
	d.post("/issues", form("title", "T", "type_id", "1", "against_type", "company")).invalid("against_id")
	d.post("/issues", form("title", "T", "type_id", "1", "against_type", "company", "against_id", "99")).invalid("99")
	created := d.post("/issues?_fields=standing", form("title", "T", "type_id", "1", "against_type", "company", "against_id", "1001", "affiliation_id", affiliation))
	require.Equal(t, "open", created.object()["standing"])
	require.Equal(t, []string{created.id()}, d.get("/issues"+query("_filters", "against(company(1001))")).values("id"))
}
