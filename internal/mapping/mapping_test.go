package mapping_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/mapping"
	"ninjaone-accelo/internal/store"
)

// A company and a contact are chosen by hand before the first import; nothing is written to a vendor.
func TestChooseByHand(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	acme := f.organization("Acme")
	company, contact := f.company("Acme Holding")
	f.change(mapping.Wish{NinjaID: acme, CompanyID: &company, AffiliationID: &contact})
	listed := f.listed(acme)
	require.Equal(t, store.OrganizationChoice{Sync: true, CompanyID: company, AffiliationID: contact}, listed.Choice())
	require.Equal(t, []string{"Acme Holding", "Chosen", "jane (test)"}, []string{listed.Company, listed.ChosenWhy, listed.ChosenBy})
	require.Len(t, f.accelo.Snapshot().Companies, 1)

	other, _ := f.company("Other")
	f.change(mapping.Wish{NinjaID: acme, CompanyID: &other})
	require.Equal(t, store.OrganizationChoice{Sync: true, CompanyID: other}, f.listed(acme).Choice(), "the contact was the other company's")
	none := int64(0)
	f.change(mapping.Wish{NinjaID: acme, CompanyID: &none})
	require.Equal(t, store.OrganizationChoice{Sync: true}, f.listed(acme).Choice())
}

// The company of a linked organization is changed as a correction: its history and the audit have it.
func TestLinkedOrganizationIsRelinked(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	acme := f.organization("Acme")
	before, _ := f.company("Acme")
	f.link(acme, "Acme", before)
	after, contact := f.company("Acme Holding")
	ctx := store.WithAudit(t.Context(), store.AuditEntry{About: "default", Actor: "jane", Action: "change mapping"})
	planned, faults, err := f.Plan(ctx, "default", []mapping.Wish{{NinjaID: acme, CompanyID: &after, AffiliationID: &contact}})
	require.NoError(t, err)
	require.Empty(t, faults)
	require.NoError(t, f.Apply(ctx, "default", planned))
	listed := f.listed(acme)
	require.True(t, listed.Linked())
	require.Equal(t, []int64{after, 0, contact}, []int64{listed.CompanyID, listed.ChosenID, listed.AffiliationID})
	audit, err := f.store.Audit(t.Context(), store.AuditQuery{About: "default", Limit: 10})
	require.NoError(t, err)
	require.Len(t, audit, 2, "the correction, and the contact")
	require.NotEmpty(t, audit[1].Before)

	none := int64(0)
	require.Contains(t, f.refused(mapping.Wish{NinjaID: acme, CompanyID: &none})["company_id"], "unlink it on its own page")
}

// What can't be is refused with its reason, and nothing is stored.
func TestRefusedChoices(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	acme, globex, twin := f.organization("Acme"), f.organization("Globex"), f.organization("acme ")
	company, contact := f.company("Acme")
	other, foreign := f.company("Other")
	f.link(acme, "Acme", company)
	missing, strange := int64(99999), int64(88888)
	require.Contains(t, f.refused(mapping.Wish{NinjaID: "4711"})["id"], "does not exist in NinjaOne")
	require.Contains(t, f.refused(mapping.Wish{NinjaID: "x"})["id"], "does not exist in NinjaOne")
	require.Contains(t, f.refused(mapping.Wish{NinjaID: globex, CompanyID: &missing})["company_id"], "does not exist in Accelo")
	require.Contains(t, f.refused(mapping.Wish{NinjaID: globex, CompanyID: &company})["company_id"], "is the company of organization "+acme+" (Acme)")
	require.Empty(t, f.refused(mapping.Wish{NinjaID: twin, CompanyID: &company}), "organizations with the same name share a company")
	require.Contains(t, f.refused(mapping.Wish{NinjaID: acme, CompanyID: &other}, mapping.Wish{NinjaID: globex, CompanyID: &other})["company_id"],
		"is the company of organization "+acme)
	require.Contains(t, f.refused(mapping.Wish{NinjaID: acme}, mapping.Wish{NinjaID: acme})["id"], "is named twice")
	require.Contains(t, f.refused(mapping.Wish{NinjaID: acme, AffiliationID: &strange})["affiliation_id"], "does not exist in Accelo")
	require.Contains(t, f.refused(mapping.Wish{NinjaID: acme, AffiliationID: &foreign})["affiliation_id"], "belongs to company")
	require.Contains(t, f.refused(mapping.Wish{NinjaID: globex, AffiliationID: &contact})["affiliation_id"], "choose the company first")
}

