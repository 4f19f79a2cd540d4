package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/rules"
	accelosim "ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/store"
)

// A company that someone enters with an organization's name is the organization's, also if Accelo stores another form of that name: before
// the import or while it runs. The next import changes nothing.
func TestCompanyEnteredInAStoredForm(t *testing.T) {
	t.Parallel()
	for name, switches := range map[string]accelosim.Switches{
		"three bytes":  {StoreThreeBytes: true},
		"without tags": {StoreWithoutTags: true},
		"cut":          {StoreCut: 110},
		"all of it":    {StoreThreeBytes: true, StoreWithoutTags: true, StoreCut: 110, StoreLineEnd: true, ReadEntities: true},
	} {
		for moment, listed := range map[string]bool{"before": false, "meanwhile": true} {
			t.Run(name+", "+moment, func(t *testing.T) {
				t.Parallel()
				f := newFixture(t, settings{})
				require.NoError(t, f.accelo.SetSwitches(switches))
				full := awkward("Newcomer")
				organization := f.ninja.AddOrganization(full, "")
				f.ninja.AddOrganization("Newcomer", "another customer")
				id := ""
				if listed {
					id = f.beginAndRead()
					f.compare(id)
				}
				company, err := f.accelo.AddCompany(full, "active")
				require.NoError(t, err)
				if !listed {
					id = f.beginAndRead()
					f.compare(id)
				}
				require.Equal(t, rules.Matched, f.company(id, organization).Outcome)
				require.Equal(t, company.ID, f.link(store.Organizations, organization).AcceloID)
				require.Len(t, f.accelo.Snapshot().Companies, 1)
				f.finish(activities.ImportFinishInput{ImportID: id})

				f.fullImport()
				f.resetCalls()
				f.fullImport()
				require.Empty(t, f.writes())
				require.Len(t, f.accelo.Snapshot().Companies, 2, "the other organization has its own")
				require.Equal(t, company.ID, f.link(store.Organizations, organization).AcceloID)
			})
		}
	}
}

// A company that another organization has, or that may be another's, is not taken for this one's.
func TestCompanyInAStoredFormOfAnothers(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]string{"named the same": "Bakery ?", "stored the same": "Bakery 🥐"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, settings{})
			require.NoError(t, f.accelo.SetSwitches(accelosim.Switches{StoreThreeBytes: true}))
			organization := f.ninja.AddOrganization("Bakery 🍞", "")
			f.ninja.AddOrganization(other, "")
			company, err := f.accelo.AddCompany(other, "active")
			require.NoError(t, err)
			id := f.beginAndRead()
			f.compare(id)
			require.Equal(t, rules.Created, f.company(id, organization).Outcome)
			require.NotEqual(t, company.ID, f.link(store.Organizations, organization).AcceloID)
		})
	}
}
