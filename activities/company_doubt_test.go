package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// With long, a create stays in doubt beyond the end of a test. With short, the doubt ends at once.
var (
	long  = store.ClaimTimes{Settle: time.Hour}
	short = store.ClaimTimes{Settle: time.Nanosecond}
)

// A company whose create reply was lost is found and adopted as ours: there is one company and one contact.
func TestLostReplyOfCompany(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: long})
	organization := f.ninja.AddOrganization("Planet Express", "delivers")
	id := f.beginAndRead()
	f.compare(id)
	f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/companies$", Count: 1})
	_, err := f.syncCompany(id, organization)
	require.Equal(t, activities.Unavailable, applicationError(t, err).Type())
	require.False(t, applicationError(t, err).NonRetryable())
	require.Equal(t, store.Doubt, f.link(store.Organizations, organization).State)
	require.Empty(t, f.failed())

	require.Equal(t, rules.Created, f.company(id, organization).Outcome, "by the previous attempt")
	require.Equal(t, map[string]int{"POST /api/v0/companies": 1, "POST /api/v0/contacts": 1}, f.writes())
	require.Len(t, f.accelo.Snapshot().Companies, 1)
	require.Len(t, f.accelo.Snapshot().Contacts, 1)
}

// An organization's description may change between a create whose reply was lost and the attempt that finds its company. What Accelo has then is
// what we sent, not what a person wrote.
func TestCompanyFoundAfterNinjaOneChanged(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: short})
	organization := f.ninja.AddOrganization("Planet Express", "delivers")
	alert := f.triggerAlert(f.device(organization, "SHIP"), full)
	f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/companies$", Count: 1})
	require.Error(t, f.syncAlertCompany(organization, alert))
	description := "delivers anything"
	require.NoError(t, f.ninja.UpdateOrganization(organization, func(o *ninjasim.Organization) { o.Description = description }))
	_, err := runWithRetries[bool](f, f.steps.AcceloSyncAlertCompany,
		activities.AcceloSyncAlertCompanyInput{Connection: "default", OrganizationID: organization, Alert: alert})
	require.NoError(t, err)
	f.fullImport()
	require.Len(t, f.accelo.Snapshot().Companies, 1)
	require.Equal(t, description, f.accelo.Snapshot().Companies[0].Comments)
	require.Empty(t, f.accelo.Snapshot().Activities, "nobody changed the company by hand")
}

// A company whose create reply was lost may be found long after it was created. What people have added to it by then is used, not doubled.
func TestCompanyFoundLongAfterItsCreation(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: short})
	organization := f.ninja.AddOrganization("Planet Express", "delivers")
	device := f.device(organization, "SHIP")
	id := f.beginAndRead()
	f.compare(id)
	f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/companies$", Count: 1})
	_, err := f.syncCompany(id, organization)
	require.Equal(t, activities.Unavailable, applicationError(t, err).Type())
	company := f.accelo.Snapshot().Companies[0].ID
	_, affiliation, err := f.accelo.AddContact(company, "Turanga", "Leela", "")
	require.NoError(t, err)
	asset, err := f.accelo.AddAsset(assetType, company, "SHIP", nil)
	require.NoError(t, err)
	f.sql(`UPDATE links SET created_at = created_at - interval '5 minutes'`)

	f.importOrganizations(id)
	world := f.accelo.Snapshot()
	require.Len(t, world.Companies, 1)
	require.Len(t, world.Contacts, 1)
	require.Len(t, world.Assets, 1)
	require.Equal(t, affiliation.ID, f.link(store.Organizations, organization).AffiliationID)
	require.Equal(t, asset.ID, f.link(store.Devices, device).AcceloID)
}

// The same holds for its contact.
func TestLostReplyOfContact(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: long})
	organization := f.ninja.AddOrganization("Planet Express", "")
	id := f.beginAndRead()
	f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/contacts$", Count: 1})
	_, err := f.syncCompany(id, organization)
	require.Equal(t, activities.Unavailable, applicationError(t, err).Type())
	require.Equal(t, rules.Created, f.company(id, organization).Outcome)
	world := f.accelo.Snapshot()
	require.Len(t, world.Companies, 1)
	require.Len(t, world.Contacts, 1)
	require.Equal(t, world.Affiliations[0].ID, f.link(store.Organizations, organization).AffiliationID)
}

// A create that may still take effect is not repeated before it can no longer do so.
func TestCompanyInDoubtWaits(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: long})
	organization := f.ninja.AddOrganization("Planet Express", "")
	id := f.beginAndRead()
	f.injectFaults(lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/companies$", Count: 1})
	_, err := f.syncCompany(id, organization)
	require.Equal(t, activities.Unavailable, applicationError(t, err).Type())
	_, err = f.syncCompany(id, organization)
	require.Equal(t, activities.ClaimHeld, applicationError(t, err).Type())
	require.Greater(t, applicationError(t, err).NextRetryDelay(), 50*time.Minute)
	require.LessOrEqual(t, applicationError(t, err).NextRetryDelay(), time.Hour+2*time.Second)
	require.Empty(t, f.accelo.Snapshot().Companies)
}

