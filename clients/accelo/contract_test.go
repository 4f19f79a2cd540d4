package accelo_test

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	simulator "ninjaone-accelo/internal/simulator/accelo"
)

// deployment is a simulated Accelo and a client of it.
type deployment struct {
	*accelo.Client
	sim *simulator.Simulator
}

func newDeployment(t *testing.T, options simulator.Options) deployment {
	t.Helper()
	sim := simulator.New(options)
	server := httptest.NewServer(sim)
	t.Cleanup(func() {
		server.Close()
		sim.Close()
	})
	client, err := accelo.New(accelo.Options{
		BaseURL: server.URL, ClientID: simulator.DefaultClientID, ClientSecret: simulator.DefaultClientSecret, Now: options.Now,
	})
	require.NoError(t, err)
	return deployment{Client: client, sim: sim}
}

// requireClean fails when a call broke the contract in a way that Accelo would have let pass in silence.
func (d deployment) requireClean(t *testing.T) {
	t.Helper()
	require.Empty(t, d.sim.Lab().Calls.Violations())
}

func eachMode(t *testing.T, test func(t *testing.T, d deployment, mode simulator.Mode)) {
	t.Helper()
	for _, mode := range []simulator.Mode{simulator.ModeOpen, simulator.ModeNoExtensionKeys, simulator.ModeDocumented} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			d := newDeployment(t, simulator.Options{Mode: mode, Companies: 130, Seed: 1})
			test(t, d, mode)
			d.requireClean(t)
		})
	}
}

// In every mode the documented calls answer as the client expects.
func TestContractAccount(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, d deployment, _ simulator.Mode) {
		t.Helper()
		ctx := t.Context()
		require.NoError(t, d.CheckDeployment(ctx))
		info, err := d.TokenInfo(ctx)
		require.NoError(t, err)
		require.Equal(t, simulator.DefaultDeployment, info.Deployment)
		user, err := d.User(ctx)
		require.NoError(t, err)
		require.Equal(t, info.StaffID, user.ID)
		require.Equal(t, "Requests", user.Titles["request"].Plural)
		state := d.Budget().State()
		require.True(t, state.Known)
		require.Equal(t, d.sim.RateStatus().Remaining, state.Remaining)

		types, err := d.RequestTypes(ctx)
		require.NoError(t, err)
		require.NotEmpty(t, types)
		priorities, err := d.RequestPriorities(ctx)
		require.NoError(t, err)
		require.Len(t, priorities, 5)

		switches := d.sim.Switches()
		switches.UnknownDeployment = true
		require.NoError(t, d.sim.SetSwitches(switches))
		require.ErrorIs(t, d.CheckDeployment(ctx), accelo.ErrUnknownDeployment)
	})
}

// Companies and their people: listed, found by name, made, changed, gone.
func TestContractCompanies(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, d deployment, _ simulator.Mode) {
		t.Helper()
		ctx := t.Context()
		all := collect(t, d.Companies(ctx, accelo.CompanyQuery{}))
		require.Len(t, all, 130)
		require.Len(t, collect(t, d.Companies(ctx, accelo.CompanyQuery{AfterID: all[119].ID})), 10)

		for _, company := range all[:20] {
			found, err := d.FindCompaniesByName(ctx, company.Name)
			require.NoError(t, err)
			require.Contains(t, found, company)
			require.Equal(t, found[0].Standing == accelo.StandingActive, hasActive(found))
		}

		const name = "Kramer & Söhne (Zug), AG; 100 %"
		made, err := d.CreateCompany(ctx, accelo.NewCompany{Name: name, Comments: "line\nline"})
		require.NoError(t, err)
		require.Equal(t, name, made.Name)
		require.Equal(t, accelo.StandingActive, made.Standing)
		require.Zero(t, made.DefaultAffiliation)
		found, err := d.FindCompaniesByName(ctx, "kramer &  SÖHNE (ZUG), ag; 100 %")
		require.NoError(t, err)
		require.Equal(t, []accelo.Company{made}, found)
		_, err = d.CompanyContact(ctx, made.ID)
		require.True(t, accelo.IsInvalidRequest(err))

		contact, err := d.CreateContact(ctx, accelo.NewContact{FirstName: "NinjaOne", Surname: name, CompanyID: made.ID})
		require.NoError(t, err)
		require.NotZero(t, contact.DefaultAffiliation)
		main, err := d.CompanyContact(ctx, made.ID)
		require.NoError(t, err)
		require.Equal(t, contact.ID, main.ID)
		affiliations, err := d.AffiliationsOfCompany(ctx, made.ID)
		require.NoError(t, err)
		require.Len(t, affiliations, 1)
		affiliation, err := d.Affiliation(ctx, contact.DefaultAffiliation)
		require.NoError(t, err)
		require.Equal(t, made.ID, affiliation.Company.ID)
		require.Equal(t, name, affiliation.Company.Object.Name)
		require.Equal(t, contact.ID, affiliation.Contact.ID)
		contacts, err := d.CompanyContacts(ctx, made.ID)
		require.NoError(t, err)
		require.Len(t, contacts, 1)
		again, err := d.Contact(ctx, contact.ID)
		require.NoError(t, err)
		require.Equal(t, contact, again)

		comments := "changed"
		changed, err := d.UpdateCompany(ctx, made.ID, accelo.CompanyChange{Comments: &comments})
		require.NoError(t, err)
		require.Equal(t, "changed", changed.Comments)
		require.Equal(t, name, changed.Name)

		require.NoError(t, d.sim.MergeCompanies(int64(made.ID), int64(all[0].ID)))
		_, err = d.Company(ctx, made.ID)
		require.True(t, accelo.IsInvalidRequest(err))
		left, err := d.CompaniesByID(ctx, []accelo.ID{made.ID, all[0].ID})
		require.NoError(t, err)
		require.Len(t, left, 1)
		affiliation, err = d.Affiliation(ctx, contact.DefaultAffiliation)
		require.NoError(t, err)
		require.Equal(t, all[0].ID, affiliation.Company.ID, "the merged company is followed")
	})
}

func hasActive(companies []accelo.Company) bool {
	for _, company := range companies {
		if company.Standing == accelo.StandingActive {
			return true
		}
	}
	return false
}
