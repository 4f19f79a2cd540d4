package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// An import begins only on a connection that is set up. Otherwise the error says what to do.
func TestImportBegin(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	_, err := runIn[any](f.env(), f.steps.ImportBegin, activities.ImportBeginInput{Connection: "branch", ImportID: "x"})
	require.Equal(t, activities.UnknownConnection, applicationError(t, err).Type())
	require.True(t, applicationError(t, err).NonRetryable())
	require.ErrorContains(t, err, "starter connect")

	f.change(func(s *store.Settings) { s.Connected = false })
	_, err = runIn[any](f.env(), f.steps.ImportBegin, activities.ImportBeginInput{Connection: "default", ImportID: "x"})
	require.Equal(t, activities.NotConnected, applicationError(t, err).Type())
	require.True(t, applicationError(t, err).NonRetryable())
	require.ErrorContains(t, err, "run `starter connect`")
	_, err = f.database.Import(t.Context(), "x")
	require.ErrorIs(t, err, store.ErrNotFound)

	f.change(func(s *store.Settings) { s.Connected = true })
	for range 2 { // a retry changes nothing
		_, err = runIn[any](f.env(), f.steps.ImportBegin, activities.ImportBeginInput{Connection: "default", ImportID: "x", Plan: true})
		require.NoError(t, err)
	}
	run, err := f.database.Import(t.Context(), "x")
	require.NoError(t, err)
	require.True(t, run.Plan)
}

// Organizations with something left to do are handed out in pages, ordered by ID.
func TestImportNext(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	done := f.ninja.AddOrganization("Planet Express", "")
	f.device(done, "SHIP")
	f.fullImport()
	devices := f.ninja.AddOrganization("  Omicron\tPersei 8 ", "")
	f.device(devices, "LRRR")
	f.device(devices, "NDND")
	empty := f.ninja.AddOrganization("Empty", "")
	id := f.beginAndRead()
	f.compare(id)
	next := func(after, limit int) []activities.OrganizationWork {
		result, err := runIn[activities.ImportNextResult](f.env(), f.steps.ImportNext, activities.ImportNextInput{ImportID: id, After: after, Limit: limit})
		require.NoError(t, err)
		return result.Organizations
	}
	require.Equal(t, []activities.OrganizationWork{
		{OrganizationID: devices, Name: "Omicron Persei 8", Devices: 2}, {OrganizationID: empty, Name: "Empty"},
	}, next(0, 10))
	require.Equal(t, []activities.OrganizationWork{{OrganizationID: empty, Name: "Empty"}}, next(devices, 1))
	require.Empty(t, next(empty, 10))

	late := f.device(done, "LATE")
	id = f.beginAndRead()
	f.compare(id)
	require.Equal(t, []activities.OrganizationWork{{OrganizationID: done, Name: "Planet Express", Devices: 1}}, next(0, 1),
		"an unchanged organization has new devices")
	f.importOrganizations(id)
	require.Equal(t, rules.Created, f.link(store.Devices, late).Outcome)
	require.Empty(t, next(0, 10))
}

// Finishing counts calls, lists failures, and drops the staged records. A second call returns the same result.
func TestImportFinish(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Planet Express", "")
	f.device(organization, "SHIP")
	id := f.beginAndRead()
	f.compare(id)
	f.importOrganizations(id)
	result := f.finish(activities.ImportFinishInput{ImportID: id})
	require.Equal(t, "default", result.Connection)
	require.Equal(t, id, result.RunID)
	require.Equal(t, flow.Counts{Created: 1}, result.Organizations)
	require.Equal(t, flow.Counts{Created: 1}, result.Devices)
	require.NotNil(t, result.Failures)
	require.Positive(t, result.Seconds)
	require.False(t, result.Plan)
	accelo, ninja := f.accelo.Lab().Counters(), f.ninja.Lab.Counters()
	require.Equal(t, flow.APICalls{
		Ninjaone: int64(ninja.Total - ninja.Auth), Accelo: int64(accelo.Total - accelo.Auth), AcceloWrites: int64(accelo.Writes),
	}, result.APICalls, "exactly the calls that were made")
	require.Empty(t, f.staged(id, store.OrganizationRecord))
	require.Empty(t, f.staged(id, store.CompanyRecord))
	require.Equal(t, result, f.finish(activities.ImportFinishInput{ImportID: id}), "as after a lost reply")
}

// Records that an import did not reach count as failed, unless it was cancelled.
func TestImportFinishUnreached(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Planet Express", "")
	f.device(organization, "SHIP")
	id := f.beginAndRead()
	f.compare(id)
	result := f.finish(activities.ImportFinishInput{ImportID: id})
	require.Equal(t, flow.Counts{Failed: 1}, result.Organizations)
	require.Equal(t, flow.Counts{Failed: 1}, result.Devices)
	require.Len(t, result.Failures, 2)
	require.Contains(t, result.Failures[0].Error, "run the import again")

	id = f.beginAndRead()
	f.compare(id)
	f.company(id, organization)
	result = f.finish(activities.ImportFinishInput{ImportID: id, Cancelled: true})
	require.True(t, result.Cancelled)
	require.Equal(t, flow.Counts{Created: 1}, result.Organizations)
	require.Zero(t, result.Devices)
	require.Empty(t, result.Failures)
}

// An import that was cancelled before it began finishes with an empty result.
func TestImportFinishWithoutBegin(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	result := f.finish(activities.ImportFinishInput{ImportID: "never-begun", Cancelled: true})
	require.True(t, result.Cancelled)
	require.Equal(t, "never-begun", result.RunID)
	require.Zero(t, result.Organizations)
	require.NotNil(t, result.Failures)
	_, err := runIn[any](f.env(), f.steps.ImportFinish, activities.ImportFinishInput{Connection: "default", ImportID: "removed"})
	require.True(t, applicationError(t, err).NonRetryable())
}
