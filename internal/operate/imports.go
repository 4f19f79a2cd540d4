package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/store"
)

// RecordKinds are the kinds of records that an import brings in, in the names of the API.
var RecordKinds = []string{"organizations", "devices", "alerts"}

// StartImport says what to import.
type StartImport struct {
	Connection string
	// Plan only reads and compares, and reports what an import would do.
	Plan bool
	// Organizations are the NinjaOne ids of the organizations to import; empty means all, with their active alerts.
	Organizations []int
	// Records are the kinds of records to import; empty means all.
	Records []string
}

// Import is one import that runs.
type Import struct {
	// ID is the id of the workflow's first run. Progress and result are stored under it.
	ID         string
	WorkflowID string
	// Organization is the NinjaOne id of the only organization that it imports, or 0.
	Organization int
	Plan         bool
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

// StartedImports are the imports that StartImport started or found running: one, or one for each chosen organization.
type StartedImports struct{ Imports []Import }

// StartImport starts an import, or attaches to the one that is running. It returns a *ConflictError, which names the running import, if
// that one is a plan and an import was asked for, or the other way round.
func (o *Operator) StartImport(ctx context.Context, actor Actor, in StartImport) (StartedImports, error) {
	if err := in.check(); err != nil {
		return StartedImports{}, err
	}
	ctx, err := o.begin(ctx, actor, Operating, in.Connection)
	if err != nil {
		return StartedImports{}, err
	}
	launcher, err := o.launcher()
	if err != nil {
		return StartedImports{}, err
	}
	action := "import"
	if in.Plan {
		action = "plan"
	}
	if err := o.note(ctx, entryOf(actor, in.Connection, action), "", nil, map[string]any{"organizations": in.Organizations}); err != nil {
		return StartedImports{}, err
	}
	if len(in.Organizations) == 0 {
		started, err := o.startOrAttach(ctx, launcher, Import{WorkflowID: flow.FullImportID(in.Connection), Plan: in.Plan},
			func() (client.WorkflowRun, error) { return launcher.FullImport(ctx, in.Connection, in.Plan) })
		return StartedImports{Imports: []Import{started}}, err
	}
	var all StartedImports
	for _, id := range in.Organizations {
		input := flow.ImportOrganizationInput{Connection: in.Connection, OrganizationID: id}
		started, err := o.startOrAttach(ctx, launcher, Import{WorkflowID: input.Execution().ID, Organization: id},
			func() (client.WorkflowRun, error) { return launcher.ImportOrganization(ctx, input) })
		if err != nil {
			return all, err
		}
		all.Imports = append(all.Imports, started)
	}
	return all, nil
}

// check returns an *InvalidError for what no import does. The flows import all kinds of records of an organization, or of all.
func (in StartImport) check() error {
	for _, kind := range in.Records {
		if !slices.Contains(RecordKinds, kind) {
			return &InvalidError{Member: "records", Reason: fmt.Sprintf("unknown kind of records %q (use organizations, devices or alerts)", kind)}
		}
	}
	for _, id := range in.Organizations {
		if id <= 0 {
			return &InvalidError{Member: "organizations", Reason: fmt.Sprintf("%d is not the ID of a NinjaOne organization", id)}
		}
	}
	has := func(kind string) bool { return len(in.Records) == 0 || slices.Contains(in.Records, kind) }
	switch {
	case in.Plan && len(in.Organizations) > 0:
		return &InvalidError{Member: "organizations", Reason: "a plan always covers all organizations"}
	case !has("organizations") || !has("devices"):
		return &InvalidError{Member: "records", Reason: "an import always includes organizations and devices"}
	case len(in.Organizations) > 0 && len(in.Records) > 0 && has("alerts"):
		return &InvalidError{Member: "records", Reason: "active alerts are only imported with all organizations"}
	case len(in.Organizations) == 0 && !has("alerts"):
		return &InvalidError{Member: "records", Reason: "an import of all organizations always includes active alerts"}
	}
	return nil
}

func (o *Operator) startOrAttach(
	ctx context.Context, launcher *launch.Launcher, wanted Import, start func() (client.WorkflowRun, error),
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
	return wanted, nil
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
	running.ID, running.Plan, running.Attached = latest.FirstRunID, stored.Plan, true
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
	return running, nil
}
