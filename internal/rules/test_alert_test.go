package rules_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

// A test's uid is a UUID, as the receiver demands, and no uid of NinjaOne's is taken for one.
func TestUIDsOfTestAlerts(t *testing.T) {
	t.Parallel()
	uid := rules.TestAlertUID([11]byte{0xab, 0xcd, 0xef, 1, 2, 3, 4, 5, 6, 7, 8})
	require.Equal(t, "7e57a1e7-abcd-8ef0-8102-030405060708", uid)
	require.Equal(t, uuid.Version(8), uuid.MustParse(uid).Version())
	require.True(t, rules.IsTestAlert(uid))
	require.True(t, rules.IsTestAlert("7E57A1E7-ABCD-8EF0-8102-030405060708"))
	for _, other := range []string{"", "7e57a1e7-", "7e57a1e7-abcd-4ef0-8102-030405060708", uuid.NewString(), uid + "0"} {
		require.False(t, rules.IsTestAlert(other), other)
	}
}
