package flow_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// Running workflows, schedules and users' bookmarks refer to these names, so they must not change (interface.md 4).
func TestNamesAreFixed(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"FullImport", "ImportOrganization", "AlertTriggered", "AlertReset", "RequestClosed", "Reconcile", "TestAlert", "ScheduledImport"},
		[]string{flow.FullImport, flow.ImportOrganization, flow.AlertTriggered, flow.AlertReset, flow.RequestClosed, flow.Reconcile, flow.TestAlert, flow.ScheduledImport})
	require.Equal(t, []string{"progress", "pause", "resume", "changed", "approve"},
		[]string{flow.ProgressQuery, flow.PauseSignal, flow.ResumeSignal, flow.ChangedSignal, flow.ApproveSignal})
	require.Equal(t, []string{"Connection", "NinjaOrganizationId", "NinjaDeviceId", "NinjaAlertUid", "AcceloRequestId"}, flow.SearchAttributes())
	require.Equal(t, []int{1, 4, 5}, []int{flow.PriorityAlert, flow.PriorityReconcile, flow.PriorityImport})
}

// Each input describes its execution. A change here changes what Temporal deduplicates, what runs first and what users find.
func TestExecutions(t *testing.T) {
	t.Parallel()
	alert := rules.Alert{UID: "5f9c", DeviceID: 8, OrganizationID: 7, DeviceName: "SHIP", Message: "Disk C: is full"}
	alertAttributes := map[string]string{"Connection": "msp", "NinjaAlertUid": "5f9c", "NinjaDeviceId": "8", "NinjaOrganizationId": "7"}
	const (
		repeatable = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
		once       = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY
	)
	for _, test := range []struct {
		in         interface{ Execution() flow.Execution }
		want       flow.Execution
		attributes map[string]string
	}{
		{
			in: flow.FullImportInput{Connection: "msp"},
			want: flow.Execution{
				Workflow: "FullImport", ID: "full-import/msp", Reuse: repeatable, Priority: 5, Summary: "Full import of connection msp",
			},
			attributes: map[string]string{"Connection": "msp"},
		},
		{
			in: flow.FullImportInput{Connection: "msp", Plan: true},
			want: flow.Execution{
				Workflow: "FullImport", ID: "full-import/msp", Reuse: repeatable, Priority: 5, Summary: "Plan a full import of connection msp",
			},
			attributes: map[string]string{"Connection": "msp"},
		},
		{
			in: flow.ImportOrganizationInput{Connection: "msp", OrganizationID: 7, Name: "Planet Express", Devices: 12},
			want: flow.Execution{
				Workflow: "ImportOrganization", ID: "import-organization/msp/7", Reuse: repeatable, Priority: 5,
				Summary: "Import Planet Express (7): 12 devices",
			},
			attributes: map[string]string{"Connection": "msp", "NinjaOrganizationId": "7"},
		},
		{
			in: flow.AlertTriggeredInput{Connection: "msp", Alert: alert},
			want: flow.Execution{
				Workflow: "AlertTriggered", ID: "alert-triggered/msp/5f9c", Reuse: once, Priority: 1, Summary: "SHIP: Disk C: is full",
			},
			attributes: alertAttributes,
		},
		{
			in: flow.AlertTriggeredInput{Connection: "msp", Alert: rules.Alert{UID: "5f9c", DeviceID: 8}},
			want: flow.Execution{
				Workflow: "AlertTriggered", ID: "alert-triggered/msp/5f9c", Reuse: once, Priority: 1, Summary: "Device 8: Alert on device 8",
			},
			attributes: map[string]string{"Connection": "msp", "NinjaAlertUid": "5f9c", "NinjaDeviceId": "8"},
		},
		{
			in: flow.AlertResetInput{Connection: "msp", UID: "5f9c", DeviceID: 8, OrganizationID: 7},
			want: flow.Execution{
				Workflow: "AlertReset", ID: "alert-reset/msp/5f9c", Reuse: once, Priority: 1, Summary: "Reset of alert 5f9c",
			},
			attributes: alertAttributes,
		},
		{
			in: flow.RequestClosedInput{Connection: "msp", RequestID: 31},
			want: flow.Execution{
				Workflow: "RequestClosed", ID: "request-closed/msp/31", Reuse: repeatable, Priority: 1, Summary: "#31 changed in Accelo",
			},
			attributes: map[string]string{"Connection": "msp", "AcceloRequestId": "31"},
		},
		{
			in: flow.ReconcileInput{Connection: "msp"},
			want: flow.Execution{
				Workflow: "Reconcile", ID: "reconcile/msp", Reuse: repeatable, Priority: 4, Summary: "Reconcile connection msp",
			},
			attributes: map[string]string{"Connection": "msp"},
		},
		{
			in: flow.TestAlertInput{Connection: "msp", UID: "7e57"},
			want: flow.Execution{
				Workflow: "TestAlert", ID: "test-alert/msp", Reuse: repeatable, Priority: 1, Summary: "Test alert of connection msp",
			},
			attributes: map[string]string{"Connection": "msp", "NinjaAlertUid": "7e57"},
		},
		{
			in: flow.ScheduledImportInput{Connection: "msp"},
			want: flow.Execution{
				Workflow: "ScheduledImport", ID: "scheduled-import/msp", Reuse: repeatable, Priority: 5,
				Summary: "Start the scheduled import of connection msp",
			},
			attributes: map[string]string{"Connection": "msp"},
		},
	} {
		got := test.in.Execution()
		require.Equal(t, test.attributes, keywords(got.Attributes), test.want.ID)
		got.Attributes = temporal.SearchAttributes{}
		require.Equal(t, test.want, got)
	}
}

