package workflows_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/workflows"
)

// maxDetails is Temporal's limit for details, in bytes.
const maxDetails = 20_000

// The details list every count, the first failures and how many more there are.
func TestImportDetails(t *testing.T) {
	t.Parallel()
	result := flow.ImportResult{
		Plan:          true,
		Organizations: flow.Counts{Created: 1, Matched: 2, Updated: 3, Unchanged: 4, Waiting: 5, Failed: 6},
		Devices:       flow.Counts{Created: 7},
	}
	for range 12 {
		result.Failures = append(result.Failures, flow.ImportFailure{Kind: "device", NinjaID: "42", Error: "title is too long"})
	}
	text := workflows.ImportDetails(result)
	require.Contains(t, text, "nothing was written")
	require.Contains(t, text, "| organizations | 1 | 2 | 3 | 4 | 5 | 6 |\n| devices | 7 | 0 | 0 | 0 | 0 | 0 |")
	require.Equal(t, 10, strings.Count(text, "device 42: title is too long"))
	require.Contains(t, text, "2 more failures")
	require.NotContains(t, workflows.ImportDetails(flow.ImportResult{}), "failures")
}

// However long the vendors' error messages are, the details stay within Temporal's limit.
func TestImportDetailsAreBounded(t *testing.T) {
	t.Parallel()
	var result flow.ImportResult
	for range 200 {
		result.Failures = append(result.Failures, flow.ImportFailure{Kind: "device", NinjaID: "42", Error: strings.Repeat("ä", 5_000)})
	}
	require.LessOrEqual(t, len(workflows.ImportDetails(result)), maxDetails)
}