// Two users edit one organization: the second is told, and nothing of a set is stored.
func TestChangedMeanwhile(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	acme, globex := f.organization("Acme"), f.organization("Globex")
	off := false
	planned, _, err := f.Plan(t.Context(), "default", []mapping.Wish{{NinjaID: globex, Sync: &off}, {NinjaID: acme, Sync: &off}})
	require.NoError(t, err)
	company, _ := f.company("Acme")
	f.change(mapping.Wish{NinjaID: acme, CompanyID: &company})
	require.ErrorIs(t, f.Apply(t.Context(), "default", planned), store.ErrChoiceChanged)
	require.True(t, f.listed(acme).Sync)
	choices, err := f.store.OrganizationChoices(t.Context(), "default")
	require.NoError(t, err)
	require.Len(t, choices, 1, "all or nothing")
}

// Matching proposes by the rules of the import and stores nothing but proposals; Confirm chooses what was shown.
func TestMatchAndConfirm(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	acme, fresh, linked, off := f.organization("Acme"), f.organization("Fresh"), f.organization("Linked"), f.organization("Off")
	namesake, twice := f.organization("LINKED"), f.organization("Twice")
	company, _ := f.company(" ACME ")
	renamed, _ := f.company("Someone renamed it")
	f.link(linked, "Linked", renamed)
	f.company("Off")
	first, _ := f.company("Twice")
	f.company("twice")
	no := false
	f.change(mapping.Wish{NinjaID: off, Sync: &no})
	f.accelo.Lab().ResetCounters()
	found, err := f.Match(t.Context(), "default")
	require.NoError(t, err)
	require.Equal(t, mapping.Matched{Proposed: 3, Unmatched: 1}, found)
	for endpoint := range f.accelo.Lab().Counters().ByEndpoint {
		require.Equal(t, "GET ", endpoint[:4], "nothing is written: "+endpoint)
	}
	require.Equal(t, company, f.listed(acme).ProposedID)
	require.Equal(t, "Same name", f.listed(acme).ProposedWhy)
	require.Equal(t, renamed, f.listed(namesake).ProposedID)
	require.Equal(t, "Organization "+linked+" has the same name", f.listed(namesake).ProposedWhy)
	require.Equal(t, first, f.listed(twice).ProposedID)
	require.Contains(t, f.listed(twice).ProposedWhy, "have this name")
	require.Contains(t, f.listed(fresh).ProposedWhy, "the next import creates it")
	require.Zero(t, f.listed(off).ProposedID)
	require.Zero(t, f.listed(acme).ChosenID, "nothing is chosen yet")

	at, count, err := f.store.ProposedAt(t.Context(), "default")
	require.NoError(t, err)
	require.Equal(t, 3, count)
	_, err = f.Confirm(t.Context(), "default", at.Add(-time.Second))
	require.ErrorIs(t, err, mapping.ErrProposalsChanged)
	count, err = f.Confirm(t.Context(), "default", at)
	require.NoError(t, err)
	require.Equal(t, 3, count)
	listed := f.listed(acme)
	require.Equal(t, company, listed.ChosenID)
	require.Zero(t, listed.ProposedID)
	require.Equal(t, []string{"Same name", "jane (test)"}, []string{listed.ChosenWhy, listed.ChosenBy})
}
