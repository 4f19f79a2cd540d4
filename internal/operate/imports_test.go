package operate_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// A second import attaches to the one that runs; a plan doesn't, because what runs writes to Accelo.
func TestStartImport(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withTemporal(map[string]any{flow.FullImport: untilCancelled})
	started, err := f.StartImport(t.Context(), jane, operate.StartImport{Connection: "msp"})
	require.NoError(t, err)
	first := started
	require.Equal(t, "full-import/msp", first.WorkflowID)
	require.Equal(t, first.Run.GetRunID(), first.ID)
	require.False(t, first.Attached)

	again, err := f.StartImport(t.Context(), jane, operate.StartImport{Connection: "msp", Selection: rules.Selection{Records: rules.RecordKinds}})
	require.NoError(t, err)
	require.True(t, again.Attached)
	require.Equal(t, first.ID, again.ID)

	_, err = f.StartImport(t.Context(), jane, operate.StartImport{Connection: "msp", Plan: true})
	conflict := requireConflict(t, err)
	require.Equal(t, "an import is already running; wait for it to finish before planning", conflict.Error())
	require.Equal(t, first.ID, conflict.Running.ID)
}

// An import doesn't attach to a plan either, but names it.
func TestStartImportWhileAPlanRuns(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withTemporal(map[string]any{flow.FullImport: untilCancelled})
	plan, err := f.StartImport(t.Context(), jane, operate.StartImport{Connection: "msp", Plan: true})
	require.NoError(t, err)
	require.True(t, plan.Plan)
	require.NoError(t, f.store.BeginImport(t.Context(), store.Import{
		ID: plan.ID, Connection: "msp", WorkflowID: "full-import/msp", Plan: true,
	}))
	_, err = f.StartImport(t.Context(), jane, operate.StartImport{Connection: "msp"})
	conflict := requireConflict(t, err)
	require.Equal(t, "a plan is already running; wait for it to finish before importing", conflict.Error())
	require.True(t, conflict.Running.Plan)
}

// A selection travels with the import, and another import attaches only if it wants the same.
func TestStartImportOfChosenRecords(t *testing.T) {
	t.Parallel()
	inputs := make(chan flow.FullImportInput, 1)
	f := newFixture(t).withTemporal(map[string]any{
		flow.FullImport: func(ctx workflow.Context, in flow.FullImportInput) ([]string, error) {
			inputs <- in
			return untilCancelled(ctx, in)
		},
	})
	start := func(records []string, organizations ...int) (operate.Import, error) {
		return f.StartImport(t.Context(), jane, operate.StartImport{
			Connection: "msp", Selection: rules.Selection{Records: records, Organizations: organizations},
		})
	}
	started, err := start([]string{"devices", "organizations"}, 9, 7, 9)
	require.NoError(t, err)
	want := rules.Selection{Records: []string{"organizations", "devices"}, Organizations: []int{7, 9}}
	require.Equal(t, want, (<-inputs).Selection)
	stored, err := f.store.Import(t.Context(), started.ID)
	require.NoError(t, err)
	require.Equal(t, want, stored.Selection)
	again, err := start([]string{"organizations", "devices"}, 7, 9)
	require.NoError(t, err)
	require.Equal(t, started.ID, again.ID)
	_, err = start(nil)
	require.Equal(t, "an import of organizations and devices of 2 chosen organizations is already running; wait for it to finish before importing "+
		"everything", requireConflict(t, err).Reason)
	_, err = start([]string{"devices"}, 7)
	require.Contains(t, requireConflict(t, err).Reason, "before importing devices of 1 chosen organization")
}

// An organization on its own is imported beside a full import.
func TestStartOrganizationAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withTemporal(map[string]any{
		flow.ImportOrganization: func(ctx workflow.Context, in flow.ImportOrganizationInput) (int, error) {
			return in.OrganizationID, nil
		},
	})
	started, err := f.StartImport(t.Context(), jane, operate.StartImport{Connection: "msp", Alone: 7})
	require.NoError(t, err)
	var got int
	require.NoError(t, started.Run.Get(t.Context(), &got))
	require.Equal(t, []int{7, 7}, []int{got, started.Organization})
}

func TestStartImportRejectsWhatNoImportDoes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, test := range []struct {
		in     operate.StartImport
		member string
	}{
		{operate.StartImport{Selection: rules.Selection{Organizations: []int{0}}}, "organizations"},
		{operate.StartImport{Selection: rules.Selection{Records: []string{"tickets"}}}, "records"},
		{operate.StartImport{Alone: 7, Plan: true}, "organizations"},
		{operate.StartImport{Alone: 7, Selection: rules.Selection{Records: []string{"devices"}}}, "organizations"},
	} {
		test.in.Connection = "msp"
		_, err := f.StartImport(t.Context(), jane, test.in)
		var invalid *operate.InvalidError
		require.ErrorAs(t, err, &invalid)
		require.Equal(t, test.member, invalid.Member)
	}
}

