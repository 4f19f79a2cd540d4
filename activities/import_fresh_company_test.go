package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// nominated imports an organization, changes it in NinjaOne, and begins an import that has compared both sides and written nothing yet.
func nominated(t *testing.T, change func(*ninjasim.Organization)) (f *fixture, importID string, organization int, company int64) {
	t.Helper()
	f = newFixture(t, settings{})
	organization = f.ninja.AddOrganization("Planet Express", "delivers")
	f.fullImport()
	company = f.link(store.Organizations, organization).AcceloID
	require.NoError(t, f.ninja.UpdateOrganization(organization, change))
	importID = f.beginAndRead()
	f.compare(importID)
	f.resetCalls()
	return f, importID, organization, company
}

// What someone does to a company after an import has listed it stays, as if it had been done before. Fields that nobody touched follow
// NinjaOne. It takes one read.
func TestCompanyEditedAfterTheListing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name           string
		edit           func(f *fixture, company int64) error
		title, comment string
		kept           []string
	}{
		{
			name:  "renamed",
			edit:  func(f *fixture, company int64) error { return f.accelo.RenameCompany(company, "Mom's Deliveries") },
			title: "Mom's Deliveries", comment: "delivers more", kept: []string{rules.NameKeyField},
		},
		{
			name:  "comments edited",
			edit:  func(f *fixture, company int64) error { return f.accelo.EditCompanyComments(company, "pays late") },
			title: "Planet Express II", comment: "pays late", kept: []string{rules.CommentsField},
		},
		{
			name:  "renamed to what NinjaOne says",
			edit:  func(f *fixture, company int64) error { return f.accelo.RenameCompany(company, "Planet Express II") },
			title: "Planet Express II", comment: "delivers more",
		},
		{
			name:  "nothing edited",
			edit:  func(*fixture, int64) error { return nil },
			title: "Planet Express II", comment: "delivers more",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f, id, organization, company := nominated(t, func(o *ninjasim.Organization) { o.Name, o.Description = "Planet Express II", "delivers more" })
			require.NoError(t, test.edit(f, company))
			require.Equal(t, rules.Updated, f.company(id, organization).Outcome)
			require.Equal(t, 1, f.reads())
			after := f.accelo.Snapshot().Companies[0]
			require.Equal(t, []string{test.title, test.comment}, []string{after.Name, after.Comments})
			require.Equal(t, test.kept, changedFields(f.link(store.Organizations, organization).ManualChanges))
			require.Len(t, f.notes("company", company), len(test.kept))
			f.finishAndSettle(id)
		})
	}
}

// A manual change that someone undid after the listing gets no note.
func TestManualChangeUndoneAfterTheListing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Planet Express", "")
	f.fullImport()
	company := f.link(store.Organizations, organization).AcceloID
	require.NoError(t, f.accelo.RenameCompany(company, "Planet Exprss"))
	id := f.beginAndRead()
	f.compare(id)
	require.NoError(t, f.accelo.RenameCompany(company, "Planet Express"))
	require.Equal(t, rules.Unchanged, f.company(id, organization).Outcome)
	require.Empty(t, f.notes("company", company))
	require.Empty(t, f.link(store.Organizations, organization).ManualChanges)
	f.finishAndSettle(id)
}

// A company that was merged after the listing is followed before anything is written.
func TestCompanyMergedAfterTheListing(t *testing.T) {
	t.Parallel()
	f, id, organization, company := nominated(t, func(o *ninjasim.Organization) { o.Name = "Planet Express II" })
	survivor, err := f.accelo.AddCompany("Momcorp", "active")
	require.NoError(t, err)
	require.NoError(t, f.accelo.MergeCompanies(company, survivor.ID))
	require.Equal(t, survivor.ID, f.company(id, organization).CompanyID)
	require.Equal(t, "Momcorp", f.accelo.Snapshot().Companies[0].Name)
	require.Equal(t, []string{rules.NameKeyField, rules.CommentsField}, changedFields(f.link(store.Organizations, organization).ManualChanges))
	f.finishAndSettle(id)
}

// A company that was deleted after the listing fails its organization, and is not created again.
func TestCompanyDeletedAfterTheListing(t *testing.T) {
	t.Parallel()
	f, id, organization, company := nominated(t, func(o *ninjasim.Organization) { o.Name = "Planet Express II" })
	require.NoError(t, f.accelo.DeleteCompany(company))
	require.Equal(t, rules.Failed, f.company(id, organization).Outcome)
	require.Equal(t, []string{"organization " + itoa(organization)}, f.failed())
	require.Empty(t, f.accelo.Snapshot().Companies)
}

// A primary contact that replaced the listed one stays in use: an alert has found it, and the import does not go back.
func TestPrimaryContactReplacedAfterTheListing(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	old := f.link(store.Organizations, f.organization)
	f.fixture.device(f.organization, "LAB")
	id := f.beginAndRead()
	f.compare(id)
	require.NoError(t, f.accelo.DeleteContact(f.accelo.Snapshot().Contacts[0].ID))
	_, second, err := f.accelo.AddContact(old.AcceloID, "Turanga", "Leela", "")
	require.NoError(t, err)
	f.mustOpen(f.triggerAlert("full"), flow.Opened)
	require.Equal(t, second.ID, f.link(store.Organizations, f.organization).AffiliationID)

	f.company(id, f.organization)
	require.Equal(t, second.ID, f.link(store.Organizations, f.organization).AffiliationID)
	f.devices(id, f.organization)
	require.Equal(t, second.ID, f.accelo.Snapshot().Assets[1].AffiliationID)
	f.finishAndSettle(id)
}

// changedFields returns the fields of manual changes.
func changedFields(changes []rules.ManualChange) []string {
	var fields []string
	for _, change := range changes {
		fields = append(fields, change.Field)
	}
	return fields
}

// reads counts the reads from Accelo since the last reset.
func (f *fixture) reads() int { return f.accelo.Lab().Counters().Reads }

// finishAndSettle finishes an import, and requires that the next one changes nothing and makes no call for any record.
func (f *fixture) finishAndSettle(id string) {
	f.t.Helper()
	f.finish(activities.ImportFinishInput{ImportID: id})
	id = f.beginAndRead()
	f.resetCalls()
	f.compare(id)
	f.importOrganizations(id)
	require.Empty(f.t, f.calls(), "nothing is left to do")
	result := f.finish(activities.ImportFinishInput{ImportID: id})
	require.Empty(f.t, result.Failures)
	require.Equal(f.t, flow.Counts{Unchanged: result.Organizations.Unchanged}, result.Organizations)
}
