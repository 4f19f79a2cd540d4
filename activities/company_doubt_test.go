package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/store"
)

// long and short are claim times with which a doubt lasts past a test's end, and with which it is over at once.
var (
	long  = store.ClaimTimes{Settle: time.Hour}
	short = store.ClaimTimes{Settle: time.Nanosecond}
)

// A company whose creation nobody saw the reply of is found and taken as our own: there is one company and one contact.
func TestLostReplyOfACompany(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{claims: long})
	organization := w.ninja.AddOrganization("Planet Express", "delivers")
	id := w.read()
	w.compare(id)
	w.trouble(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/companies$", Count: 1})
	_, err := w.syncCompany(id, organization)
	require.Equal(t, activities.Unavailable, failure(t, err).Type())
	require.False(t, failure(t, err).NonRetryable())
	require.Equal(t, store.Doubt, w.link(store.Organizations, organization).State)
	require.Empty(t, w.parked())

	require.Equal(t, rules.Created, w.company(id, organization).Outcome, "by the attempt before")
	require.Equal(t, map[string]int{"POST /api/v0/companies": 1, "POST /api/v0/contacts": 1}, w.writes())
	require.Len(t, w.accelo.Snapshot().Companies, 1)
	require.Len(t, w.accelo.Snapshot().Contacts, 1)
}

// The same for its contact.
func TestLostReplyOfAContact(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{claims: long})
	organization := w.ninja.AddOrganization("Planet Express", "")
	id := w.read()
	w.trouble(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/contacts$", Count: 1})
	_, err := w.syncCompany(id, organization)
	require.Equal(t, activities.Unavailable, failure(t, err).Type())
	require.Equal(t, rules.Created, w.company(id, organization).Outcome)
	world := w.accelo.Snapshot()
	require.Len(t, world.Companies, 1)
	require.Len(t, world.Contacts, 1)
	require.Equal(t, world.Affiliations[0].ID, w.link(store.Organizations, organization).AffiliationID)
}

// A create that may still take effect is waited for, as long as that can take, before it is sent again.
func TestDoubtfulCompanyIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{claims: long})
	organization := w.ninja.AddOrganization("Planet Express", "")
	id := w.read()
	w.trouble(lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/companies$", Count: 1})
	_, err := w.syncCompany(id, organization)
	require.Equal(t, activities.Unavailable, failure(t, err).Type())
	_, err = w.syncCompany(id, organization)
	require.Equal(t, activities.ClaimHeld, failure(t, err).Type())
	require.Greater(t, failure(t, err).NextRetryDelay(), 50*time.Minute)
	require.LessOrEqual(t, failure(t, err).NextRetryDelay(), time.Hour+2*time.Second)
	require.Empty(t, w.accelo.Snapshot().Companies)
}

// When the time is up and it is not there, it is created.
func TestDoubtEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{claims: short})
	organization := w.ninja.AddOrganization("Planet Express", "")
	id := w.read()
	w.trouble(
		lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/companies$", Count: 1},
		lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/contacts$", Count: 1},
	)
	_, err := w.syncCompany(id, organization)
	require.Error(t, err, "the company")
	_, err = w.syncCompany(id, organization)
	require.Error(t, err, "the contact")
	require.Equal(t, rules.Created, w.company(id, organization).Outcome)
	require.Len(t, w.accelo.Snapshot().Companies, 1)
	require.Len(t, w.accelo.Snapshot().Contacts, 1)
}

// While the fate of one organization's company is unknown, a twin does not create the company either.
func TestTwinOfADoubtfulCompany(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{claims: long})
	first, second := w.ninja.AddOrganization("Planet Express", ""), w.ninja.AddOrganization("Planet Express", "")
	id := w.read()
	w.trouble(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/companies$", Count: 1})
	_, err := w.syncCompany(id, first)
	require.Error(t, err)
	_, err = w.syncCompany(id, second)
	require.Equal(t, activities.ClaimHeld, failure(t, err).Type())
	require.Equal(t, rules.Created, w.company(id, first).Outcome)
	require.Equal(t, rules.Matched, w.company(id, second).Outcome)
	require.Len(t, w.accelo.Snapshot().Companies, 1)
	require.Len(t, w.accelo.Snapshot().Contacts, 1)
}

// A right that is missing parks the organization that it is missing for, and a later run takes it up again.
func TestForbiddenCompanyIsParked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	organization := w.ninja.AddOrganization("Planet Express", "")
	id := w.read()
	w.trouble(lab.Fault{Kind: lab.FaultStatus, Status: 403, Method: "POST", Path: "/companies$", Count: 1})
	result, err := w.syncCompany(id, organization)
	require.NoError(t, err)
	require.Equal(t, rules.Failed, result.Outcome)
	require.Equal(t, []string{"organization " + itoa(organization)}, w.parked())
	require.Equal(t, 1, w.fullImport().Organizations.Created)
	require.Empty(t, w.parked())
}

// What concerns the world and not the record parks nothing: it is waited out.
func TestTroubleIsNoReasonToPark(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		fault lab.Fault
		kind  string
		delay time.Duration
	}{
		{"outage", lab.Fault{Kind: lab.FaultHTML502}, activities.Unavailable, 0},
		{"rate limit", lab.Fault{Kind: lab.FaultTooMany}, activities.RateLimited, 5 * time.Second},
		{"credentials", lab.Fault{Kind: lab.FaultStatus, Status: 401}, activities.WrongCredential, time.Minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{})
			organization := w.ninja.AddOrganization("Planet Express", "")
			id := w.read()
			test.fault.Method, test.fault.Path = "POST", "/api/"
			w.trouble(test.fault)
			_, err := w.syncCompany(id, organization)
			require.Equal(t, test.kind, failure(t, err).Type())
			require.Equal(t, test.delay, failure(t, err).NextRetryDelay())
			require.False(t, failure(t, err).NonRetryable())
			require.Empty(t, w.parked())
		})
	}
}
