package export_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/export"
	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/local/storetest"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

func TestMain(m *testing.M) { os.Exit(localtest.Run(m)) }

const assetType = "NinjaOne Device"

// fixture is one connection that is set up, with a linked organization.
type fixture struct {
	t            *testing.T
	ninjaOne     *ninjaone.Simulator
	accelo       *accelo.Simulator
	source       export.Source
	organization int
	company      int64
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, ninjaOne: ninjaone.New(ninjaone.Options{}), accelo: accelo.New(accelo.Options{})}
	t.Cleanup(f.ninjaOne.Close)
	t.Cleanup(f.accelo.Close)
	database, err := store.Open(t.Context(), storetest.Database(t), store.Options{}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(database.Close)
	box, err := secret.New(make([]byte, secret.KeySize))
	require.NoError(t, err)
	provider := tenant.NewProvider(tenant.Options{Store: database, Box: box, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, provider.Save(t.Context(), "default", config.VendorCredentials{
		NinjaOne: config.NinjaOne{URL: serve(t, f.ninjaOne), ClientID: "demo-client", ClientSecret: "demo-secret"},
		Accelo:   config.Accelo{URL: serve(t, f.accelo), ClientID: accelo.DefaultClientID, ClientSecret: accelo.DefaultClientSecret},
	}))
	_, err = connect.New(database, provider, connect.Options{}).Run(t.Context(), "default")
	require.NoError(t, err)
	connection, err := provider.Connection(t.Context(), "default")
	require.NoError(t, err)
	f.source = export.Source{Store: database, Connection: connection}

	f.organization = f.ninjaOne.AddOrganization("Planet Express", "")
	company, err := f.accelo.AddCompany("Planet Express Inc.", "active")
	require.NoError(t, err)
	_, _, err = f.accelo.AddContact(company.ID, "Hermes", "Conrad", "")
	require.NoError(t, err)
	f.company = company.ID
	f.link(store.KeyOf("default", store.Organizations, f.organization), store.Link{AcceloID: f.company, CompanyID: f.company})
	f.accelo.Lab().ResetCounters()
	return f
}

func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func (f *fixture) device(organization int, name string) store.Key {
	f.t.Helper()
	id, err := f.ninjaOne.AddDevice(ninjaone.DeviceSpec{OrganizationID: organization, SystemName: name})
	require.NoError(f.t, err)
	return store.KeyOf("default", store.Devices, id)
}

func (f *fixture) waiting(name string) store.Key {
	f.t.Helper()
	key := f.device(f.organization, name)
	require.NoError(f.t, f.source.Store.MarkWaiting(f.t.Context(), store.Link{
		Connection: key.Connection, Kind: key.Kind, NinjaID: key.NinjaID, OrganizationID: f.organization, MatchKey: name, CompanyID: f.company,
	}))
	return key
}

// linked adds a device that is linked to an asset with another title.
func (f *fixture) linked(name, title string) (store.Key, int64) {
	f.t.Helper()
	key := f.device(f.organization, name)
	asset, err := f.accelo.AddAsset(assetType, f.company, title, nil)
	require.NoError(f.t, err)
	f.link(key, store.Link{AcceloID: asset.ID, CompanyID: f.company})
	return key, asset.ID
}

func (f *fixture) link(key store.Key, link store.Link) {
	f.t.Helper()
	link.OrganizationID, link.MatchKey = f.organization, key.NinjaID
	_, _, err := f.source.Store.Ensure(f.t.Context(), store.Creation{
		Key: key, OrganizationID: f.organization, MatchKey: key.NinjaID,
		Find: func(context.Context, *store.Doubtful) (*store.Link, error) { return &link, nil },
	})
	require.NoError(f.t, err)
}

// claimed adds a device whose asset is being created.
func (f *fixture) claimed(name string) store.Key {
	f.t.Helper()
	key := f.device(f.organization, name)
	_, _, err := f.source.Store.Ensure(f.t.Context(), store.Creation{
		Key: key, OrganizationID: f.organization, MatchKey: name,
		Find:     func(context.Context, *store.Doubtful) (*store.Link, error) { return nil, nil },
		Create:   func(context.Context, time.Time) (*store.Link, error) { return nil, context.DeadlineExceeded },
		Classify: func(error) store.CreateOutcome { return store.InFlight },
	})
	require.ErrorIs(f.t, err, context.DeadlineExceeded)
	return key
}

func (f *fixture) collect(all bool) export.Collection {
	f.t.Helper()
	collected, err := export.Collect(f.t.Context(), f.source, all)
	require.NoError(f.t, err)
	return collected
}

func titles(rows []export.Row) []string {
	var list []string
	for _, row := range rows {
		list = append(list, row.Title)
	}
	return list
}

// Without all, only devices that are waiting for their asset are exported, each with its company and contact.
func TestCollectWaitingDevices(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.Empty(t, f.collect(false).Rows)
	f.linked("LINKED", "LINKED")
	f.device(f.organization, "NEW")
	f.claimed("CLAIMED")
	f.waiting("SHIP 2")
	f.waiting("SHIP 1")
	collected := f.collect(false)
	require.Equal(t, []string{"SHIP 1", "SHIP 2"}, titles(collected.Rows))
	require.Empty(t, collected.LeftOut)
	row := collected.Rows[0]
	require.Equal(t, []string{assetType, "Planet Express Inc.", "Hermes", "Conrad"}, []string{row.Type, row.Company, row.FirstName, row.LastName})
	require.NotEmpty(t, row.Fields["ninja_url"])
	require.Zero(t, f.accelo.Lab().Calls.Counters().Writes)
}

// With all, an existing asset keeps its title, and devices that can't be exported are left out with the reason.
func TestCollectAllDevices(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.linked("SHIP", "Edited in Accelo")
	f.device(f.organization, "NEW")
	deleted, asset := f.linked("DELETED", "DELETED")
	require.NoError(t, f.accelo.DeleteAsset(asset))
	claimed := f.claimed("CLAIMED")
	stranger := f.device(f.ninjaOne.AddOrganization("Momcorp", ""), "STRANGER")
	collected := f.collect(true)
	require.Equal(t, []string{"Edited in Accelo", "NEW"}, titles(collected.Rows))
	reasons := map[string]string{}
	for _, left := range collected.LeftOut {
		reasons[left.NinjaID] = left.Reason
	}
	require.Len(t, reasons, 3)
	require.Contains(t, reasons[deleted.NinjaID], "run `starter recreate device "+deleted.NinjaID+"`")
	require.Contains(t, reasons[claimed.NinjaID], "is being created right now")
	require.Contains(t, reasons[stranger.NinjaID], "is not linked yet; run `starter import` first")
}

// A device whose company was deleted or merged is left out.
func TestCollectWithoutCompany(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.waiting("SHIP")
	require.NoError(t, f.accelo.DeleteCompany(f.company))
	collected := f.collect(false)
	require.Empty(t, collected.Rows)
	require.Len(t, collected.LeftOut, 1)
	require.Contains(t, collected.LeftOut[0].Reason, "no longer exists in Accelo; run `starter import`")
}