// When that time is over and the company does not exist, it is created.
func TestDoubtEnds(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: short})
	organization := f.ninja.AddOrganization("Planet Express", "")
	id := f.beginAndRead()
	f.injectFaults(
		lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/companies$", Count: 1},
		lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/contacts$", Count: 1},
	)
	_, err := f.syncCompany(id, organization)
	require.Error(t, err, "the company")
	_, err = f.syncCompany(id, organization)
	require.Error(t, err, "the contact")
	require.Equal(t, rules.Created, f.company(id, organization).Outcome)
	require.Len(t, f.accelo.Snapshot().Companies, 1)
	require.Len(t, f.accelo.Snapshot().Contacts, 1)
}

// While a company is in doubt, another organization with the same name does not create it either.
func TestNamesakeOfCompanyInDoubt(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: long})
	first, second := f.ninja.AddOrganization("Planet Express", ""), f.ninja.AddOrganization("Planet Express", "")
	id := f.beginAndRead()
	f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/companies$", Count: 1})
	_, err := f.syncCompany(id, first)
	require.Error(t, err)
	_, err = f.syncCompany(id, second)
	require.Equal(t, activities.ClaimHeld, applicationError(t, err).Type())
	require.Equal(t, rules.Created, f.company(id, first).Outcome)
	require.Equal(t, rules.Matched, f.company(id, second).Outcome)
	require.Len(t, f.accelo.Snapshot().Companies, 1)
	require.Len(t, f.accelo.Snapshot().Contacts, 1)
}

// The company that is being created for another organization is not this one's in a shorter form, as if its name had been cut.
func TestCompanyInDoubtBesideASimilarName(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: short})
	one, ten := f.ninja.AddOrganization("Location 1", ""), f.ninja.AddOrganization("Location 10", "")
	id := f.beginAndRead()
	f.injectFaults(lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/companies$", Count: 1})
	_, err := f.syncCompany(id, ten)
	require.Error(t, err)
	f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/companies$", Count: 1})
	_, err = f.syncCompany(id, one)
	require.Error(t, err)
	require.Equal(t, rules.Created, f.company(id, ten).Outcome)
	require.Equal(t, rules.Created, f.company(id, one).Outcome)
	require.NotEqual(t, f.link(store.Organizations, one).AcceloID, f.link(store.Organizations, ten).AcceloID)
	require.Len(t, f.accelo.Snapshot().Companies, 2)
}

// Nor is one that someone entered for another organization: a person has to say so.
func TestCompanyInDoubtBesideAnEnteredOne(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: short})
	f.ninja.AddOrganization("Location 1", "the first")
	ten := f.ninja.AddOrganization("Location 10", "the tenth")
	id := f.beginAndRead()
	f.injectFaults(lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/companies$", Count: 1})
	_, err := f.syncCompany(id, ten)
	require.Error(t, err)
	entered, err := f.accelo.AddCompany("Location 1", "active")
	require.NoError(t, err)
	require.Equal(t, rules.Created, f.company(id, ten).Outcome)
	require.NotEqual(t, entered.ID, f.link(store.Organizations, ten).AcceloID)
}

// A missing permission fails only the organization it concerns, and a later run retries it.
func TestForbiddenCompanyFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Planet Express", "")
	id := f.beginAndRead()
	f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Status: 403, Method: "POST", Path: "/companies$", Count: 1})
	result, err := f.syncCompany(id, organization)
	require.NoError(t, err)
	require.Equal(t, rules.Failed, result.Outcome)
	require.Equal(t, []string{"organization " + itoa(organization)}, f.failed())
	require.Equal(t, 1, f.fullImport().Organizations.Created)
	require.Empty(t, f.failed())
}

// An error that is not about the record records no failure: it is retried.
func TestOutageRecordsNoFailure(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		fault lab.Fault
		kind  string
		delay time.Duration
	}{
		{name: "outage", fault: lab.Fault{Kind: lab.FaultHTML502}, kind: activities.Unavailable, delay: 0},
		{name: "rate limit", fault: lab.Fault{Kind: lab.FaultTooMany}, kind: activities.RateLimited, delay: 5 * time.Second},
		{name: "credentials", fault: lab.Fault{Kind: lab.FaultStatus, Status: 401}, kind: activities.WrongCredential, delay: time.Minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, settings{})
			organization := f.ninja.AddOrganization("Planet Express", "")
			id := f.beginAndRead()
			test.fault.Method, test.fault.Path = "POST", "/api/"
			f.injectFaults(test.fault)
			_, err := f.syncCompany(id, organization)
			require.Equal(t, test.kind, applicationError(t, err).Type())
			require.Equal(t, test.delay, applicationError(t, err).NextRetryDelay())
			require.False(t, applicationError(t, err).NonRetryable())
			require.Empty(t, f.failed())
		})
	}
}
