package activities

import (
	"context"
	"fmt"
	"strconv"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// compareChunk is how many organizations are compared at a time.
const compareChunk = 100

// ImportCompareInput asks to decide for every record of a run what is to be done.
type ImportCompareInput struct {
	Connection string `json:"connection"`
	ImportID   string `json:"import_id"`
}

// ImportCompareResult is how much there is and what doing it takes.
type ImportCompareResult struct {
	Organizations flow.Share `json:"organizations"`
	Devices       flow.Share `json:"devices"`
	// Calls and Writes are what the rest of the import will cost Accelo.
	Calls  int `json:"calls"`
	Writes int `json:"writes"`
	// NinjaCalls are what it will cost NinjaOne.
	NinjaCalls int `json:"ninja_calls"`
}

// ImportCompare compares both sides as they were read and marks the records with nothing to do, so that nothing more is
// spent on them. In a plan every record is marked with what would be done.
func (a *Activities) ImportCompare(ctx context.Context, in ImportCompareInput) (ImportCompareResult, error) {
	return a.compare(accelo.WithLane(ctx, accelo.Bulk), in)
}

func (a *Activities) compare(ctx context.Context, in ImportCompareInput) (ImportCompareResult, error) {
	c, err := a.tenants.Ready(ctx, in.Connection)
	if err != nil {
		return ImportCompareResult{}, err
	}
	run, err := a.store.Import(ctx, in.ImportID)
	if err != nil {
		return ImportCompareResult{}, err
	}
	if err := a.store.SetPhase(ctx, run.ID, flow.PhaseComparing); err != nil {
		return ImportCompareResult{}, err
	}
	comparison := &comparison{activities: a, connection: c, run: run, creating: map[string]bool{}, shared: map[int64]bool{}, costs: costs{connection: c}}
	var chunk []rules.Organization
	for organization, err := range stagedRecords[rules.Organization](ctx, a.store, in.ImportID, store.OrganizationRecord) {
		if err != nil {
			return ImportCompareResult{}, err
		}
		if chunk = append(chunk, organization); len(chunk) == compareChunk {
			if err := comparison.compare(ctx, chunk); err != nil {
				return ImportCompareResult{}, err
			}
			reportProgress(ctx, organization.ID)
			chunk = chunk[:0]
		}
	}
	if err := comparison.compare(ctx, chunk); err != nil {
		return ImportCompareResult{}, err
	}
	if err := a.failOrphans(ctx, in, comparison); err != nil {
		return ImportCompareResult{}, err
	}
	alerts, err := a.store.CountOutcome(ctx, in.ImportID, store.AlertRecord, rules.Created)
	if err != nil {
		return ImportCompareResult{}, err
	}
	comparison.costs.alerts(alerts)
	result := comparison.result
	result.NinjaCalls = alerts
	result.Calls, result.Writes = comparison.costs.calls, comparison.costs.writes
	return result, a.store.SetPhase(ctx, run.ID, flow.PhaseImporting)
}

// comparison goes through the organizations of a run.
type comparison struct {
	activities *Activities
	connection tenant.Connection
	run        store.Import
	// creating are the names of companies that the run creates: a second organization of that name will match.
	creating map[string]bool
	// shared are the companies without a contact that were met already.
	shared map[int64]bool
	costs  costs
	result ImportCompareResult
}

func (c *comparison) compare(ctx context.Context, organizations []rules.Organization) error {
	if len(organizations) == 0 {
		return nil
	}
	views, err := c.activities.views(ctx, c.connection.Name, c.run.ID, organizations)
	if err != nil {
		return err
	}
	if err := asset.FindUnlisted(ctx, c.connection, deviceStates(views)); err != nil {
		return err
	}
	var organizationOutcomes, deviceOutcomes []store.RecordOutcome
	for _, view := range views {
		outcome := c.organization(ctx, view)
		c.result.Organizations.Total++
		if c.run.Plan || outcome.Outcome == rules.Unchanged && view.Settled() {
			c.result.Organizations.Done++
			organizationOutcomes = append(organizationOutcomes, outcome)
		}
		for _, device := range view.devices {
			outcome, idle := c.device(device)
			if idle && device.Link != nil && view.Link == nil && device.Place.Company == 0 { // its asset goes to a company that is made first
				outcome, idle = rules.Updated, false
			}
			c.result.Devices.Total++
			if c.run.Plan || idle {
				c.result.Devices.Done++
				deviceOutcomes = append(deviceOutcomes, store.RecordOutcome{ID: strconv.Itoa(device.Device.ID), Outcome: outcome})
			}
		}
	}
	if err := c.settle(ctx, store.OrganizationRecord, store.Organizations, organizationOutcomes); err != nil {
		return err
	}
	return c.settle(ctx, store.DeviceRecord, store.Devices, deviceOutcomes)
}

// settle records outcomes. In an import they are of records in order, which no longer need to be parked.
func (c *comparison) settle(ctx context.Context, records store.RecordKind, kind store.Kind, outcomes []store.RecordOutcome) error {
	if err := c.activities.store.SetOutcomes(ctx, c.run.ID, records, outcomes); err != nil || c.run.Plan {
		return err
	}
	ids := make([]string, len(outcomes))
	for i, outcome := range outcomes {
		ids[i] = outcome.ID
	}
	return c.activities.store.ClearFailures(ctx, c.connection.Name, kind, ids...)
}

func (c *comparison) organization(ctx context.Context, view organizationView) store.RecordOutcome {
	decision := view.Decision
	outcome := store.RecordOutcome{ID: strconv.Itoa(view.Organization.ID)}
	key := rules.NameKey(view.Organization.CompanyName())
	if decision.Action == rules.Create && c.creating[key] {
		decision.Action, decision.Company.PrimaryAffiliation = rules.Match, 1
	}
	c.creating[key] = c.creating[key] || decision.Action == rules.Create
	outcome.Error = company.Ambiguity(c.connection, decision)
	if outcome.Error != "" {
		activity.GetLogger(ctx).Warn("several companies bear the name of an organization", "organization_id", view.Organization.ID,
			"company_ids", decision.Ambiguous, "company_id", decision.Company.ID)
	}
	needsContact := decision.Company.PrimaryAffiliation == 0
	if view.Link != nil {
		needsContact = view.Link.AffiliationID == 0
	}
	outcome.Outcome = decision.Action.Outcome()
	if decision.Action == rules.NoChange && (needsContact || view.Unlisted()) {
		outcome.Outcome = rules.Updated
	}
	if view.Unlisted() {
		c.costs.follow()
	}
	c.costs.company(decision, needsContact && c.firstOf(view.CompanyID()))
	if view.Link != nil {
		c.costs.notes(rules.CarryOverNotes(decision.ManualChanges, view.Link.ManualChanges))
	}
	return outcome
}

// firstOf tells whether an organization is the first of those that share a company, and thus the one that makes its contact.
func (c *comparison) firstOf(company int64) bool {
	first := company == 0 || !c.shared[company]
	c.shared[company] = true
	return first
}

// failOrphans gives an outcome to devices of an organization that NinjaOne did not list, so that none goes unmentioned.
func (a *Activities) failOrphans(ctx context.Context, in ImportCompareInput, comparison *comparison) error {
	orphans, err := a.store.OrphanDevices(ctx, in.ImportID)
	if err != nil {
		return err
	}
	outcomes := make([]store.RecordOutcome, 0, len(orphans))
	for _, orphan := range orphans {
		reason := fmt.Sprintf("its organization %d is not among those that NinjaOne lists for this API user", orphan.ParentID)
		outcomes = append(outcomes, store.RecordOutcome{ID: orphan.ID, Outcome: rules.Failed, Error: reason})
		device, err := decodeStaged[rules.Device](store.DeviceRecord, orphan)
		if err != nil {
			return err
		}
		if comparison.run.Plan {
			continue
		}
		err = a.store.RecordFailure(ctx, store.Failure{
			Connection: in.Connection, Kind: store.Devices, NinjaID: orphan.ID, OrganizationID: int(orphan.ParentID), Name: device.Title(),
			WorkflowID: activity.GetInfo(ctx).WorkflowExecution.ID, Error: reason,
		})
		if err != nil {
			return err
		}
	}
	comparison.result.Devices.Total += len(orphans)
	comparison.result.Devices.Done += len(orphans)
	return a.store.SetOutcomes(ctx, in.ImportID, store.DeviceRecord, outcomes)
}
