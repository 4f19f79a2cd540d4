package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// A company that was chosen before an organization was linked doesn't stand in the way of later changes: the link counts. A company that
// someone chooses without having seen the link is refused, and so is one for an organization that is being linked.
func TestChangeOrganizationAfterItWasLinked(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	on := store.OrganizationChoice{Sync: true}
	chosen := on
	chosen.CompanyID = 5
	change := func(id string, before, after store.OrganizationChoice) error {
		return d.ChangeOrganizations(t.Context(), connection, []store.OrganizationChange{{NinjaID: id, Before: before, After: after}})
	}
	require.NoError(t, change("7", on, chosen))
	_, _, err := d.Ensure(t.Context(), newCreation(organization(7), 5).creation())
	require.NoError(t, err)
	other := on
	other.CompanyID = 6
	require.ErrorIs(t, change("7", chosen, other), store.ErrChoiceChanged)
	require.ErrorIs(t, change("7", on, other), store.ErrChoiceChanged)
	require.NoError(t, change("7", on, store.OrganizationChoice{}))
	choice, err := d.OrganizationChoice(t.Context(), connection, 7)
	require.NoError(t, err)
	require.False(t, choice.Sync)

	d.exec(`INSERT INTO links (connection, kind, ninja_id, organization_id, state, claim_token, claimed_until, doubt_until)
		VALUES ($1, 'organization', '8', 8, 'claimed', gen_random_uuid(), now() + interval '1 minute', now() + interval '2 minutes')`, connection)
	var held *store.HeldError
	require.ErrorAs(t, change("8", on, chosen), &held)
	require.NoError(t, change("8", on, store.OrganizationChoice{}), "switching off is always possible")
}
