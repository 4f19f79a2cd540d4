package workflows_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/workflows"
)

// The limits of Temporal's texts in bytes, as its documentation gives them.
const (
	maxSummary = 200
	maxDetails = 20_000
)

// Whatever an organization is called, the texts about it fit Temporal's summaries and name its id.
func FuzzSummaries(f *testing.F) {
	f.Add("Planet Express", 7, 3)
	f.Add("", 1, 0)
	f.Add(strings.Repeat("🛰️", 300), 1<<62, 1<<62)
	f.Add(strings.Repeat("\xff", 300), -1, -1)
	f.Add("a\nb\x00c", 0, 1)
	f.Fuzz(func(t *testing.T, name string, id, devices int) {
		in := flow.ImportOrganizationInput{OrganizationID: id, Name: name, Devices: devices}
		summaries := []string{
			workflows.OrganizationSummary(in), workflows.DevicesSummary(in, devices), "organization " + workflows.OrganizationName(in),
		}
		for _, summary := range summaries {
			require.LessOrEqual(t, len(summary), maxSummary)
			require.NotEmpty(t, summary)
			if utf8.ValidString(name) {
				require.True(t, utf8.ValidString(summary), "a character was cut")
			}
		}
	})
}

// The texts read well.
func TestSummaries(t *testing.T) {
	t.Parallel()
	in := flow.ImportOrganizationInput{OrganizationID: 7, Name: "Planet Express", Devices: 12}
	require.Equal(t, "Import Planet Express (7): 12 devices", workflows.OrganizationSummary(in))
	require.Equal(t, "1 device of organization Planet Express (7)", workflows.DevicesSummary(in, 1))
	require.Equal(t, "Import 7", workflows.OrganizationSummary(flow.ImportOrganizationInput{OrganizationID: 7}))
	in.Name = " \x00\n"
	require.Equal(t, "7", workflows.OrganizationName(in), "a name of nothing that shows is none")
}

// The details tell every count, and the first failures with how many more there are.
func TestResultDetails(t *testing.T) {
	t.Parallel()
	result := flow.ImportResult{
		Plan:          true,
		Organizations: flow.Counts{Created: 1, Matched: 2, Updated: 3, Unchanged: 4, Waiting: 5, Failed: 6},
		Devices:       flow.Counts{Created: 7},
	}
	for range 12 {
		result.Failures = append(result.Failures, flow.ImportFailure{Kind: "device", NinjaID: "42", Error: "title is too long"})
	}
	text := workflows.ResultDetails(result)
	require.Contains(t, text, "nothing was written")
	require.Contains(t, text, "| organizations | 1 | 2 | 3 | 4 | 5 | 6 |\n| devices | 7 | 0 | 0 | 0 | 0 | 0 |")
	require.Equal(t, 10, strings.Count(text, "device 42: title is too long"))
	require.Contains(t, text, "2 more failures")
	require.NotContains(t, workflows.ResultDetails(flow.ImportResult{}), "failures")
}

// Vendors may answer at any length; the details stay within Temporal's limit.
func TestResultDetailsAreBounded(t *testing.T) {
	t.Parallel()
	var result flow.ImportResult
	for range 200 {
		result.Failures = append(result.Failures, flow.ImportFailure{Kind: "device", NinjaID: "42", Error: strings.Repeat("ä", 5_000)})
	}
	require.LessOrEqual(t, len(workflows.ResultDetails(result)), maxDetails)
}
