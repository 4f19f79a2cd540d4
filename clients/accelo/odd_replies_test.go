package accelo_test

import (
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/lenient/lenienttest"
	simulator "ninjaone-accelo/internal/simulator/accelo"
)

// records are what a call returned, by ID.
type records = map[accelo.ID]any

func index[T any](rows []T, id func(T) accelo.ID) records {
	found := records{}
	for _, row := range rows {
		found[id(row)] = row
	}
	return found
}

// Whatever type a member of a record has, at any depth: the other records are read as before, and so is the list.
func TestOddMembers(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Options{Seed: 1, Companies: 4})
	server := httptest.NewServer(sim)
	t.Cleanup(func() {
		server.Close()
		sim.Close()
	})
	seedAssetsAndRequests(t, sim)
	tests := map[string]func(t *testing.T, client *accelo.Client) (records, error){
		"/companies": func(t *testing.T, client *accelo.Client) (records, error) {
			t.Helper()
			found, err := client.CompaniesByID(t.Context(), ids(sim.Snapshot().Companies, func(c simulator.Company) int64 { return c.ID }))
			return index(found, func(c accelo.Company) accelo.ID { return c.ID }), err
		},
		"/assets": func(t *testing.T, client *accelo.Client) (records, error) {
			t.Helper()
			found, err := client.AssetsByID(t.Context(), ids(sim.Snapshot().Assets, func(a simulator.Asset) int64 { return a.ID }))
			return index(found, func(a accelo.Asset) accelo.ID { return a.ID }), err
		},
		"/requests": func(t *testing.T, client *accelo.Client) (records, error) {
			t.Helper()
			query := accelo.RequestQuery{IDs: ids(sim.Snapshot().Requests, func(r simulator.Request) int64 { return r.ID })}
			found, err := records{}, error(nil)
			for page, pageErr := range client.Requests(t.Context(), query) {
				found, err = index(page, func(r accelo.Request) accelo.ID { return r.ID }), pageErr
			}
			return found, err
		},
		"/affiliations": func(t *testing.T, client *accelo.Client) (records, error) {
			t.Helper()
			found, err := client.AffiliationsByID(t.Context(), ids(sim.Snapshot().Affiliations, func(a simulator.Affiliation) int64 { return a.ID }))
			return index(found, func(a accelo.Affiliation) accelo.ID { return a.ID }), err
		},
		"/assets/types": func(t *testing.T, client *accelo.Client) (records, error) {
			t.Helper()
			found, err := client.AssetTypes(t.Context())
			return index(found, func(a accelo.AssetType) accelo.ID { return a.ID }), err
		},
	}
	for path, read := range tests {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			transport := &lenienttest.Transport{Path: path}
			client, err := accelo.New(accelo.Options{
				BaseURL: server.URL, ClientID: simulator.DefaultClientID, ClientSecret: simulator.DefaultClientSecret, Transport: transport,
			})
			require.NoError(t, err)
			before, err := read(t, client)
			require.NoError(t, err)
			require.Greater(t, len(before), 2)
			for change, reply := range lenienttest.Replies(t, transport.Recorded, "response", 1) {
				transport.Reply = reply
				after, err := read(t, client)
				require.NoError(t, err, change)
				require.LessOrEqual(t, lenienttest.Changed(before, after, reflect.DeepEqual), 1, change)
			}
		})
	}
}

func ids[T any](rows []T, id func(T) int64) []accelo.ID {
	found := make([]accelo.ID, len(rows))
	for i, row := range rows {
		found[i] = accelo.ID(id(row))
	}
	return found
}

// seedAssetsAndRequests adds a few of each to the first company.
func seedAssetsAndRequests(t *testing.T, sim *simulator.Simulator) {
	t.Helper()
	world := sim.Snapshot()
	company := world.Companies[0]
	for _, title := range []string{"One", "Two", "Three"} {
		made, err := sim.AddAssetType(title)
		require.NoError(t, err)
		_, err = sim.AddAsset(made.Title, company.ID, title, nil)
		require.NoError(t, err)
		_, err = sim.AddRequest(world.RequestTypes[0].ID, company.DefaultAffiliationID, title, "body")
		require.NoError(t, err)
	}
}