func TestSignalImport(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withTemporal(map[string]any{flow.FullImport: untilCancelled})
	started, err := f.StartImport(t.Context(), jane, operate.StartImport{Connection: "msp"})
	require.NoError(t, err)
	running := started
	signal := func(id string, action operate.ImportAction) error {
		_, err := f.SignalImport(t.Context(), jane, operate.ImportSignal{Connection: "msp", ID: id, Action: action})
		return err
	}
	require.NoError(t, signal(running.ID, operate.PauseImport))
	require.NoError(t, signal(running.ID, operate.ResumeImport))
	var got []string
	require.NoError(t, running.Run.Get(t.Context(), &got))
	require.Equal(t, []string{"pause", "resume"}, got)
	require.Contains(t, requireConflict(t, signal(running.ID, operate.PauseImport)).Reason, "has ended")

	var unknown *operate.NotFoundError
	require.ErrorAs(t, signal("other", operate.PauseImport), &unknown)
	require.NoError(t, f.store.BeginImport(t.Context(), store.Import{ID: "one", Connection: "msp", WorkflowID: "import-organization/msp/7"}))
	require.ErrorContains(t, signal("one", operate.PauseImport), "can only be cancelled")
}

func TestCancelImport(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withTemporal(map[string]any{flow.FullImport: untilCancelled})
	started, err := f.StartImport(t.Context(), jane, operate.StartImport{Connection: "msp"})
	require.NoError(t, err)
	_, err = f.SignalImport(t.Context(), jane, operate.ImportSignal{Connection: "msp", ID: started.ID, Action: operate.CancelImport})
	require.NoError(t, err)
	err = started.Run.Get(t.Context(), nil)
	var cancelled *temporal.CanceledError
	require.ErrorAs(t, err, &cancelled)
}

// Every operation checks the role first, and needs a connection that exists.
func TestEveryOperationChecksRoleAndConnection(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	key := func(connection string) store.Key {
		return store.Key{Connection: connection, Kind: store.Devices, NinjaID: "8"}
	}
	for name, do := range map[string]func(context.Context, operate.Actor, string) error{
		"import": func(ctx context.Context, actor operate.Actor, c string) error {
			_, err := f.StartImport(ctx, actor, operate.StartImport{Connection: c})
			return err
		},
		"signal": func(ctx context.Context, actor operate.Actor, c string) error {
			_, err := f.SignalImport(ctx, actor, operate.ImportSignal{Connection: c})
			return err
		},
		"reconcile": func(ctx context.Context, actor operate.Actor, c string) error {
			_, err := f.Reconcile(ctx, actor, c)
			return err
		},
		"approve": func(ctx context.Context, actor operate.Actor, c string) error {
			_, err := f.Approve(ctx, actor, c)
			return err
		},
		"retry": func(ctx context.Context, actor operate.Actor, c string) error {
			_, err := f.Retry(ctx, actor, operate.Retry{Connection: c})
			return err
		},
		"dismiss": func(ctx context.Context, actor operate.Actor, c string) error {
			_, err := f.Dismiss(ctx, actor, key(c))
			return err
		},
		"sync": func(ctx context.Context, actor operate.Actor, c string) error {
			_, err := f.SyncRecord(ctx, actor, key(c))
			return err
		},
		"relink": func(ctx context.Context, actor operate.Actor, c string) error {
			_, err := f.Relink(ctx, actor, operate.Relink{Key: key(c), AcceloID: 12})
			return err
		},
		"unlink": func(ctx context.Context, actor operate.Actor, c string) error {
			_, err := f.Unlink(ctx, actor, key(c))
			return err
		},
		"recreate": func(ctx context.Context, actor operate.Actor, c string) error {
			_, err := f.Recreate(ctx, actor, key(c))
			return err
		},
	} {
		var forbidden *operate.ForbiddenError
		require.ErrorAs(t, do(t.Context(), viewer, "msp"), &forbidden, name)
		require.Equal(t, operate.Operating, forbidden.Needs)
		var unknown *operate.NotFoundError
		require.ErrorAs(t, do(t.Context(), jane, "other"), &unknown, name)
		require.Equal(t, "connection", unknown.What)
	}
}

func requireConflict(t *testing.T, err error) *operate.ConflictError {
	t.Helper()
	var conflict *operate.ConflictError
	require.ErrorAs(t, err, &conflict)
	return conflict
}

// The import that runs says itself whether it is paused.
func TestImportPaused(t *testing.T) {
	t.Parallel()
	paused := func(ctx workflow.Context, _ flow.FullImportInput) (flow.ImportResult, error) {
		err := workflow.SetQueryHandler(ctx, flow.ProgressQuery, func() (flow.Progress, error) { return flow.Progress{Paused: true}, nil })
		if err != nil {
			return flow.ImportResult{}, err
		}
		return flow.ImportResult{}, workflow.Await(ctx, func() bool { return false })
	}
	f := newFixture(t).withTemporal(map[string]any{flow.FullImport: paused})
	_, err := f.ImportPaused(t.Context(), "msp")
	require.ErrorAs(t, err, new(*launch.EndedError), "none runs")
	_, err = f.StartImport(t.Context(), jane, operate.StartImport{Connection: "msp"})
	require.NoError(t, err)
	is, err := f.ImportPaused(t.Context(), "msp")
	require.NoError(t, err)
	require.True(t, is)
}
