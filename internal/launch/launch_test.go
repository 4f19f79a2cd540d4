package launch_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/temporalx"
)

const (
	repeatable = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	once       = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY
	refuse     = enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL
	join       = enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
)

var (
	organization = flow.ImportOrganizationInput{Connection: "msp", OrganizationID: 7, Name: "Planet Express"}
	triggered    = flow.AlertTriggeredInput{
		Connection: "msp", Alert: rules.Alert{UID: "5f9c", DeviceID: 8, DeviceName: "SHIP", Message: "Disk C: is full"},
	}
	reset   = flow.AlertResetInput{Connection: "msp", UID: "5f9c", DeviceID: 8}
	changed = flow.RequestClosedInput{Connection: "msp", RequestID: 31, Compared: true}
)

// launchTest is a method of Launcher with the start that it asks of Temporal.
type launchTest struct {
	name       string
	launch     func(context.Context, *launch.Launcher) error
	want       start
	attributes map[string]string
}

func launchTests() []launchTest {
	options := func(id, summary string, priority int, reuse enumspb.WorkflowIdReusePolicy) client.StartWorkflowOptions {
		return client.StartWorkflowOptions{
			ID: id, TaskQueue: "queue", StaticSummary: summary, Priority: temporal.Priority{PriorityKey: priority},
			WorkflowIDReusePolicy: reuse, WorkflowIDConflictPolicy: refuse, WorkflowExecutionErrorWhenAlreadyStarted: true,
		}
	}
	eager := func(options client.StartWorkflowOptions) client.StartWorkflowOptions {
		options.EnableEagerStart = true
		return options
	}
	signalled := options("request-closed/msp/31", "#31 changed in Accelo", 1, repeatable)
	signalled.WorkflowIDConflictPolicy = join
	alert := map[string]string{"Connection": "msp", "NinjaAlertUid": "5f9c", "NinjaDeviceId": "8"}
	return []launchTest{
		{
			name: "full import",
			launch: func(ctx context.Context, l *launch.Launcher) error {
				_, err := l.FullImport(ctx, "msp", false)
				return err
			},
			want: start{
				Options:  options("full-import/msp", "Full import of connection msp", 5, repeatable),
				Workflow: "FullImport", In: flow.FullImportInput{Connection: "msp", Searchable: true},
			},
			attributes: map[string]string{"Connection": "msp"},
		},
		{
			name: "plan",
			launch: func(ctx context.Context, l *launch.Launcher) error {
				_, err := l.FullImport(ctx, "msp", true)
				return err
			},
			want: start{
				Options:  options("full-import/msp", "Plan a full import of connection msp", 5, repeatable),
				Workflow: "FullImport", In: flow.FullImportInput{Connection: "msp", Plan: true, Searchable: true},
			},
			attributes: map[string]string{"Connection": "msp"},
		},
		{
			name: "organization",
			launch: func(ctx context.Context, l *launch.Launcher) error {
				_, err := l.ImportOrganization(ctx, organization)
				return err
			},
			want: start{
				Options:  options("import-organization/msp/7", "Import Planet Express (7)", 5, repeatable),
				Workflow: "ImportOrganization", In: organization,
			},
			attributes: map[string]string{"Connection": "msp", "NinjaOrganizationId": "7"},
		},
		{
			name:   "alert",
			launch: func(ctx context.Context, l *launch.Launcher) error { return l.AlertTriggered(ctx, triggered) },
			want: start{
				Options:  eager(options("alert-triggered/msp/5f9c", "SHIP: Disk C: is full", 1, once)),
				Workflow: "AlertTriggered", In: triggered,
			},
			attributes: alert,
		},
		{
			name:   "reset",
			launch: func(ctx context.Context, l *launch.Launcher) error { return l.AlertReset(ctx, reset) },
			want: start{
				Options:  eager(options("alert-reset/msp/5f9c", "Reset of alert 5f9c", 1, once)),
				Workflow: "AlertReset", In: reset,
			},
			attributes: alert,
		},
		{
			name:   "reset again",
			launch: func(ctx context.Context, l *launch.Launcher) error { return l.RetryAlertReset(ctx, reset) },
			want: start{
				Options:  options("alert-reset/msp/5f9c", "Reset of alert 5f9c", 1, repeatable),
				Workflow: "AlertReset", In: reset,
			},
			attributes: alert,
		},
		{
			name:   "request change",
			launch: func(ctx context.Context, l *launch.Launcher) error { return l.RequestChanged(ctx, changed) },
			want: start{
				Options: signalled, Workflow: "RequestClosed", In: changed,
				Signal: "changed", Change: flow.RequestChange{Compared: true},
			},
			attributes: map[string]string{"Connection": "msp", "AcceloRequestId": "31"},
		},
		{
			name: "reconciliation",
			launch: func(ctx context.Context, l *launch.Launcher) error {
				_, err := l.Reconcile(ctx, "msp", time.Minute)
				return err
			},
			want: start{
				Options:  options("reconcile/msp", "Reconcile connection msp", 4, repeatable),
				Workflow: "Reconcile",
				In:       flow.ReconcileInput{Connection: "msp", Searchable: true, Everything: true, Interval: time.Minute},
			},
			attributes: map[string]string{"Connection": "msp"},
		},
	}
}

// Each workflow starts with its id, policies, priority, summary, search attributes and input.
func TestStarts(t *testing.T) {
	t.Parallel()
	for _, test := range launchTests() {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := &fakeTemporal{}
			require.NoError(t, test.launch(t.Context(), newLauncher(fake)))
			got := fake.one(t)
			require.Equal(t, test.attributes, keywords(got.Options.TypedSearchAttributes))
			got.Options.TypedSearchAttributes = temporal.SearchAttributes{}
			require.Equal(t, test.want, got)
		})
	}
}

