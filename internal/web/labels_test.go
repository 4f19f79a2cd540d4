package web_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// The page uses the deployment's own names for Accelo's objects, and says how waiting devices get their assets.
func TestPageUsesTheDeploymentsLabels(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	require.NoError(t, f.store.SaveSettings(t.Context(), "default", store.Settings{Connected: true, Titles: map[string]store.Label{
		"asset": {SingularTitle: "Machine", PluralTitle: "Machines"},
	}}, true, nil))
	require.NoError(t, f.store.MarkWaiting(t.Context(), store.Link{Connection: "default", Kind: store.Devices, NinjaID: "8"}))
	text := textOf(f.get("/integrations/default", f.logIn()).body)
	require.Contains(t, text, "1 device is waiting because this Accelo deployment can't create machines through its API")
	require.Contains(t, text, "CSV Import: Machine")
	require.Contains(t, text, "starter export-assets --directory DIR")
	require.NotContains(t, text, "Asset")
}
