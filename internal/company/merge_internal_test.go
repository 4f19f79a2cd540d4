package company

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// A merge moves every record. Records in different companies, or in the old one, were moved one by one and prove nothing.
func TestUnanimous(t *testing.T) {
	t.Parallel()
	const old = accelo.ID(1)
	for _, test := range []struct {
		name      string
		companies []accelo.ID
		want      accelo.ID
	}{
		{"no record", nil, 0},
		{"one record", []accelo.ID{7}, 7},
		{"all in one company", []accelo.ID{7, 7, 7}, 7},
		{"in different companies", []accelo.ID{7, 8, 7}, 0},
		{"one in the old company", []accelo.ID{7, old}, 0},
		{"all in the old company", []accelo.ID{old, old}, 0},
	} {
		require.Equal(t, test.want, unanimous(old, test.companies), test.name)
	}
}

// An organization is settled only if its link is complete.
func TestStateSettled(t *testing.T) {
	t.Parallel()
	organization := rules.Organization{ID: 7, Name: "Planet Express"}
	company := rules.Company{ID: 1, Name: "Planet Express", PrimaryAffiliation: 3}
	linked := func(change func(*State)) State {
		state := State{
			Organization: organization, Decision: rules.CompanyDecision{Company: company},
			Link: &store.Link{AcceloID: 1, AffiliationID: 3, Facts: factsOf(organization, nil)},
		}
		change(&state)
		return state
	}
	require.True(t, State{Organization: organization}.Settled(), "an organization without a link has nothing to complete")
	require.True(t, linked(func(*State) {}).Settled())
	require.False(t, linked(func(s *State) { s.Decision.Company = rules.Company{} }).Settled(), "the company was not listed")
	require.False(t, linked(func(s *State) { s.Link.AffiliationID = 4 }).Settled(), "another primary contact")
	require.False(t, linked(func(s *State) { s.Link.Facts.Name = "" }).Settled(), "alerts need the name")
	require.False(t, linked(func(s *State) {
		s.Decision.ManualChanges = []rules.ManualChange{{Field: rules.NameKeyField, Accelo: "Momcorp", Ninja: "Planet Express"}}
	}).Settled(), "a manual change without a note")
}
