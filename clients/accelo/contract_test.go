package accelo_test

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	simulator "ninjaone-accelo/internal/simulator/accelo"
)

// These tests run the client against the simulator, which was written independently from the same description of the API.

// deployment is a simulated Accelo and a client for it.
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

// requireNoViolations fails if a call violated the API in a way that Accelo would ignore silently.
func (d deployment) requireNoViolations(t *testing.T) {
	t.Helper()
	require.Empty(t, d.sim.Lab().Calls.Violations())
}

// inEveryMode runs a test for each set of undocumented calls that a deployment may offer.
func inEveryMode(t *testing.T, test func(t *testing.T, d deployment, mode simulator.Mode)) {
	t.Helper()
	for _, mode := range []simulator.Mode{simulator.ModeOpen, simulator.ModeNoExtensionKeys, simulator.ModeDocumented} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			d := newDeployment(t, simulator.Options{Mode: mode, Companies: 130, Seed: 1})
			test(t, d, mode)
			d.requireNoViolations(t)
		})
	}
}

// The calls about the account and the request types return what the deployment holds.
func TestContractAccount(t *testing.T) {
	t.Parallel()
	inEveryMode(t, func(t *testing.T, d deployment, _ simulator.Mode) {
		t.Helper()
		ctx := t.Context()
		require.NoError(t, d.CheckDeployment(ctx))
		info, err := d.TokenInfo(ctx)
		require.NoError(t, err)
		require.Equal(t, simulator.DefaultDeployment, info.Deployment)
		user, err := d.User(ctx)
		require.NoError(t, err)
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

// Companies and contacts are listed, found by name, created, changed and followed after a merge.
func TestContractCompanies(t *testing.T) {
	t.Parallel()
	inEveryMode(t, func(t *testing.T, d deployment, _ simulator.Mode) {
		t.Helper()
		ctx := t.Context()
		all := allRows(t, d.Companies(ctx, accelo.CompanyQuery{}))
		require.Len(t, all, 130)
		require.Len(t, allRows(t, d.Companies(ctx, accelo.CompanyQuery{AfterID: all[119].ID})), 10)

		for _, company := range all[:20] {
			found, err := d.FindCompaniesByName(ctx, company.Name)
			require.NoError(t, err)
			require.Contains(t, found, company)
			require.Equal(t, found[0].Standing == accelo.StandingActive, hasActive(found))
		}

		const name = "Kramer & Söhne (Zug), AG; 100 %"
		created, err := d.CreateCompany(ctx, accelo.NewCompany{Name: name, Comments: "line\nline"})
		require.NoError(t, err)
		require.Equal(t, name, created.Name)
		require.Equal(t, accelo.StandingActive, created.Standing)
		require.Zero(t, created.DefaultAffiliation)
		found, err := d.FindCompaniesByName(ctx, "kramer &  SÖHNE (ZUG), ag; 100 %")
		require.NoError(t, err)
		require.Equal(t, []accelo.Company{created}, found)

		contact, err := d.CreateContact(ctx, accelo.NewContact{FirstName: "NinjaOne", Surname: name, CompanyID: created.ID})
		require.NoError(t, err)
		require.NotZero(t, contact.DefaultAffiliation)
		affiliations, err := d.AffiliationsOfCompany(ctx, created.ID)
		require.NoError(t, err)
		require.Len(t, affiliations, 1)
		require.Equal(t, contact.DefaultAffiliation, affiliations[0].ID)
		require.Equal(t, created.ID, affiliations[0].Company.ID)
		require.Equal(t, name, affiliations[0].Company.Object.Name)
		require.Equal(t, contact.ID, affiliations[0].Contact.ID)

		comments := "changed"
		changed, err := d.UpdateCompany(ctx, created.ID, accelo.CompanyChange{Comments: &comments})
		require.NoError(t, err)
		require.Equal(t, "changed", changed.Comments)
		require.Equal(t, name, changed.Name)

		require.NoError(t, d.sim.MergeCompanies(int64(created.ID), int64(all[0].ID)))
		_, err = d.Company(ctx, created.ID)
		require.True(t, accelo.IsInvalidRequest(err))
		left, err := d.CompaniesByID(ctx, []accelo.ID{created.ID, all[0].ID})
		require.NoError(t, err)
		require.Len(t, left, 1)
		affiliations, err = d.AffiliationsByID(ctx, []accelo.ID{contact.DefaultAffiliation})
		require.NoError(t, err)
		require.Len(t, affiliations, 1)
		require.Equal(t, all[0].ID, affiliations[0].Company.ID, "the affiliation has moved to the other company")
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
