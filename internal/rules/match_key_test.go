package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

func TestAssetMatchKey(t *testing.T) {
	t.Parallel()
	require.Equal(t, "41/srv 1", rules.AssetMatchKey(41, "  SRV \t1 "))
	require.NotEqual(t, rules.AssetMatchKey(41, "SRV"), rules.AssetMatchKey(42, "SRV"))
}
