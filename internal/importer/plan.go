package importer

import (
	"context"
	"fmt"
	"strconv"

	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// planChunk is how many organizations are planned at a time.
const planChunk = 100

// PlanRequest asks to plan a run.
type PlanRequest struct {
	Connection, ImportID string
	// WorkflowID is stored with failures.
	WorkflowID string
	// Report is called with the last organization of each chunk.
	Report func(organizationID int)
}

// Plan sums up the planned changes of a run.
type Plan struct {
	// Organizations and Devices count the records. Those that stay as they are count as done; in a plan, all do.
	Organizations, Devices flow.Share
	// Cost is the vendor calls that applying the changes takes.
	Cost rules.APICalls
}

// Plan compares both sides as they were read, and stores a rules.Change for each record that the run touches. The other records are
// recorded as unchanged, so the rest of the import works on exactly the records with a change. In a plan, all records get the outcome
// that an import would have.
func (i *Importer) Plan(ctx context.Context, request PlanRequest) (Plan, error) {
	c, err := i.Tenants.Ready(ctx, request.Connection)
	if err != nil {
		return Plan{}, err
	}
	run, err := i.Store.Import(ctx, request.ImportID)
	if err != nil {
		return Plan{}, err
	}
	if err := i.Store.SetPhase(ctx, run.ID, flow.PhaseComparing); err != nil {
		return Plan{}, err
	}
	if err := i.Store.ClearChanges(ctx, run.ID); err != nil { // an earlier attempt may have stored some
		return Plan{}, err
	}
	p := newPlanner(i, c, run)
	if p.choices, err = i.Store.OrganizationChoices(ctx, run.Connection); err != nil {
		return Plan{}, err
	}
	var chunk []rules.Organization
	for organization, err := range stagedRecords[rules.Organization](ctx, i.Store, run.ID, store.OrganizationRecord) {
		if err != nil {
			return Plan{}, err
		}
		if chunk = append(chunk, organization); len(chunk) == planChunk {
			if err := p.organizations(ctx, chunk); err != nil {
				return Plan{}, err
			}
			request.Report(organization.ID)
			chunk = chunk[:0]
		}
	}
	if err := p.organizations(ctx, chunk); err != nil {
		return Plan{}, err
	}
	if err := p.orphans(ctx, request.WorkflowID); err != nil {
		return Plan{}, err
	}
	if err := p.alerts(ctx); err != nil {
		return Plan{}, err
	}
	return p.plan, i.Store.SetPhase(ctx, run.ID, flow.PhaseImporting)
}

// planner computes the changes of a run, organization by organization.
type planner struct {
	importer   *Importer
	connection tenant.Connection
	run        store.Import
	plan       Plan
	// choices are what users have chosen for organizations.
	choices map[int]store.OrganizationChoice
	// names are the names of the organizations, for the changes of their alerts.
	names map[int]string
	// naming holds the names of the companies that the run creates or matches: another organization of that name will match.
	naming map[string]bool
	// creates holds the organizations whose company the run creates for them, evidence those whose company's assets it lists again.
	creates, evidence map[int]bool
	// written holds the companies that the run changes, as they are then.
	written map[int64]rules.Company
	// contacts holds the companies whose contact the run creates.
	contacts map[int64]bool
	// merged and deleted describe the linked companies that Accelo did not list, by organization.
	merged  map[int]int64 // the company before the merge
	deleted map[int]string
	// probes means that the first new asset, which shows whether Accelo takes fields on create, is planned already.
	probes bool

	// changes, outcomes and learned are not stored yet.
	changes  []rules.Change
	outcomes map[store.RecordKind][]store.RecordOutcome
	learned  []store.Learned
	// leftOut holds the records that the run is not to bring in. What is known of their failures stays.
	leftOut map[store.RecordKind][]store.RecordOutcome
}

// learn keeps what a reading showed about a linked record, so that it is stored without a sync.
func (p *planner) learn(link *store.Link, fields rules.Baseline) {
	if len(fields) > 0 && !p.run.Plan {
		p.learned = append(p.learned, store.Learned{Link: *link, Fields: fields})
	}
}

func newPlanner(i *Importer, c tenant.Connection, run store.Import) *planner {
	return &planner{
		importer: i, connection: c, run: run,
		names: map[int]string{}, naming: map[string]bool{}, creates: map[int]bool{}, evidence: map[int]bool{},
		written: map[int64]rules.Company{}, contacts: map[int64]bool{},
		merged: map[int]int64{}, deleted: map[int]string{},
		outcomes: map[store.RecordKind][]store.RecordOutcome{}, leftOut: map[store.RecordKind][]store.RecordOutcome{},
	}
}

// organizations plans organizations with their devices.
func (p *planner) organizations(ctx context.Context, organizations []rules.Organization) error {
	organizations, err := p.chosen(ctx, organizations)
	if err != nil {
		return err
	}
	if organizations, err = p.switchedOff(ctx, organizations); err != nil {
		return err
	}
	if len(organizations) == 0 {
		return p.flush(ctx)
	}
	states, err := p.importer.joinCompanies(ctx, p.connection.Name, p.run.ID, organizations)
	if err != nil {
		return err
	}
	if err := p.followUnlisted(ctx, states); err != nil {
		return err
	}
	if err := p.importer.joinDevices(ctx, p.connection.Name, p.run.ID, states); err != nil {
		return err
	}
	if err := asset.FindUnlisted(ctx, p.connection, deviceStates(states)); err != nil {
		return err
	}
	for _, state := range states {
		p.names[state.Organization.ID] = state.Organization.CompanyName()
		if id := strconv.Itoa(state.Organization.ID); p.run.Has(rules.OrganizationRecords) {
			change, remark := p.organization(ctx, state)
			p.plan.Organizations = p.add(store.OrganizationRecord, id, change, remark, p.plan.Organizations)
		} else {
			p.leaveOut(store.OrganizationRecord, id)
		}
		for _, device := range state.devices {
			if !p.run.Has(rules.DeviceRecords) {
				p.leaveOut(store.DeviceRecord, strconv.Itoa(device.Device.ID))
				continue
			}
			change := p.device(state, device)
			p.plan.Devices = p.add(store.DeviceRecord, strconv.Itoa(device.Device.ID), change, "", p.plan.Devices)
		}
	}
	return p.flush(ctx)
}

// add adds a record to the plan and to the count of its kind. A nil change means that it stays as it is.
func (p *planner) add(kind store.RecordKind, id string, change *rules.Change, remark string, count flow.Share) flow.Share {
	count.Total++
	outcome := store.RecordOutcome{ID: id, Outcome: rules.Unchanged, Error: remark}
	if change != nil {
		p.change(*change)
		if !p.run.Plan {
			return count
		}
		outcome.Outcome = change.Action.Outcome()
		if change.Action == rules.Conflict {
			outcome.Error = change.Why
		}
	}
	count.Done++
	p.outcomes[kind] = append(p.outcomes[kind], outcome)
	return count
}

func (p *planner) change(change rules.Change) {
	p.changes = append(p.changes, change)
	p.plan.Cost = p.plan.Cost.Plus(change.Cost)
}

// flush stores the changes and outcomes. In an import the outcomes are of records that are in order, so they no longer count as failed.
func (p *planner) flush(ctx context.Context) error {
	if err := p.importer.Store.AddChanges(ctx, p.run.ID, p.changes); err != nil {
		return err
	}
	for kind, outcomes := range p.outcomes {
		if err := p.importer.Store.SetOutcomes(ctx, p.run.ID, kind, outcomes); err != nil {
			return err
		}
		if p.run.Plan || kind == store.AlertRecord {
			continue
		}
		ids := make([]string, len(outcomes))
		for at, outcome := range outcomes {
			ids[at] = outcome.ID
		}
		if err := p.importer.Store.ClearFailures(ctx, p.connection.Name, store.Kind(kind), ids...); err != nil {
			return err
		}
	}
	for kind, outcomes := range p.leftOut {
		if err := p.importer.Store.SetOutcomes(ctx, p.run.ID, kind, outcomes); err != nil {
			return err
		}
	}
	clear(p.leftOut)
	if err := p.importer.Store.SaveLearned(ctx, p.learned); err != nil {
		return err
	}
	p.changes, p.learned = p.changes[:0], p.learned[:0]
	clear(p.outcomes)
	return nil
}

// orphans plans the devices of organizations that NinjaOne did not list. They fail at once, because nothing else will process them.
func (p *planner) orphans(ctx context.Context, workflowID string) error {
	orphans, err := p.importer.Store.OrphanDevices(ctx, p.run.ID)
	if err != nil {
		return err
	}
	outcomes := make([]store.RecordOutcome, 0, len(orphans))
	for _, orphan := range orphans {
		device, err := decode[rules.Device](store.DeviceRecord, orphan)
		if err != nil {
			return err
		}
		if !p.run.Has(rules.DeviceRecords) || !p.run.HasOrganization(device.OrganizationID) {
			p.leaveOut(store.DeviceRecord, orphan.ID)
			continue
		}
		reason := fmt.Sprintf("NinjaOne does not list organization %d of this device to our API client. Give the client access to it, "+
			"or move the device", device.OrganizationID)
		p.change(rules.Change{
			Kind: rules.DeviceChange, NinjaID: orphan.ID, OrganizationID: device.OrganizationID, Name: device.Title(),
			Action: rules.Conflict, Why: reason,
		})
		outcomes = append(outcomes, store.RecordOutcome{ID: orphan.ID, Outcome: rules.Failed, Error: reason})
		if p.run.Plan {
			continue
		}
		err = p.importer.Store.RecordFailure(ctx, store.Failure{
			Connection: p.connection.Name, Kind: store.Devices, NinjaID: orphan.ID, OrganizationID: device.OrganizationID, Name: device.Title(),
			WorkflowID: workflowID, Error: reason,
		})
		if err != nil {
			return err
		}
	}
	p.plan.Devices.Total += len(outcomes)
	p.plan.Devices.Done += len(outcomes)
	if err := p.importer.Store.SetOutcomes(ctx, p.run.ID, store.DeviceRecord, outcomes); err != nil {
		return err
	}
	return p.flush(ctx)
}
