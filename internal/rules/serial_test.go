package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

// Only serial numbers that identify a machine are compared.
func TestSerialKey(t *testing.T) {
	t.Parallel()
	for _, serial := range []string{
		"", " ", "0", "1", "None", "NONE", "N/A", "To be filled by O.E.M.", "to be filled by o.e.m.", "TO BE FILLED BY  O.E.M. ", "Default string",
		"System Serial Number", "Not Specified", "00000000", "0000-0000", "xxxxxxxx", "........", "---", "123456789", "Unknown", "INVALID", "abc",
	} {
		require.Empty(t, rules.SerialKey(serial), "%q", serial)
	}
	for serial, key := range map[string]string{
		"5CG1234XYZ": "5cg1234xyz", " pf-2ABCDE ": "pf-2abcde", "VMware-56 4d 1a 2b": "vmware-56 4d 1a 2b", "SN00000001": "sn00000001",
	} {
		require.Equal(t, key, rules.SerialKey(serial), "%q", serial)
	}
}
