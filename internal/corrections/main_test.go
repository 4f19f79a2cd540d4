package corrections_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/corrections"
	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/local/storetest"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

func TestMain(m *testing.M) { os.Exit(localtest.Run(m)) }

const (
	assetType = "NinjaOne Device"
	actor     = "a user (test)"
)

// fixture is one connection that is set up, with both simulated vendors.
type fixture struct {
	t          *testing.T
	ninjaOne   *ninjaone.Simulator
	accelo     *accelo.Simulator
	store      *store.Store
	connection tenant.Connection
	*corrections.Corrector
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
	f.connection, err = provider.Connection(t.Context(), "default")
	require.NoError(t, err)
	f.Corrector = corrections.New(f.store, provider.Connection, actor)
	f.accelo.Lab().ResetCounters()
	return f
}

func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
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

// contactOf returns the contact of an affiliation.
func (f *fixture) contactOf(affiliation int64) int64 {
	for _, row := range f.accelo.Snapshot().Affiliations {
		if row.ID == affiliation {
			return row.ContactID
		}
	}
	f.t.Fatalf("no affiliation %d", affiliation)
	return 0
}

func (f *fixture) asset(kind string, company int64, title string) int64 {
	f.t.Helper()
	asset, err := f.accelo.AddAsset(kind, company, title, nil)
	require.NoError(f.t, err)
	return asset.ID
}

func (f *fixture) device(organization int, name string) int {
	f.t.Helper()
	id, err := f.ninjaOne.AddDevice(ninjaone.DeviceSpec{OrganizationID: organization, SystemName: name})
	require.NoError(f.t, err)
	return id
}

// link stores a link, as a sync does.
func (f *fixture) link(kind store.Kind, ninjaID string, link store.Link) store.Key {
	f.t.Helper()
	key := store.Key{Connection: "default", Kind: kind, NinjaID: ninjaID}
	_, _, err := f.store.Ensure(f.t.Context(), store.Creation{
		Key: key, OrganizationID: link.OrganizationID, MatchKey: link.MatchKey,
		Find: func(context.Context, *store.Doubtful) (*store.Link, error) { return &link, nil },
	})
	require.NoError(f.t, err)
	return key
}

// imported is an organization with one device, both linked.
type imported struct {
	organization, device        int
	company, affiliation, asset int64
	organizationKey, deviceKey  store.Key
}

func (f *fixture) imported(name string) imported {
	f.t.Helper()
	i := imported{organization: f.ninjaOne.AddOrganization(name, "")}
	i.company, i.affiliation = f.company(name)
	i.device = f.device(i.organization, "SHIP")
	i.asset = f.asset(assetType, i.company, "SHIP")
	i.organizationKey = f.link(store.Organizations, strconv.Itoa(i.organization), store.Link{
		OrganizationID: i.organization, AcceloID: i.company, CompanyID: i.company, AffiliationID: i.affiliation, MatchKey: name,
	})
	i.deviceKey = f.link(store.Devices, strconv.Itoa(i.device), store.Link{
		OrganizationID: i.organization, AcceloID: i.asset, CompanyID: i.company, AffiliationID: i.affiliation,
		MatchKey: strconv.FormatInt(i.company, 10) + "/ship",
	})
	return i
}

// stored returns a stored link.
func (f *fixture) stored(key store.Key) store.Link {
	f.t.Helper()
	link, err := f.store.Link(f.t.Context(), key)
	require.NoError(f.t, err)
	return link
}

func (f *fixture) requireUnlinked(key store.Key) {
	f.t.Helper()
	_, err := f.store.Link(f.t.Context(), key)
	require.ErrorIs(f.t, err, store.ErrNotFound)
}

// claimed stores a link whose creation has begun and not ended.
func (f *fixture) claimed(kind store.Kind, ninjaID string) store.Key {
	f.t.Helper()
	key := store.Key{Connection: "default", Kind: kind, NinjaID: ninjaID}
	_, _, err := f.store.Ensure(f.t.Context(), store.Creation{
		Key: key, OrganizationID: 1, MatchKey: "claimed",
		Find:     func(context.Context, *store.Doubtful) (*store.Link, error) { return nil, nil },
		Create:   func(context.Context, time.Time) (*store.Link, error) { return nil, context.DeadlineExceeded },
		Classify: func(error) store.CreateOutcome { return store.InFlight },
	})
	require.ErrorIs(f.t, err, context.DeadlineExceeded)
	return key
}

// requireNoWrites requires that no correction has written to Accelo.
func (f *fixture) requireNoWrites() {
	f.t.Helper()
	require.Zero(f.t, f.accelo.Lab().Calls.Counters().Writes)
}

func text(id int64) string { return strconv.FormatInt(id, 10) }
