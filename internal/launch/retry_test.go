package launch_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/store"
)

// fakeFailures is a store with the failures of one connection, msp.
type fakeFailures struct {
	failures []store.Failure
	err      error
}

func (f fakeFailures) Connection(_ context.Context, name string) (store.Connection, error) {
	if name != "msp" {
		return store.Connection{}, store.ErrNotFound
	}
	return store.Connection{}, nil
}

func (f fakeFailures) Failures(context.Context, string) ([]store.Failure, error) {
	return f.failures, f.err
}

// failures returns one failure of each kind, with two in organization 7.
func failures(t *testing.T) fakeFailures {
	t.Helper()
	return fakeFailures{failures: []store.Failure{
		{Kind: store.Organizations, NinjaID: "7", OrganizationID: 7, Name: "Planet Express"},
		{Kind: store.Devices, NinjaID: "8", OrganizationID: 7, Name: "SHIP"},
		{Kind: store.Devices, NinjaID: "9", OrganizationID: 6, Name: "LAB"},
		{Kind: store.Alerts, NinjaID: "5f9c", OrganizationID: 7, EventType: store.TriggeredEvent, Event: encoded(t, triggered.Alert)},
		{Kind: store.Alerts, NinjaID: "77aa", EventType: store.ResetEvent, Event: encoded(t, flow.AlertResetInput{Connection: "msp", UID: "77aa"})},
	}}
}

func encoded(t *testing.T, event any) json.RawMessage {
	t.Helper()
	data, err := json.Marshal(event)
	require.NoError(t, err)
	return data
}

// Each selected failure is retried by its own workflow, and an organization is imported once for all its records.
func TestRetry(t *testing.T) {
	t.Parallel()
	const (
		organization7 = "import-organization/msp/7"
		organization6 = "import-organization/msp/6"
		alert         = "alert-triggered/msp/5f9c"
		alertReset    = "alert-reset/msp/77aa"
	)
	for _, test := range []struct {
		name      string
		selection launch.Selection
		want      []string
	}{
		{name: "everything", want: []string{organization7, organization6, alert, alertReset}},
		{name: "one organization", selection: launch.Selection{Organization: 7}, want: []string{organization7, alert}},
		{name: "one device", selection: launch.Selection{Device: 9}, want: []string{organization6}},
		{name: "one alert", selection: launch.Selection{Alert: "5f9c"}, want: []string{alert}},
		{name: "one reset", selection: launch.Selection{Alert: "77aa"}, want: []string{alertReset}},
		{name: "a device and an alert", selection: launch.Selection{Device: 8, Alert: "5f9c"}, want: []string{organization7, alert}},
		{name: "nothing that failed", selection: launch.Selection{Organization: 5}, want: []string{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := &fakeTemporal{}
			retried, err := newLauncher(fake).Retry(t.Context(), failures(t), "msp", test.selection)
			require.NoError(t, err)
			started, reported := []string{}, []string{}
			for _, start := range fake.starts {
				started = append(started, start.Options.ID)
			}
			for _, failure := range retried {
				reported = append(reported, failure.WorkflowID)
			}
			require.Equal(t, test.want, started)
			require.Equal(t, test.want, reported)
		})
	}
}

// A retry passes on what the failure stored: the alert without rules, which were applied before, the reset with a
// start that is allowed to repeat, and the organization's own name, not a device's.
func TestRetryInputs(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	_, err := newLauncher(fake).Retry(t.Context(), failures(t), "msp", launch.Selection{})
	require.NoError(t, err)
	require.Len(t, fake.starts, 4)
	require.Equal(t, organization, fake.starts[0].In)
	require.Equal(t, flow.ImportOrganizationInput{Connection: "msp", OrganizationID: 6}, fake.starts[1].In)
	require.Equal(t, flow.AlertTriggeredInput{Connection: "msp", Alert: triggered.Alert}, fake.starts[2].In)
	require.Equal(t, flow.AlertResetInput{Connection: "msp", UID: "77aa"}, fake.starts[3].In)
	require.Equal(t, enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, fake.starts[3].Options.WorkflowIDReusePolicy)
}

// A sync that is already running counts as retried.
func TestRetryOfARunningSync(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{running: map[string]bool{
		"import-organization/msp/7": true, "import-organization/msp/6": true, "alert-triggered/msp/5f9c": true, "alert-reset/msp/77aa": true,
	}}
	retried, err := newLauncher(fake).Retry(t.Context(), failures(t), "msp", launch.Selection{})
	require.NoError(t, err)
	require.Len(t, retried, 4)
}

func TestRetryFails(t *testing.T) {
	t.Parallel()
	unavailable := errors.New("unavailable")
	retry := func(fake *fakeTemporal, source fakeFailures, connection string) ([]store.Failure, error) {
		return newLauncher(fake).Retry(t.Context(), source, connection, launch.Selection{})
	}
	_, err := retry(&fakeTemporal{}, failures(t), "other")
	require.EqualError(t, err, `there is no connection "other"`)

	_, err = retry(&fakeTemporal{}, fakeFailures{err: unavailable}, "msp")
	require.ErrorIs(t, err, unavailable)

	retried, err := retry(&fakeTemporal{err: unavailable}, failures(t), "msp")
	require.ErrorIs(t, err, unavailable)
	require.Empty(t, retried, "only what was started counts")

	for _, failure := range []store.Failure{
		{Kind: store.Alerts, NinjaID: "5f9c", EventType: store.TriggeredEvent, Event: json.RawMessage("{")},
		{Kind: store.Alerts, NinjaID: "5f9c", EventType: store.ResetEvent, Event: json.RawMessage("{")},
	} {
		_, err = retry(&fakeTemporal{}, fakeFailures{failures: []store.Failure{failure}}, "msp")
		require.ErrorContains(t, err, "alert 5f9c")
	}
}
