package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// seedLinks creates one record of every state.
func seedLinks(t *testing.T) *database {
	t.Helper()
	d := open(t, store.ClaimTimes{})
	company := newCreation(organization(1), 41)
	company.created = &store.Link{
		OrganizationID: 1, MatchKey: rules.NameKey("Straße 100%"), AcceloID: 41, CompanyID: 41, AffiliationID: 9,
		Baseline: rules.Baseline{"name": {Ninja: "Straße 100%", Accelo: "Acme LLC"}}, Facts: store.Facts{Name: "Straße 100%"},
		ManualChanges: []rules.ManualChange{{Field: "name", Accelo: "Acme LLC", Ninja: "Straße 100%"}},
	}
	d.ensureLinked(company)
	d.ensureLinked(newCreation(device(7), 31))
	unlinked := waitingLink(8)
	unlinked.MatchKey = "5/" + rules.NameKey("Print_Server")
	require.NoError(t, d.MarkWaiting(t.Context(), unlinked))
	uncertain := newCreation(device(9), 33)
	uncertain.createErr = createError{store.InFlight}
	_, _, err := d.Ensure(t.Context(), uncertain.creation())
	require.Error(t, err)
	require.NoError(t, d.RecordFailure(t.Context(), store.Failure{
		Connection: connection, Kind: store.Devices, NinjaID: "10", OrganizationID: 1, Name: "Failed PC", WorkflowID: "w", Error: "no",
	}))
	require.NoError(t, d.RecordFailure(t.Context(), store.Failure{
		Connection: connection, Kind: store.Devices, NinjaID: "7", Name: "SRV", WorkflowID: "w", Error: "rejected",
	}))
	require.NoError(t, d.SaveCredentials(t.Context(), credentials("other")))
	elsewhere := device(7)
	elsewhere.Connection = "other"
	d.ensureLinked(newCreation(elsewhere, 31))
	return d
}

// Records are found by id and name of either vendor, by kind and by state, even without a link.
func TestSearchLinks(t *testing.T) {
	t.Parallel()
	shared := seedLinks(t)
	for _, test := range []struct {
		name  string
		query store.LinkQuery
		want  []string
	}{
		{"everything", store.LinkQuery{}, []string{"organization 1", "device 7", "device 8", "device 9", "device 10"}},
		{"a kind", store.LinkQuery{Kind: store.Organizations}, []string{"organization 1"}},
		{"linked", store.LinkQuery{State: store.Linked}, []string{"organization 1", "device 7"}},
		{"waiting", store.LinkQuery{Kind: store.Devices, State: store.Waiting}, []string{"device 8"}},
		{"in doubt", store.LinkQuery{State: store.Doubt}, []string{"device 9"}},
		{"failed", store.LinkQuery{State: store.Failed}, []string{"device 7", "device 10"}},
		{"NinjaOne's id", store.LinkQuery{Text: "8"}, []string{"device 8"}},
		{"Accelo's id", store.LinkQuery{Text: "31"}, []string{"device 7"}},
		{"part of the name in Accelo", store.LinkQuery{Text: "acme"}, []string{"organization 1"}},
		{"the name in NinjaOne, in another case", store.LinkQuery{Text: "STRASSE  100"}, []string{"organization 1"}},
		{"the name of a waiting device", store.LinkQuery{Text: "print_s"}, []string{"device 8"}},
		{"the name of a failed device", store.LinkQuery{Text: "failed pc"}, []string{"device 10"}},
		{"a percent sign is literal", store.LinkQuery{Text: "P%r"}, []string{}},
		{"an underscore is literal", store.LinkQuery{Text: "Acme_LLC"}, []string{}},
		{"one record", store.LinkQuery{Kind: store.Devices, NinjaID: "9"}, []string{"device 9"}},
		{"no match", store.LinkQuery{Text: nasty}, []string{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			found, total, err := shared.SearchLinks(t.Context(), connection, test.query)
			require.NoError(t, err)
			names := []string{}
			for _, link := range found {
				names = append(names, string(link.Kind)+" "+link.NinjaID)
			}
			require.Equal(t, test.want, names)
			require.Equal(t, len(found), total)
		})
	}
}

