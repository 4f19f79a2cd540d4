package launch_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
)

// fakeTemporal records what is asked of Temporal. Methods it does not define panic.
type fakeTemporal struct {
	client.Client
	starts    []start
	signals   []signal
	schedules []client.ScheduleOptions
	// running lists the ids whose start fails because an execution exists.
	running map[string]bool
	// err is the error of every call.
	err error
}

// start is a call of ExecuteWorkflow, or of SignalWithStartWorkflow if it has a signal.
type start struct {
	Options  client.StartWorkflowOptions
	Workflow string
	In       any
	Signal   string
	Change   any
}

type signal struct {
	WorkflowID, RunID, Name string
	Argument                any
}

func (f *fakeTemporal) ExecuteWorkflow(
	_ context.Context, options client.StartWorkflowOptions, workflow any, args ...any,
) (client.WorkflowRun, error) {
	name, _ := workflow.(string)
	f.starts = append(f.starts, start{Options: options, Workflow: name, In: args[0]})
	if f.running[options.ID] {
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("already started", "", "")
	}
	return nil, f.err
}

func (f *fakeTemporal) SignalWithStartWorkflow(
	_ context.Context, _, signal string, change any, options client.StartWorkflowOptions, workflow any, args ...any,
) (client.WorkflowRun, error) {
	name, _ := workflow.(string)
	f.starts = append(f.starts, start{Options: options, Workflow: name, In: args[0], Signal: signal, Change: change})
	return nil, f.err
}

func (f *fakeTemporal) SignalWorkflow(_ context.Context, workflowID, runID, name string, argument any) error {
	f.signals = append(f.signals, signal{workflowID, runID, name, argument})
	return f.err
}

func (f *fakeTemporal) ScheduleClient() client.ScheduleClient { return fakeSchedules{fake: f} }

type fakeSchedules struct {
	client.ScheduleClient
	fake *fakeTemporal
}

func (s fakeSchedules) Create(_ context.Context, options client.ScheduleOptions) (client.ScheduleHandle, error) {
	s.fake.schedules = append(s.fake.schedules, options)
	return nil, s.fake.err
}

// newLauncher returns a Launcher for a namespace with all search attributes.
func newLauncher(f *fakeTemporal) *launch.Launcher {
	return launch.New(f, "queue", flow.SearchAttributes())
}

// one returns the only start.
func (f *fakeTemporal) one(t *testing.T) start {
	t.Helper()
	require.Len(t, f.starts, 1)
	return f.starts[0]
}

// keywords returns search attributes by name.
func keywords(attributes temporal.SearchAttributes) map[string]string {
	values := map[string]string{}
	for key, value := range attributes.GetUntypedValues() {
		values[key.GetName()], _ = value.(string)
	}
	return values
}
