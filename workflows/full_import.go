package workflows

import (
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// organizationWindow is how many organizations are imported at a time. The calls to Accelo are limited elsewhere, per
// connection; the window only has to be wide enough that small organizations keep that limit busy.
const organizationWindow = 16

// workAhead is how many organizations are looked up at once. It keeps the answer small whatever the tenant's size.
const workAhead = 200

// FullImport brings every organization, device and active alert of NinjaOne into Accelo: it reads both sides, compares, and
// imports the organizations where there is something to do, each in a workflow of its own, and then the alerts. A record that fails is parked and the
// import goes on. With Plan it stops after comparing and says what it would do and cost.
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
	if err == nil && run.everythingTaken {
		err = run.importAlerts(ctx)
	}
	if err == nil && !run.alertsTaken {
		return flow.ImportResult{}, workflow.NewContinueAsNewError(ctx, flow.FullImport, run.carry(in))
	}
	return run.finish(ctx, err)
}

type fullImport struct {
	in              flow.FullImportInput
	state           flow.ImportState
	phase           string
	plan            activities.ImportCompareResult
	running         []int
	everythingTaken bool
	alertsTaken     bool
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
	run.listen(ctx)
	return run, nil
}

func (r *fullImport) progress() (flow.Progress, error) {
	return flow.Progress{
		Phase: r.phase, Paused: r.state.Paused, Organizations: r.state.Organizations, Devices: r.state.Devices,
		Running: append([]int{}, r.running...), StartedAt: r.state.StartedAt,
	}, nil
}

// listen lets people pause and resume the import at any time.
func (r *fullImport) listen(ctx workflow.Context) {
	pause, resume := workflow.GetSignalChannel(ctx, flow.PauseSignal), workflow.GetSignalChannel(ctx, flow.ResumeSignal)
	workflow.Go(ctx, func(ctx workflow.Context) {
		selector := workflow.NewSelector(ctx)
		selector.AddReceive(pause, func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, nil); r.setPaused(ctx, true) })
		selector.AddReceive(resume, func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, nil); r.setPaused(ctx, false) })
		for ctx.Err() == nil {
			selector.Select(ctx)
		}
	})
}

func (r *fullImport) setPaused(ctx workflow.Context, paused bool) {
	r.state.Paused = paused
	r.describe(ctx)
}

// readAndCompare takes a snapshot of both sides and decides what is to be done, without writing to either.
func (r *fullImport) readAndCompare(ctx workflow.Context) error {
	r.describe(ctx)
	if err := readVendors(ctx, r.in.Connection, r.state.ImportID, r.in.Plan, 0); err != nil {
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

// importOrganizations keeps a window of organizations under way until all are taken, the import is cancelled, or the
// history has grown so long that the run should continue as new; those under way are always waited for.
func (r *fullImport) importOrganizations(ctx workflow.Context) error {
	r.phase = flow.PhaseImporting
	r.describe(ctx)
	for !r.everythingTaken && !workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
		var next activities.ImportNextResult
		err := workflow.ExecuteLocalActivity(ownDatabase(ctx, "next organizations"), steps.ImportNext, activities.ImportNextInput{
			ImportID: r.state.ImportID, After: r.state.After, Limit: workAhead,
		}).Get(ctx, &next)
		if err != nil {
			return errors.Join(err, r.drain(ctx))
		}
		if r.everythingTaken = len(next.Organizations) == 0; r.everythingTaken {
			break
		}
		for _, work := range next.Organizations {
			if err := r.takeUp(ctx, work); err != nil {
				return errors.Join(err, r.drain(ctx))
			}
		}
	}
	return r.drain(ctx)
}

// takeUp starts one organization as soon as the import is not paused and the window has room.
func (r *fullImport) takeUp(ctx workflow.Context, work activities.OrganizationWork) error {
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
	child := workflow.ExecuteChildWorkflow(childOrganization(ctx, in, r.in.Searchable), flow.ImportOrganization, in)
	workflow.Go(ctx, func(ctx workflow.Context) {
		var result flow.ImportResult
		// What went wrong inside is parked with its record, and a child that failed as a whole leaves its records without an
		// outcome, which the result then counts as failed: nothing is lost by going on.
		if err := child.Get(ctx, &result); err != nil {
			workflow.GetLogger(ctx).Warn("organization not imported", "organization_id", in.OrganizationID, "error", err)
		}
		r.running = slices.DeleteFunc(r.running, func(id int) bool { return id == in.OrganizationID })
		r.state.Organizations.Done++
		r.state.Devices.Done += in.Devices
	})
	return nil
}

// drain waits for the organizations under way. A cancelled import waits too: each finishes the record in hand.
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

// finish adds up what was done. It does so for a cancelled import as well, and then ends as cancelled, with the result
// as the details.
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
	result, err := conclude(disconnected, in)
	if err != nil {
		return flow.ImportResult{}, err
	}
	workflow.SetCurrentDetails(ctx, ResultDetails(result))
	if cancelled {
		return result, temporal.NewCanceledError(result)
	}
	return result, nil
}

func (r *fullImport) describe(ctx workflow.Context) {
	text := fmt.Sprintf("Full import of connection `%s`: %s.", r.in.Connection, r.phase)
	if r.state.Organizations.Total > 0 {
		text += fmt.Sprintf("\n\n%d organizations and %d devices to import.", r.state.Organizations.Total, r.state.Devices.Total)
	}
	if r.state.Paused {
		text += "\n\n**Paused.** Send the signal `resume` to go on."
	}
	workflow.SetCurrentDetails(ctx, text)
}
