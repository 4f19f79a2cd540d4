package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/store"
)

// A company whose create reply was lost may be merged or deleted before anyone saw it. Then another one would undo what a person did: someone
// has to say what became of it. Companies that we knew, and one of the same name, say that nothing has to be asked.
func TestDoubtfulCompanyThatVanished(t *testing.T) {
	t.Parallel()
	const ask = "may have merged or deleted it since"
	for name, test := range map[string]struct {
		made bool // the create whose reply was lost made a company
		act  func(f *fixture, made, next int64) error
		says string
		has  int // companies in the end, if nothing has to be asked
	}{
		"merged":  {made: true, act: func(f *fixture, made, next int64) error { return f.accelo.MergeCompanies(made, next) }, says: ask},
		"deleted": {made: true, act: func(f *fixture, made, _ int64) error { return f.accelo.DeleteCompany(made) }, says: ask},
		"deleted, and made again by hand": {made: true, act: func(f *fixture, made, _ int64) error {
			require.NoError(f.t, f.accelo.DeleteCompany(made))
			_, err := f.accelo.AddCompany("Planet Express", "active")
			return err
		}, has: 3},
		"never made":                         {act: func(*fixture, int64, int64) error { return nil }, has: 3},
		"never made, and a known one merged": {act: func(f *fixture, _, next int64) error { return f.accelo.MergeCompanies(next-1, next) }, has: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, settings{claims: short})
			f.ninja.AddOrganization("Slurm", "")
			f.fullImport()
			organization := f.ninja.AddOrganization("Planet Express", "delivers")
			id := f.beginAndRead()
			f.compare(id)
			kind := lab.FaultDropBefore
			if test.made {
				kind = lab.FaultLoseReply
			}
			f.injectFaults(lab.Fault{Kind: kind, Method: "POST", Path: "/companies$", Count: 1})
			_, err := f.syncCompany(id, organization)
			require.Error(t, err)
			next, err := f.accelo.AddCompany("Mom's Friendly Robots", "active")
			require.NoError(t, err)
			require.NoError(t, test.act(f, next.ID-1, next.ID))

			result := f.company(id, organization)
			if test.says == "" {
				require.Contains(t, []rules.Outcome{rules.Created, rules.Matched}, result.Outcome)
				require.Len(t, f.accelo.Snapshot().Companies, test.has)
				return
			}
			require.Equal(t, rules.Failed, result.Outcome)
			failures, err := f.database.Failures(t.Context(), "default")
			require.NoError(t, err)
			require.Contains(t, failures[0].Error, test.says)
			require.Contains(t, failures[0].Error, "No longer in Accelo: "+itoa(int(next.ID-1)))
			require.NoError(t, f.database.EndDoubt(t.Context(), store.KeyOf("default", store.Organizations, organization), "leela"))
			f.fullImport()
			require.Len(t, f.accelo.Snapshot().Companies, 3, "it was recreated")
		})
	}
}

// If other companies may be it too, those that vanished are named with them.
func TestDoubtfulCompanyAmongOthersAndVanished(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: short})
	organization := f.ninja.AddOrganization("Planet Express", "")
	_, err := f.accelo.AddCompany("Slurm", "active")
	require.NoError(t, err)
	id := f.beginAndRead()
	f.compare(id)
	f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/companies$", Count: 1})
	_, err = f.syncCompany(id, organization)
	require.Error(t, err)
	next, err := f.accelo.AddCompany("Mom's Friendly Robots", "active")
	require.NoError(t, err)
	require.NoError(t, f.accelo.MergeCompanies(next.ID-1, next.ID))
	require.Equal(t, rules.Failed, f.company(id, organization).Outcome)
	failures, err := f.database.Failures(t.Context(), "default")
	require.NoError(t, err)
	require.Contains(t, failures[0].Error, itoa(int(next.ID))+" (Mom's Friendly Robots)")
	require.Contains(t, failures[0].Error, "what it was merged into: "+itoa(int(next.ID-1)))
}
