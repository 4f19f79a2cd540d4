package workflows_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// A webhook without a severity is looked up if that decides about a request. What nobody knows is never taken for a mild alert.
func TestAlertWithoutSeverity(t *testing.T) {
	t.Parallel()
	calls := flow.APICalls{Ninjaone: 1}
	for _, test := range []struct {
		name, least  string
		found        activities.NinjaFindSeverityResult
		fails        error
		want         flow.Outcome
		wantSeverity string
		asked        bool
	}{
		{name: "every alert opens a request", least: "NONE", want: flow.Opened},
		{name: "no minimum", least: "", want: flow.Opened},
		{
			name: "severe", least: "MAJOR", found: activities.NinjaFindSeverityResult{Severity: "CRITICAL", Priority: "HIGH", APICalls: calls},
			want: flow.Opened, wantSeverity: "CRITICAL", asked: true,
		},
		{
			name: "mild", least: "MAJOR", found: activities.NinjaFindSeverityResult{Severity: "MINOR", APICalls: calls}, want: flow.Skipped, asked: true,
		},
		{name: "nobody knows", least: "MAJOR", found: activities.NinjaFindSeverityResult{APICalls: calls}, want: flow.Opened, asked: true},
		{name: "the log is unavailable", least: "MAJOR", fails: errors.New("unavailable"), want: flow.Opened, asked: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			in := triggeredInput
			in.Alert.Severity, in.Rules.MinSeverity = "", test.least
			script := alertScript{openResults: []activities.AcceloOpenRequestResult{openResult(flow.Opened)}, severity: test.found}
			if test.fails != nil {
				script.failFirst = map[string]error{"NinjaFindSeverity": nonRetryable(activities.Refused)}
			}
			env := newAlertEnv(t, script)
			env.run(flow.AlertTriggered, in)
			result := env.result()
			require.Equal(t, test.want, result.Outcome)
			asked := count[activities.NinjaFindSeverityInput](env.inputs())
			require.Equal(t, test.asked, asked > 0)
			require.Equal(t, test.found.APICalls.Ninjaone, min(result.APICalls.Ninjaone, test.found.APICalls.Ninjaone))
			for _, each := range env.inputs() {
				if opened, ok := each.(activities.AcceloOpenRequestInput); ok {
					require.Equal(t, test.wantSeverity, opened.Alert.Severity)
				}
			}
		})
	}
}
