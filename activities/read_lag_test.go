package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	accelosim "ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/store"
)

// A company that Accelo doesn't show although we have just written it was not deleted: its import waits, without a failure whose advice would
// double it.
func TestNewCompanyThatIsNotShownYet(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{readLag: time.Hour})
	organization := f.ninja.AddOrganization("Planet Express", "delivers")
	f.fullImport()
	company := f.link(store.Organizations, organization).AcceloID
	require.NoError(t, f.accelo.DeleteCompany(company)) // what isn't shown looks like what was deleted

	id := f.beginAndRead()
	_, err := f.syncCompany(id, organization)
	failure := applicationError(t, err)
	require.Equal(t, activities.Unavailable, failure.Type())
	require.False(t, failure.NonRetryable())
	require.ErrorContains(t, err, "doesn't show it yet")
	require.Empty(t, f.failed())

	f.sql(`UPDATE links SET written_at = written_at - interval '1 hour', created_at = created_at - interval '1 hour'`)
	_, err = f.syncCompany(id, organization)
	require.NoError(t, err)
	require.Len(t, f.failed(), 1, "by now it is gone")
}

// The same goes for an asset, whether or not its fields were written with it.
func TestNewAssetThatIsNotShownYet(t *testing.T) {
	t.Parallel()
	for _, mode := range []accelosim.Mode{accelosim.ModeOpen, accelosim.ModeNoExtensionKeys} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			testNewAssetThatIsNotShownYet(t, mode)
		})
	}
}

func testNewAssetThatIsNotShownYet(t *testing.T, mode accelosim.Mode) {
	t.Helper()
	f := newFixture(t, settings{readLag: time.Hour, mode: mode})
	id, organization, devices := f.prepareImport("SHIP", "PUMP")
	require.Equal(t, 2, f.devices(id, organization).Created)
	require.NoError(t, f.accelo.DeleteAsset(f.link(store.Devices, devices[0]).AcceloID))

	id = f.beginAndRead()
	f.company(id, organization)
	_, err := f.syncDevices(id, organization)
	failure := applicationError(t, err)
	require.Equal(t, activities.Unavailable, failure.Type())
	require.ErrorContains(t, err, "doesn't show it yet")
	require.Empty(t, f.failed())

	f.sql(`UPDATE links SET written_at = written_at - interval '1 hour', created_at = created_at - interval '1 hour'`)
	require.Equal(t, 1, f.devices(id, organization).Failed)
}