// keywords returns search attributes by name.
func keywords(attributes temporal.SearchAttributes) map[string]string {
	values := map[string]string{}
	for key, value := range attributes.GetUntypedValues() {
		values[key.GetName()], _ = value.(string)
	}
	return values
}

func TestSummaries(t *testing.T) {
	t.Parallel()
	in := flow.ImportOrganizationInput{OrganizationID: 7, Name: "Planet Express"}
	require.Equal(t, "Import Planet Express (7)", flow.OrganizationSummary(in))
	require.Equal(t, "Sync Planet Express (7)", flow.CompanySummary(in))
	require.Equal(t, "Sync 1 device of Planet Express (7)", flow.DevicesSummary(in, 1))
	in.Name = " \x00\n"
	require.Equal(t, "organization 7", flow.OrganizationName(in), "a name without visible characters counts as none")
}

// Summaries fit into Temporal's limit and stay valid UTF-8, whatever an organization or a device is called.
func FuzzSummaries(f *testing.F) {
	const limit = 200 // bytes, by Temporal's documentation
	f.Add("Planet Express", 7, 3)
	f.Add("", 1, 0)
	f.Add(strings.Repeat("🛰️", 300), 1<<62, 1<<62)
	f.Add(strings.Repeat("\xff", 300), -1, -1)
	f.Add("a\nb\x00c", 0, 1)
	f.Fuzz(func(t *testing.T, name string, id, devices int) {
		in := flow.ImportOrganizationInput{OrganizationID: id, Name: name, Devices: devices}
		summaries := []string{
			flow.OrganizationSummary(in), flow.CompanySummary(in), flow.DevicesSummary(in, devices),
			flow.AlertSummary(rules.Alert{DeviceID: id, DeviceName: name, Message: name}),
		}
		for _, summary := range summaries {
			require.LessOrEqual(t, len(summary), limit)
			require.NotEmpty(t, summary)
			if utf8.ValidString(name) {
				require.True(t, utf8.ValidString(summary), "a character was cut")
			}
		}
	})
}

func TestCounts(t *testing.T) {
	t.Parallel()
	var counts flow.Counts
	for i, outcome := range []rules.Outcome{rules.Created, rules.Matched, rules.Updated, rules.Unchanged, rules.Waiting, rules.Failed, "", "unknown"} {
		counts.Add(outcome, i+1)
	}
	require.Equal(t, flow.Counts{Created: 1, Matched: 2, Updated: 3, Unchanged: 4, Waiting: 5, Failed: 6}, counts)
}

// `import --json` promises these names (interface.md 6).
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
	require.Contains(t, string(encoded), `"estimated_seconds":0`, "a plan has an estimate even if it is zero")
}

// Alert inputs are in recorded histories and stored events, so their names must not change.
func TestAlertInputAsJSON(t *testing.T) {
	t.Parallel()
	encoded, err := json.Marshal(flow.AlertTriggeredInput{Connection: "msp", Alert: rules.Alert{
		UID: "u", ActivityID: 1, DeviceID: 2, DeviceName: "d", NodeClass: "n", OrganizationID: 3, OrganizationName: "o", Condition: "c",
		Subject: "s", Message: "m", Severity: "MAJOR", Priority: "HIGH",
	}})
	require.NoError(t, err)
	require.JSONEq(t, `{"connection":"msp","alert":{"uid":"u","activity_id":1,"device_id":2,"device_name":"d","node_class":"n",
		"organization_id":3,"organization_name":"o","condition":"c","subject":"s","message":"m","severity":"MAJOR","priority":"HIGH"}}`, string(encoded))
}

// The id of an execution names its connection, whatever the connection is called.
func TestConnectionOf(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		flow.FullImportID("default"):               "default",
		flow.ImportOrganizationID("a.b-c_1", 7):    "a.b-c_1",
		flow.AlertTriggeredID("default", "5f9c"):   "default",
		flow.AlertResetID("default", "5f9c"):       "default",
		flow.RequestClosedID("default", 31):        "default",
		flow.ReconcileID("default"):                "default",
		"reconcile/default-2026-03-01T12:00:00Z":   "default",
		"reconcile/default-2":                      "default-2",
		"reconcile/default-2-2026-03-01T12:00:00Z": "default-2",
		"temporal-sys-scheduler:reconcile/default": "",
		"something/default":                        "",

		"full-import": "",
		"":            "",
	} {
		require.Equal(t, want, flow.ConnectionOf(id), id)
	}
}
