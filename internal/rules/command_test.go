package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

// IDs mean another record in another connection, so what a message says to type names the connection.
func TestCommandNamesItsConnection(t *testing.T) {
	t.Parallel()
	require.Equal(t, "starter relink organization 7 ID", rules.Command("default", "relink organization %d ID", 7))
	require.Equal(t, "starter recreate device 4 --connection acme", rules.Command("acme", "recreate device %d", 4))
}
