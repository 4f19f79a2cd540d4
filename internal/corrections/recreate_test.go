package corrections_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/corrections"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Only a deleted asset is recreated.
func TestRecreateDevice(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	i := f.imported("Planet Express")
	_, err := f.Recreate(t.Context(), i.deviceKey)
	require.ErrorContains(t, err, "still exists in Accelo")
	require.Equal(t, i.asset, f.stored(i.deviceKey).AcceloID)

	require.NoError(t, f.accelo.DeleteAsset(i.asset))
	result, err := f.Recreate(t.Context(), i.deviceKey)
	require.NoError(t, err)
	require.Equal(t, i.asset, result.Before)
	require.Empty(t, result.Devices)
	f.requireUnlinked(i.deviceKey)
	f.requireNoWrites()
}

// Only a deleted company is recreated, together with the deleted assets of its organization.
func TestRecreateOrganization(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	i := f.imported("Planet Express")
	_, err := f.Recreate(t.Context(), i.organizationKey)
	require.ErrorContains(t, err, "still exists in Accelo")

	require.NoError(t, f.accelo.DeleteCompany(i.company))
	require.NoError(t, f.accelo.DeleteAsset(i.asset))
	result, err := f.Recreate(t.Context(), i.organizationKey)
	require.NoError(t, err)
	require.Equal(t, []string{i.deviceKey.NinjaID}, result.Devices)
	f.requireUnlinked(i.organizationKey)
	f.requireUnlinked(i.deviceKey)
	f.requireNoWrites()
}

// A merged company is not recreated: the import follows it to the surviving company, and a second one would be a duplicate.
func TestRecreateMergedCompany(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*fixture, imported){
		"contact moved along": func(*fixture, imported) {},
		"contact deleted": func(f *fixture, i imported) {
			require.NoError(t, f.accelo.DeleteContact(f.contactOf(i.affiliation)))
		},
		"asset deleted": func(f *fixture, i imported) {
			require.NoError(t, f.accelo.DeleteAsset(i.asset))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			i := f.imported("Planet Express")
			survivor, _ := f.company("Momcorp")
			require.NoError(t, f.accelo.MergeCompanies(i.company, survivor))
			prepare(f, i)
			_, err := f.Recreate(t.Context(), i.organizationKey)
			require.ErrorContains(t, err, "was merged into "+text(survivor)+" (Momcorp)")
			require.Equal(t, i.company, f.stored(i.organizationKey).AcceloID)
			require.Equal(t, i.asset, f.stored(i.deviceKey).AcceloID)
			f.requireNoWrites()
		})
	}
}

// An error of Accelo never counts as deleted.
func TestRecreateWhileAcceloIsDown(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	i := f.imported("Planet Express")
	require.NoError(t, f.accelo.DeleteCompany(i.company))
	require.NoError(t, f.accelo.DeleteAsset(i.asset))
	_, err := f.accelo.Lab().Faults.Add(lab.Fault{Kind: lab.FaultHTML502, Method: "GET", Path: "/api/v0/"})
	require.NoError(t, err)
	for _, key := range []store.Key{i.organizationKey, i.deviceKey} {
		_, err := f.Recreate(t.Context(), key)
		require.Error(t, err)
		require.NotZero(t, f.stored(key).AcceloID)
	}
}

// A record without a link is reported before the vendors are needed; a connection that is not set up is an error.
func TestRecreateNeedsAConnection(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	i := f.imported("Planet Express")
	notSetUp := errors.New("not set up")
	corrector := corrections.New(f.store, func(context.Context, string) (tenant.Connection, error) {
		return tenant.Connection{}, notSetUp
	}, actor)
	_, err := corrector.Recreate(t.Context(), store.KeyOf("default", store.Devices, 987654))
	require.ErrorContains(t, err, "is not linked")
	_, err = corrector.Recreate(t.Context(), i.deviceKey)
	require.ErrorIs(t, err, notSetUp)
	_, err = corrector.Recreate(t.Context(), store.Key{Connection: "default", Kind: store.Alerts, NinjaID: "uid"})
	var input *corrections.InputError
	require.ErrorAs(t, err, &input)
}
