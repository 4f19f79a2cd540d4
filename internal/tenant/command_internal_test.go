package tenant

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// IDs mean another record in another connection, so what a message says to type names the connection.
func TestCommandNamesItsConnection(t *testing.T) {
	t.Parallel()
	require.Equal(t, "starter relink organization 7 ID", Connection{Connection: store.Connection{Name: "default"}}.Command("relink organization %d ID", 7))
	require.Equal(t, "starter recreate device 4 --connection acme", Connection{Connection: store.Connection{Name: "acme"}}.Command("recreate device %d", 4))
}
