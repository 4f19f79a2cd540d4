package web_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// The page speaks of Accelo's objects as the deployment does, and says how devices get what they wait for.
func TestPageUsesTheDeploymentsWords(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	require.NoError(t, f.store.SaveSettings(t.Context(), "default", store.Settings{Connected: true, Titles: map[string]store.Titles{
		"asset": {Singular: "Machine", Plural: "Machines"},
	}}, true, nil))
	require.NoError(t, f.store.Wait(t.Context(), store.Link{Connection: "default", Kind: store.Devices, NinjaID: "8"}))
	text := textOf(f.get("/integrations", f.logIn()).body)
	require.Contains(t, text, "cannot make the machines that devices wait for")
	require.Contains(t, text, "CSV Import: Machine")
	require.Contains(t, text, "starter export-assets --directory DIR")
	require.NotContains(t, text, "Asset")
}
