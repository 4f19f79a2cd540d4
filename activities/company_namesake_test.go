package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/rules"
	accelosim "ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
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

// An empty list of organizations doesn't say that nobody else could have the stored name.
func TestCompanyInAStoredFormAndAnEmptyList(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	require.NoError(t, f.accelo.SetSwitches(accelosim.Switches{StoreThreeBytes: true}))
	organization := f.ninja.AddOrganization("Bakery 🍞", "")
	f.ninja.AddOrganization("Bakery 🥐", "")
	company, err := f.accelo.AddCompany("Bakery 🥐", "active")
	require.NoError(t, err)
	id := f.beginAndRead()
	f.ninjaFaults(lab.Fault{Kind: "list-empty", Path: "^/v2/organizations$"})
	require.Equal(t, rules.Created, f.company(id, organization).Outcome)
	require.NotEqual(t, company.ID, f.link(store.Organizations, organization).AcceloID)
}

// A new organization under the name that another one had until NinjaOne renamed it is another customer, whichever is synced first. One that
// shares its name with an organization as it is now shares the company.
func TestNewOrganizationUnderAFormerName(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		first func(f *fixture, id string, renamed, fresh int)
		act   func(f *fixture, renamed int)
		same  bool
	}{
		"the new one first": {
			act: func(f *fixture, renamed int) {
				require.NoError(f.t, f.ninja.RenameOrganization(renamed, "Acme Holding"))
			},
			first: func(f *fixture, id string, renamed, fresh int) { f.company(id, fresh); f.company(id, renamed) },
		},
		"the renamed one first": {
			act: func(f *fixture, renamed int) {
				require.NoError(f.t, f.ninja.RenameOrganization(renamed, "Acme Holding"))
			},
			first: func(f *fixture, id string, renamed, fresh int) { f.company(id, renamed); f.company(id, fresh) },
		},
		"not renamed": {
			act:   func(*fixture, int) {},
			first: func(f *fixture, id string, _, fresh int) { f.company(id, fresh) },
			same:  true,
		},
		"deleted": {
			act:   func(f *fixture, renamed int) { require.NoError(f.t, f.ninja.DeleteOrganization(renamed)) },
			first: func(f *fixture, id string, _, fresh int) { f.company(id, fresh) },
			same:  true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, settings{})
			former := f.ninja.AddOrganization("Acme", "")
			f.fullImport()
			test.act(f, former)
			fresh := f.ninja.AddOrganization("Acme", "")
			id := f.beginAndRead()
			f.compare(id)
			test.first(f, id, former, fresh)
			require.Equal(t, test.same, f.link(store.Organizations, former).AcceloID == f.link(store.Organizations, fresh).AcceloID)
			f.finish(activities.ImportFinishInput{ImportID: id})
			f.fullImport()
			f.resetCalls()
			f.fullImport()
			require.Empty(t, f.writes())
			names := []string{}
			for _, company := range f.accelo.Snapshot().Companies {
				names = append(names, company.Name)
			}
			if test.same {
				require.Equal(t, []string{"Acme"}, names)
			} else {
				require.ElementsMatch(t, []string{"Acme", "Acme Holding"}, names)
			}
		})
	}
}

// Where tags are taken out of texts, a company entered under a name in angle brackets lacks them, as may another customer's: a person has to say.
// Nobody is asked about the company of an organization of that name.
func TestCompanyThatLacksWhatIsInBrackets(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	require.NoError(t, f.accelo.SetSwitches(accelosim.Switches{StoreWithoutTags: true}))
	organization := f.ninja.AddOrganization("Smith <North>", "")
	company, err := f.accelo.AddCompany("Smith <North>", "active")
	require.NoError(t, err)
	id := f.beginAndRead()
	f.compare(id)
	require.Equal(t, rules.Failed, f.company(id, organization).Outcome)
	failures, err := f.database.Failures(t.Context(), "default")
	require.NoError(t, err)
	require.Contains(t, failures[0].Error, "starter relink organization "+itoa(organization)+" "+itoa(int(company.ID)))
	alert := f.triggerAlert(f.device(organization, "SHIP"), full)
	require.Error(t, f.syncAlertCompany(organization, alert))
	require.Len(t, f.accelo.Snapshot().Companies, 1)

	f.ninja.AddOrganization("Smith", "")
	f.fullImport()
	world := f.accelo.Snapshot()
	require.Len(t, world.Companies, 2, "the entered one is Smith's")
	require.NotEqual(t, company.ID, f.link(store.Organizations, organization).AcceloID)
}
