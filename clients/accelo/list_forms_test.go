package accelo_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	simulator "ninjaone-accelo/internal/simulator/accelo"
)

// Whatever form of a list a deployment refuses or ignores, lists are whole and in order of ID, and so are records that are read by their IDs. A
// refused form is asked for once.
func TestListForms(t *testing.T) {
	t.Parallel()
	for name, switches := range map[string]simulator.Switches{
		"as documented":               {},
		"pages of 50":                 {ModestLimit: true},
		"no order":                    {OrderFilters: "refused"},
		"an order of its own":         {OrderFilters: "ignored"},
		"pages of 50, no order":       {ModestLimit: true, OrderFilters: "refused"},
		"pages of 50, an own order":   {ModestLimit: true, OrderFilters: "ignored"},
		"no order, errors as success": {OrderFilters: "refused", Errors200: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDeployment(t, simulator.Options{Companies: 130, Seed: 1, Switches: switches})
			for range 2 {
				companies := allRows(t, d.Companies(t.Context(), accelo.CompanyQuery{}))
				require.Len(t, companies, 130)
				ids := make([]accelo.ID, len(companies))
				for i, company := range companies {
					ids[i] = company.ID
				}
				require.IsIncreasing(t, ids)
				require.Equal(t, companies[100:], allRows(t, d.Companies(t.Context(), accelo.CompanyQuery{AfterID: ids[99]})))
				found, err := d.CompaniesByID(t.Context(), ids)
				require.NoError(t, err)
				require.Equal(t, companies, found)
				if switches != (simulator.Switches{}) {
					require.LessOrEqual(t, d.refusals(), 3, "every form of the first call")
				}
			}
			d.requireNoViolations(t)
		})
	}
}

// refusals counts the lists that were refused.
func (d deployment) refusals() (count int) {
	for _, call := range d.sim.Lab().Calls.Calls(1000) {
		if call.Method == http.MethodGet && call.Status == http.StatusBadRequest {
			count++
		}
	}
	return count
}

// A deployment that cuts lists in silence doesn't make records disappear that are read by their IDs: those that a long page lacks are asked for
// again. If one is really missing, that takes one call.
func TestCutListOfIDs(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.handle("GET /companies", func(w http.ResponseWriter, r *http.Request) {
		var records []string
		for _, id := range idsIn(r.URL.Query().Get("_filters")) {
			if id != 60 && len(records) < 50 {
				records = append(records, `{"id":"`+strconv.Itoa(id)+`","name":"A"}`)
			}
		}
		succeed("["+strings.Join(records, ",")+"]")(w, r)
	})
	var ids []accelo.ID
	for id := range 100 {
		ids = append(ids, accelo.ID(id+1))
	}
	found, err := s.client().CompaniesByID(t.Context(), ids)
	require.NoError(t, err)
	require.Len(t, found, 99)
	require.Len(t, s.requests("/companies"), 3)
}

// idsIn returns the IDs in a filter on them.
func idsIn(filters string) (ids []int) {
	_, list, _ := strings.Cut(filters, "id(")
	list, _, _ = strings.Cut(list, ")")
	for text := range strings.SplitSeq(list, ",") {
		if id, err := strconv.Atoi(text); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}