// A namespace that lacks a search attribute would reject a start that sets it.
func TestStartsWithoutSearchAttributes(t *testing.T) {
	t.Parallel()
	for _, test := range launchTests() {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := &fakeTemporal{}
			launcher := launch.New(fake, "queue", flow.SearchAttributes()[1:])
			require.NoError(t, test.launch(t.Context(), launcher))
			got := fake.one(t)
			require.Zero(t, got.Options.TypedSearchAttributes.Size())
			switch in := got.In.(type) { // their children must not set any either
			case flow.FullImportInput:
				require.False(t, in.Searchable)
			case flow.ReconcileInput:
				require.False(t, in.Searchable)
			}
		})
	}
}

// An execution that exists is an error for a caller that wants its result, and none for an event that it already covers.
func TestAlreadyStarted(t *testing.T) {
	t.Parallel()
	reported := map[string]bool{"full import": true, "plan": true, "organization": true, "reconciliation": true}
	for _, test := range launchTests() {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			id := test.want.Options.ID
			err := test.launch(t.Context(), newLauncher(&fakeTemporal{running: map[string]bool{id: true}}))
			if !reported[test.name] {
				require.NoError(t, err)
				return
			}
			var running *launch.RunningError
			require.ErrorAs(t, err, &running)
			require.Equal(t, id, running.WorkflowID)
			require.EqualError(t, err, id+" is already running")
		})
	}
}

// Any other error reaches the caller and names the workflow.
func TestStartFails(t *testing.T) {
	t.Parallel()
	unavailable := errors.New("Temporal is unavailable")
	for _, test := range launchTests() {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := test.launch(t.Context(), newLauncher(&fakeTemporal{err: unavailable}))
			require.ErrorIs(t, err, unavailable)
			require.ErrorContains(t, err, test.want.Options.ID)
		})
	}
}

// An approval goes to the run that waits for it, and to no later run with the same id. It says what the user could read.
func TestApprove(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	shown := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	require.NoError(t, newLauncher(fake).Approve(t.Context(), "reconcile/msp", "run", shown))
	require.Equal(t, []signal{{WorkflowID: "reconcile/msp", RunID: "run", Name: "approve", Argument: flow.Approval{ShownAt: shown}}}, fake.signals)
}

// Scheduled runs never overlap, none is made up for, and they differ from a user's run only in not doing everything.
func TestScheduleReconcile(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name             string
		launcher         func(*fakeTemporal) *launch.Launcher
		searchable       bool
		interval, jitter time.Duration
	}{
		{name: "short interval", launcher: newLauncher, searchable: true, interval: time.Minute, jitter: 6 * time.Second},
		{name: "long interval", launcher: newLauncher, searchable: true, interval: time.Hour, jitter: 30 * time.Second},
		{
			name:     "without search attributes",
			launcher: func(f *fakeTemporal) *launch.Launcher { return launch.New(f, "queue", nil) },
			interval: time.Minute, jitter: 6 * time.Second,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := &fakeTemporal{}
			change, err := test.launcher(fake).ScheduleReconcile(t.Context(), "msp", test.interval)
			require.NoError(t, err)
			require.Equal(t, temporalx.ScheduleCreated, change)
			require.Len(t, fake.schedules, 1)
			schedule := fake.schedules[0]
			require.Equal(t, "reconcile/msp", schedule.ID)
			require.Equal(t, enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, schedule.Overlap)
			require.Equal(t, time.Minute, schedule.CatchupWindow)
			require.Equal(t, client.ScheduleSpec{
				Intervals: []client.ScheduleIntervalSpec{{Every: test.interval}}, Jitter: test.jitter,
			}, schedule.Spec)
			action, ok := schedule.Action.(*client.ScheduleWorkflowAction)
			require.True(t, ok)
			require.Equal(t, "reconcile/msp", action.ID)
			require.Equal(t, "Reconcile", action.Workflow)
			require.Equal(t, "queue", action.TaskQueue)
			require.Equal(t, "Reconcile connection msp", action.StaticSummary)
			require.Equal(t, temporal.Priority{PriorityKey: 4}, action.Priority)
			require.Equal(t, []any{
				flow.ReconcileInput{Connection: "msp", Searchable: test.searchable, Interval: test.interval},
			}, action.Args)
			want := map[string]string{}
			if test.searchable {
				want["Connection"] = "msp"
			}
			require.Equal(t, want, keywords(schedule.TypedSearchAttributes))
			require.Equal(t, want, keywords(action.TypedSearchAttributes))
		})
	}
}

// The schedule starts what starts the import, because Temporal gives its runs ids of their own. Without an interval there is none.
func TestScheduleImport(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	change, err := newLauncher(fake).ScheduleImport(t.Context(), "msp", 24*time.Hour)
	require.NoError(t, err)
	require.Equal(t, temporalx.ScheduleCreated, change)
	require.Len(t, fake.schedules, 1)
	schedule := fake.schedules[0]
	require.Equal(t, "scheduled-import/msp", schedule.ID)
	require.Equal(t, enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, schedule.Overlap)
	require.Equal(t, time.Hour, schedule.CatchupWindow)
	require.Equal(t, client.ScheduleSpec{
		Intervals: []client.ScheduleIntervalSpec{{Every: 24 * time.Hour}}, Jitter: 30 * time.Second,
	}, schedule.Spec)
	action, ok := schedule.Action.(*client.ScheduleWorkflowAction)
	require.True(t, ok)
	require.Equal(t, "ScheduledImport", action.Workflow)
	require.Equal(t, []any{flow.ScheduledImportInput{Connection: "msp", Searchable: true}}, action.Args)
}
