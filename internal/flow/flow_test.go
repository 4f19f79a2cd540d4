package flow_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
)

// Ids, types and names are fixed: running workflows, schedules and people's bookmarks refer to them (interface section 4).
func TestNamesAreFixed(t *testing.T) {
	t.Parallel()
	require.Equal(t, "full-import/msp", flow.FullImportID("msp"))
	require.Equal(t, "import-organization/msp/7", flow.ImportOrganizationID("msp", 7))
	require.Equal(t, "alert-triggered/msp/5f9c", flow.AlertTriggeredID("msp", "5f9c"))
	require.Equal(t, "alert-reset/msp/5f9c", flow.AlertResetID("msp", "5f9c"))
	require.Equal(t, "request-closed/msp/31", flow.RequestClosedID("msp", 31))
	require.Equal(t, []string{"FullImport", "ImportOrganization", "AlertTriggered", "AlertReset", "RequestClosed"},
		[]string{flow.FullImport, flow.ImportOrganization, flow.AlertTriggered, flow.AlertReset, flow.RequestClosed})
	require.Equal(t, []string{"progress", "pause", "resume"}, []string{flow.ProgressQuery, flow.PauseSignal, flow.ResumeSignal})
	require.Equal(t, []string{"Connection", "NinjaOrganizationId", "NinjaDeviceId", "NinjaAlertUid", "AcceloRequestId"}, flow.SearchAttributes())
}

// Priorities are those of design rule 7.
func TestPriorities(t *testing.T) {
	t.Parallel()
	require.Equal(t, []int{1, 4, 5}, []int{flow.PriorityAlert, flow.PriorityReconcile, flow.PriorityImport})
}

func TestCounts(t *testing.T) {
	t.Parallel()
	var counts flow.Counts
	for i, outcome := range []string{"created", "matched", "updated", "unchanged", "waiting", "failed", "", "unheard of"} {
		counts.Add(outcome, i+1)
	}
	require.Equal(t, flow.Counts{Created: 1, Matched: 2, Updated: 3, Unchanged: 4, Waiting: 5, Failed: 6}, counts)
}

// The names in an import's result are what `import --json` promises (interface section 6).
func TestImportResultAsJSON(t *testing.T) {
	t.Parallel()
	encoded, err := json.Marshal(flow.ImportResult{Failures: []flow.ImportFailure{{}}})
	require.NoError(t, err)
	counts := `{"created":0,"matched":0,"updated":0,"unchanged":0,"waiting":0,"failed":0}`
	require.JSONEq(t, `{"connection":"","workflow_id":"","run_id":"","seconds":0,"plan":false,
		"organizations":`+counts+`,"devices":`+counts+`,"alerts":`+counts+`,
		"api_calls":{"ninjaone":0,"accelo":0,"accelo_writes":0},
		"failures":[{"kind":"","ninja_id":"","name":"","error":""}]}`, string(encoded))

	seconds := 0.0
	encoded, err = json.Marshal(flow.ImportResult{Plan: true, EstimatedSeconds: &seconds})
	require.NoError(t, err)
	require.Contains(t, string(encoded), `"estimated_seconds":0`, "a plan tells even that it takes no time")
}