// Results contain everything known, and the limit does not change the total.
func TestSearchLinksResult(t *testing.T) {
	t.Parallel()
	d := seedLinks(t)
	found, total, err := d.SearchLinks(t.Context(), connection, store.LinkQuery{Limit: 2})
	require.NoError(t, err)
	require.Equal(t, 5, total)
	require.Len(t, found, 2)
	company, server := found[0], found[1]
	require.Equal(t, "Acme LLC", company.Name)
	require.Equal(t, []int64{41, 41, 9}, []int64{company.AcceloID, company.CompanyID, company.AffiliationID})
	require.Len(t, company.ManualChanges, 1)
	require.Equal(t, []string{"SRV", "rejected"}, []string{server.Name, server.Problem})

	found, _, err = d.SearchLinks(t.Context(), connection, store.LinkQuery{NinjaID: "10"})
	require.NoError(t, err)
	require.Equal(t, []string{"Failed PC", "parked", "no"}, []string{found[0].Name, string(found[0].State), found[0].Problem})
	require.Equal(t, 1, found[0].OrganizationID)
	require.NotNil(t, found[0].ManualChanges)
}

// Alerts come after all other records, also if the page begins among them, and are found by either id and by the name of their failure.
func TestSearchAlerts(t *testing.T) {
	t.Parallel()
	d := seedLinks(t)
	d.exec(`INSERT INTO links (connection, kind, ninja_id, state, accelo_id) SELECT 'default', 'alert', 'uid-' || n, 'linked', 500 + n
		FROM generate_series(1, 5) AS n`)
	d.exec(`INSERT INTO failures (connection, kind, ninja_id, name, workflow_id, error) VALUES ('default', 'alert', 'uid-2', 'Disk full', 'w', 'no'),
		('default', 'alert', 'uid-9', 'Disk gone', 'w', 'no')`)
	for _, test := range []struct {
		name  string
		query store.LinkQuery
		want  []string
		total int
	}{
		{"across the border", store.LinkQuery{Offset: 4, Limit: 3}, []string{"10", "uid-1", "uid-2"}, 11},
		{"beyond the border", store.LinkQuery{Offset: 9, Limit: 3}, []string{"uid-5", "uid-9"}, 11},
		{"beyond all", store.LinkQuery{Offset: 20, Limit: 3}, []string{}, 11},
		{"linked", store.LinkQuery{Kind: store.Alerts, State: store.Linked, Limit: 2}, []string{"uid-1", "uid-2"}, 5},
		{"failed", store.LinkQuery{Kind: store.Alerts, State: store.Failed}, []string{"uid-2", "uid-9"}, 2},
		{"in doubt", store.LinkQuery{Kind: store.Alerts, State: store.Doubt}, []string{}, 0},
		{"waiting", store.LinkQuery{Kind: store.Alerts, State: store.Waiting}, []string{}, 0},
		{"by uid", store.LinkQuery{Text: "uid-3"}, []string{"uid-3"}, 1},
		{"by request", store.LinkQuery{Text: "504"}, []string{"uid-4"}, 1},
		{"by the name of a failure", store.LinkQuery{Text: "disk"}, []string{"uid-2", "uid-9"}, 2},
		{"one", store.LinkQuery{Kind: store.Alerts, NinjaID: "uid-9"}, []string{"uid-9"}, 1},
	} {
		found, total, err := d.SearchLinks(t.Context(), connection, test.query)
		require.NoError(t, err, test.name)
		ids := []string{}
		for _, link := range found {
			ids = append(ids, link.NinjaID)
		}
		require.Equal(t, test.want, ids, test.name)
		require.Equal(t, test.total, total, test.name)
	}
}
