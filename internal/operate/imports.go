package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// StartImport says what to import.
type StartImport struct {
	Connection string
	// Plan only reads and compares, and reports what an import would do.
	Plan bool
	// The selection says which records to import; nothing means all.
	rules.Selection
	// Alone is the NinjaOne id of an organization to import on its own, without its alerts and beside a full import; 0 for none.
	Alone int
}

// Import is one import that runs.
type Import struct {
	// ID is the id of the workflow's first run. Progress and result are stored under it.
	ID         string
	WorkflowID string
	// Organization is the NinjaOne id of the only organization that it imports, or 0.
	Organization int
	Plan         bool
	// The selection says which records it imports; nothing means all.
	rules.Selection
	// Attached reports whether it was running already.
	Attached bool
	// Run is the handle of its latest run.
	Run client.WorkflowRun
}

// Name is what users call the import: "a plan" or "an import".
func (i Import) Name() string {
	if i.Plan {
		return "a plan"
	}
	return "an import"
}

// StartImport starts an import, or attaches to the one that is running. It returns a *ConflictError, which names the running import, if
// that one is a plan and an import was asked for, or the other way round, or if it brings in other records.
func (o *Operator) StartImport(ctx context.Context, actor Actor, in StartImport) (Import, error) {
	if err := in.check(); err != nil {
		return Import{}, err
	}
	in.Selection = in.Normalized()
	ctx, err := o.begin(ctx, actor, Operating, in.Connection)
	if err != nil {
		return Import{}, err
	}
	launcher, err := o.launcher()
	if err != nil {
		return Import{}, err
	}
	action := "import"
	if in.Plan {
		action = "plan"
	}
	chosen := map[string]any{"records": in.Records, "organizations": in.Organizations}
	if in.Alone != 0 {
		chosen["organizations"] = []int{in.Alone}
	}
	if err := o.note(ctx, entryOf(actor, in.Connection, action), "", nil, chosen); err != nil {
		return Import{}, err
	}
	if in.Alone != 0 {
		input := flow.ImportOrganizationInput{Connection: in.Connection, OrganizationID: in.Alone}
		return o.startOrAttach(ctx, launcher, in.Connection, Import{WorkflowID: input.Execution().ID, Organization: in.Alone},
			func() (client.WorkflowRun, error) { return launcher.ImportOrganization(ctx, input) })
	}
	return o.startOrAttach(ctx, launcher, in.Connection,
		Import{WorkflowID: flow.FullImportID(in.Connection), Plan: in.Plan, Selection: in.Selection},
		func() (client.WorkflowRun, error) {
			return launcher.ChosenImport(ctx, in.Connection, in.Plan, in.Selection)
		})
}

// check returns an *InvalidError for what no import does.
func (in StartImport) check() error {
	for _, kind := range in.Records {
		if !slices.Contains(rules.RecordKinds, kind) {
			return &InvalidError{Member: "records", Reason: fmt.Sprintf("unknown kind of records %q (use organizations, devices or alerts)", kind)}
		}
	}
	for _, id := range in.Organizations {
		if id <= 0 {
			return &InvalidError{Member: "organizations", Reason: fmt.Sprintf("%d is not the ID of a NinjaOne organization", id)}
		}
	}
	if in.Alone < 0 || in.Alone != 0 && (in.Plan || !in.Everything()) {
		return &InvalidError{Member: "organizations", Reason: "an organization on its own is always imported as a whole; plan or choose with a full import"}
	}
	return nil
}

func (o *Operator) startOrAttach(
	ctx context.Context, launcher *launch.Launcher, connection string, wanted Import, start func() (client.WorkflowRun, error),
) (Import, error) {
	run, err := start()
	var running *launch.RunningError
	switch {
	case errors.As(err, &running):
		return o.attach(ctx, launcher, wanted)
	case err != nil:
		return Import{}, temporalError(err)
	}
	wanted.ID, wanted.Run = run.GetRunID(), run
	// The workflow stores it too, but a caller that asks right away must find it.
	return wanted, o.store.BeginImport(ctx, store.Import{
		ID: wanted.ID, Connection: connection, WorkflowID: wanted.WorkflowID, Plan: wanted.Plan, Selection: wanted.Selection,
	})
}

func (o *Operator) attach(ctx context.Context, launcher *launch.Launcher, wanted Import) (Import, error) {
	latest, err := launcher.Latest(ctx, wanted.WorkflowID)
	if err != nil {
		return Import{}, temporalError(fmt.Errorf("follow %s: %w", wanted.WorkflowID, err))
	}
	stored, err := o.store.Import(ctx, latest.FirstRunID)
	if err != nil && !errors.Is(err, store.ErrNotFound) { // a run that has just started is not stored yet
		return Import{}, err
	}
	running := wanted
	running.ID, running.Plan, running.Selection, running.Attached = latest.FirstRunID, stored.Plan, stored.Selection, true
	running.Run = launcher.Run(ctx, wanted.WorkflowID, latest.RunID)
	purpose := "importing"
	if wanted.Plan {
		purpose = "planning"
	}
	if wanted.Plan || running.Plan { // a plan never attaches: the run may be an import, which writes to Accelo
		return Import{}, &ConflictError{
			Reason: fmt.Sprintf("%s is already running; wait for it to finish before %s", running.Name(), purpose), Running: &running,
		}
	}
	if !running.Same(wanted.Selection) {
		return Import{}, &ConflictError{
			Reason:  fmt.Sprintf("an import of %s is already running; wait for it to finish before importing %s", running.Selection, wanted.Selection),
			Running: &running,
		}
	}
	return running, nil
}
