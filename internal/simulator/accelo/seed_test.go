package accelo_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
)

// The initial data has cases that make matching hard: NinjaOne's names in other spellings, awkward names, duplicates,
// inactive companies and companies without a contact.
func TestSeededWorld(t *testing.T) {
	t.Parallel()
	world := start(t, accelo.Options{Companies: 40, Seed: 3}).sim.Snapshot()
	require.Len(t, world.Companies, 40)
	shared := map[string]bool{}
	for i := range 200 {
		shared[rules.NameKey(lab.OrganizationName(3, i))] = true
	}
	named := map[string][]accelo.Company{}
	var alone, inactive, respelled, parentheses, commas, accents int
	for _, company := range world.Companies {
		key := rules.NameKey(company.Name)
		require.True(t, shared[key], "%q must be an organization's name", company.Name)
		named[key] = append(named[key], company)
		if company.DefaultAffiliationID == 0 {
			alone++
		}
		if company.Standing == "inactive" {
			inactive++
		}
		if company.Name != strings.TrimSpace(company.Name) || company.Name == strings.ToUpper(company.Name) || company.Name == strings.ToLower(company.Name) {
			respelled++
		}
		parentheses += strings.Count(company.Name, "(")
		commas += strings.Count(company.Name, ",")
		if len([]rune(company.Name)) != len(company.Name) {
			accents++
		}
	}
	for name, n := range map[string]int{
		"without contact": alone, "inactive": inactive, "respelled": respelled, "parentheses": parentheses, "commas": commas, "accents": accents,
	} {
		require.Positive(t, n, name)
	}
	var bothActive, oneActive int
	for _, same := range named {
		if len(same) < 2 {
			continue
		}
		active := 0
		for _, company := range same {
			if company.Standing == "active" {
				active++
			}
		}
		if active == 2 {
			bothActive++
		}
		if active == 1 {
			oneActive++
		}
	}
	require.Positive(t, bothActive)
	require.Positive(t, oneActive)
	priorities := map[int64]bool{}
	for _, request := range world.Requests {
		priorities[request.PriorityID] = true
	}
	require.Len(t, priorities, 5, "clients can discover every priority through a request")
	require.NotEmpty(t, world.Assets)
	require.Empty(t, world.Subscriptions)
}

// The same seed produces the same data, another seed different data.
func TestSeedIsReproducible(t *testing.T) {
	t.Parallel()
	c := newClock()
	world := func(seed int64) accelo.World {
		sim := accelo.New(accelo.Options{Companies: 25, Seed: seed, Now: c.Now})
		defer sim.Close()
		return sim.Snapshot()
	}
	first, again, other := world(1), world(1), world(2)
	require.Equal(t, first, again)
	require.NotEqual(t, first.Companies, other.Companies)
}

// Concurrent reads and writes leave consistent data.
func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	d, _ := startWithContact(t, accelo.Options{})
	kind, err := d.sim.AddAssetType("Device")
	require.NoError(t, err)
	const workers, each = 8, 25
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() {
			for i := range each {
				name := fmt.Sprintf("PC %d-%d", worker, i)
				d.post("/assets", form("title", name, "asset_type_id", text(kind.ID), "against_type", "company", "against_id", "1001"))
				d.get("/assets?_fields=_ALL,breadcrumbs&_filters=against(company(1001)),order_by_desc(id)")
				d.post("/requests", form("title", name, "body", "B", "type_id", "1", "affiliation_id", "40001"))
				_ = d.sim.CloseRequest(int64(31 + i))
				d.get("/requests?_search=pc&_fields=affiliation(company())")
				d.sim.Snapshot()
			}
		})
	}
	group.Wait()
	world := d.sim.Snapshot()
	require.Len(t, world.Assets, workers*each)
	require.Len(t, world.Requests, workers*each)
	for i, asset := range world.Assets {
		require.EqualValues(t, 3001+i, asset.ID)
	}
}

// BenchmarkListOfManyAssets lists one company's 100 assets out of 10,000.
func BenchmarkListOfManyAssets(b *testing.B) {
	sim := accelo.New(accelo.Options{Companies: 100})
	b.Cleanup(sim.Close)
	if _, err := sim.AddAssetType("Device"); err != nil {
		b.Fatal(err)
	}
	for i := range 10_000 {
		if _, err := sim.AddAsset("Device", int64(1001+i%100), fmt.Sprintf("PC %d", i), nil); err != nil {
			b.Fatal(err)
		}
	}
	serve := benchmarkCall(b, sim, "/api/v0/assets?_fields=_ALL&_limit=100&_filters=against(company(1050))")
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			serve()
		}
	})
}
