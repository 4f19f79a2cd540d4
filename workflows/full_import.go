package workflows

import (
	"errors"
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

const (
	// organizationWindow is how many organizations are imported at a time. Calls to Accelo are limited elsewhere, per connection;
	// the window only has to be wide enough for small organizations to use that limit.
	organizationWindow = 16
	// pageSize is how many organizations or alerts are looked up at a time. It keeps the payload small whatever the tenant's size.
	pageSize = 200
)

// runFullImport implements the FullImport workflow: it imports all organizations, devices and active alerts from NinjaOne into
// Accelo. It reads both sides, compares them, imports each organization that needs work in a child workflow, then the alerts. A
// record that fails is recorded and the import goes on. With Plan it stops after comparing and reports what it would do and
// cost.
func runFullImport(ctx workflow.Context, in flow.FullImportInput) (flow.ImportResult, error) {
	run, err := newFullImport(ctx, in)
	if err != nil {
		return flow.ImportResult{}, err
	}
	if in.Carried == nil {
		if err := run.readAndCompare(ctx); err != nil {
			return run.finish(ctx, err)
		}
	}
	if in.Plan {
		return run.finish(ctx, nil)
	}
	err = run.importOrganizations(ctx)
	if err == nil && run.organizationsDone {
		err = run.importAlerts(ctx)
	}
	if err == nil && !run.alertsDone {
		run.applySignals(ctx) // the next run would not get those that came with this task
		return flow.ImportResult{}, workflow.NewContinueAsNewError(ctx, flow.FullImport, run.carry(in))
	}
	return run.finish(ctx, err)
}

type fullImport struct {
	in      flow.FullImportInput
	state   flow.ImportState
	phase   string
	plan    activities.ImportCompareResult
	running []int
	signals pauseSignals
	// organizationsDone and alertsDone report whether all of them were started.
	organizationsDone bool
	alertsDone        bool
}

func newFullImport(ctx workflow.Context, in flow.FullImportInput) (*fullImport, error) {
	run := &fullImport{in: in, phase: flow.PhaseReading}
	if in.Carried != nil {
		run.state, run.phase = *in.Carried, flow.PhaseImporting
	} else {
		run.state.ImportID = workflow.GetInfo(ctx).FirstRunID
		run.state.StartedAt = workflow.Now(ctx)
	}
	if err := workflow.SetQueryHandler(ctx, flow.ProgressQuery, run.progress); err != nil {
		return nil, err
	}
	run.handleSignals(ctx)
	return run, nil
}

func (r *fullImport) progress() (flow.Progress, error) {
	return flow.Progress{
		Phase: r.phase, Paused: r.state.Paused, Organizations: r.state.Organizations, Devices: r.state.Devices,
		Running: append([]int{}, r.running...), StartedAt: r.state.StartedAt,
	}, nil
}

// handleSignals lets users pause and resume the import at any time.
func (r *fullImport) handleSignals(ctx workflow.Context) {
	r.signals = receivePauses(ctx)
	workflow.Go(ctx, func(ctx workflow.Context) {
		for ctx.Err() == nil {
			r.signals.await(ctx, func() { r.applySignals(ctx) })
		}
	})
}

func (r *fullImport) applySignals(ctx workflow.Context) {
	r.state.Paused = r.signals.apply(r.state.Paused)
	r.showDetails(ctx)
}

// readAndCompare takes a snapshot of both sides and decides what to do, without writing to either.
func (r *fullImport) readAndCompare(ctx workflow.Context) error {
	r.showDetails(ctx)
	begin := activities.ImportBeginInput{Connection: r.in.Connection, ImportID: r.state.ImportID, Plan: r.in.Plan, Selection: r.in.Selection}
	if err := readVendors(ctx, begin, 0); err != nil {
		return err
	}
	r.phase = flow.PhaseComparing
	plan, err := compare(ctx, r.in.Connection, r.state.ImportID)
	if err != nil {
		return err
	}
	r.plan = plan
	r.state.Organizations, r.state.Devices = plan.Organizations, plan.Devices
	return nil
}

// importOrganizations keeps a window of organizations running until all are started, the import is cancelled, or the history is
// long enough to continue as new. It always waits for those that are running.
func (r *fullImport) importOrganizations(ctx workflow.Context) error {
	r.phase = flow.PhaseImporting
	r.showDetails(ctx)
	for !r.organizationsDone && !workflow.GetInfo(ctx).GetContinueAsNewSuggested() && !isLong(ctx) {
		var next activities.ImportNextResult
		err := workflow.ExecuteLocalActivity(databaseCall(ctx, "Get next organizations"), steps.ImportNext, activities.ImportNextInput{
			ImportID: r.state.ImportID, After: r.state.After, Limit: pageSize,
		}).Get(ctx, &next)
		if err != nil {
			return errors.Join(err, r.drain(ctx))
		}
		if r.organizationsDone = len(next.Organizations) == 0; r.organizationsDone {
			break
		}
		for _, work := range next.Organizations {
			if err := r.importOrganization(ctx, work); err != nil {
				return errors.Join(err, r.drain(ctx))
			}
		}
	}
	return r.drain(ctx)
}

// importOrganization starts one organization as soon as the import is not paused and the window has room.
func (r *fullImport) importOrganization(ctx workflow.Context, work activities.OrganizationWork) error {
	err := workflow.Await(ctx, func() bool { return !r.state.Paused && len(r.running) < organizationWindow })
	if err != nil {
		return err
	}
	in := flow.ImportOrganizationInput{
		Connection: r.in.Connection, OrganizationID: work.OrganizationID, ImportID: r.state.ImportID,
		Name: work.Name, Devices: work.Devices,
	}
	r.running = append(r.running, in.OrganizationID)
	r.state.After = in.OrganizationID
	child := startOrganization(ctx, in, r.in.Searchable)
	workflow.Go(ctx, func(ctx workflow.Context) {
		var result flow.ImportResult
		// Going on loses nothing: the activities have recorded each failed record, and records without an outcome count as failed
		// in the result.
		if err := child.Get(ctx, &result); err != nil {
			workflow.GetLogger(ctx).Warn("organization not imported", "organization_id", in.OrganizationID, "error", err)
		}
		r.running = slices.DeleteFunc(r.running, func(id int) bool { return id == in.OrganizationID })
		r.state.Organizations.Done++
		r.state.Devices.Done += in.Devices
	})
	return nil
}

// drain waits for the organizations that are running. So does a cancelled import: each of them finishes its current record.
func (r *fullImport) drain(ctx workflow.Context) error {
	disconnected, _ := workflow.NewDisconnectedContext(ctx)
	if err := workflow.Await(disconnected, func() bool { return len(r.running) == 0 }); err != nil {
		return err
	}
	return ctx.Err()
}

func (r *fullImport) carry(in flow.FullImportInput) flow.FullImportInput {
	state := r.state
	in.Carried = &state
	return in
}

// finish summarizes what was done. It does so for a cancelled import too, which then ends as cancelled with the result as its
// details.
func (r *fullImport) finish(ctx workflow.Context, cause error) (flow.ImportResult, error) {
	cancelled := temporal.IsCanceledError(cause)
	if cause != nil && !cancelled {
		return flow.ImportResult{}, cause
	}
	r.phase = flow.PhaseDone
	disconnected, _ := workflow.NewDisconnectedContext(ctx)
	in := activities.ImportFinishInput{Connection: r.in.Connection, ImportID: r.state.ImportID, Cancelled: cancelled}
	if r.in.Plan {
		in.Calls, in.Writes, in.NinjaCalls = r.plan.Calls, r.plan.Writes, r.plan.NinjaCalls
	}
	result, err := summarize(disconnected, in)
	if err != nil {
		return flow.ImportResult{}, err
	}
	workflow.SetCurrentDetails(ctx, ImportDetails(result))
	if cancelled {
		return result, temporal.NewCanceledError(result)
	}
	return result, nil
}

func (r *fullImport) showDetails(ctx workflow.Context) {
	text := "Full import of connection `" + r.in.Connection + "`: " + r.phase + "."
	if r.state.Organizations.Total > 0 {
		text += "\n\n" + rules.Count(r.state.Organizations.Total, "organization") + " and " +
			rules.Count(r.state.Devices.Total, "device") + " to import."
	}
	if r.state.Paused {
		text += "\n\n**Paused.** Send the `resume` signal to continue."
	}
	workflow.SetCurrentDetails(ctx, text)
}
