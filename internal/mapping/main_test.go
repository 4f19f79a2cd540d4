package mapping_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/local/storetest"
	"ninjaone-accelo/internal/mapping"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

func TestMain(m *testing.M) { os.Exit(localtest.Run(m)) }

// fixture is one connection that is set up, with both simulated vendors.
type fixture struct {
	t        *testing.T
	ninjaOne *ninjaone.Simulator
	accelo   *accelo.Simulator
	store    *store.Store
	*mapping.Mapper
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, ninjaOne: ninjaone.New(ninjaone.Options{}), accelo: accelo.New(accelo.Options{})}
	t.Cleanup(f.ninjaOne.Close)
	t.Cleanup(f.accelo.Close)
	var err error
	f.store, err = store.Open(t.Context(), storetest.Database(t), store.Options{}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(f.store.Close)
	box, err := secret.New(make([]byte, secret.KeySize))
	require.NoError(t, err)
	provider := tenant.NewProvider(tenant.Options{Store: f.store, Box: box, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, provider.Save(t.Context(), "default", config.VendorCredentials{
		NinjaOne: config.NinjaOne{URL: serve(t, f.ninjaOne), ClientID: "demo-client", ClientSecret: "demo-secret"},
		Accelo:   config.Accelo{URL: serve(t, f.accelo), ClientID: accelo.DefaultClientID, ClientSecret: accelo.DefaultClientSecret},
	}))
	report, err := connect.New(f.store, provider, connect.Options{}).Run(t.Context(), "default")
	require.NoError(t, err)
	require.True(t, report.Ready)
	f.Mapper = mapping.New(f.store, provider.Connection, "jane (test)")
	f.accelo.Lab().ResetCounters()
	return f
}

func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// organization adds an organization to NinjaOne and returns its id.
func (f *fixture) organization(name string) string {
	return strconv.Itoa(f.ninjaOne.AddOrganization(name, ""))
}

// company adds a company with a contact to Accelo.
func (f *fixture) company(name string) (id, affiliation int64) {
	f.t.Helper()
	company, err := f.accelo.AddCompany(name, "active")
	require.NoError(f.t, err)
	_, contact, err := f.accelo.AddContact(company.ID, "Ann", "Prime", "")
	require.NoError(f.t, err)
	return company.ID, contact.ID
}

// link links an organization as an import does.
func (f *fixture) link(organization, name string, company int64) {
	f.t.Helper()
	id, err := strconv.Atoi(organization)
	require.NoError(f.t, err)
	require.NoError(f.t, f.store.NoteOrganizations(f.t.Context(), "default", []store.NamedOrganization{{NinjaID: organization, Name: name}}))
	_, err = f.store.Relink(f.t.Context(), store.Correction{
		Key: store.KeyOf("default", store.Organizations, id), OrganizationID: id, Facts: store.Facts{Name: name}, AcceloID: company, CompanyID: company,
	})
	require.NoError(f.t, err)
}

// change plans wishes that have no faults, and applies them.
func (f *fixture) change(wishes ...mapping.Wish) {
	f.t.Helper()
	planned, faults, err := f.Plan(f.t.Context(), "default", wishes)
	require.NoError(f.t, err)
	require.Empty(f.t, faults)
	require.NoError(f.t, f.Apply(f.t.Context(), "default", planned))
}

// refused returns the reasons why wishes can't be granted, by member.
func (f *fixture) refused(wishes ...mapping.Wish) map[string]string {
	f.t.Helper()
	_, faults, err := f.Plan(f.t.Context(), "default", wishes)
	require.NoError(f.t, err)
	reasons := map[string]string{}
	for _, fault := range faults {
		reasons[fault.Member] = fault.Reason
	}
	return reasons
}

// listed returns an organization as the page lists it.
func (f *fixture) listed(id string) store.ListedOrganization {
	f.t.Helper()
	listed, err := f.store.ListOrganizations(f.t.Context(), "default", store.OrganizationQuery{NinjaIDs: []string{id}})
	require.NoError(f.t, err)
	require.Len(f.t, listed, 1)
	return listed[0]
}
