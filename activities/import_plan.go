package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/importer"
)

// ImportCompareInput asks to plan a run.
type ImportCompareInput struct {
	Connection string `json:"connection"`
	ImportID   string `json:"import_id"`
}

// ImportCompareResult sums up the plan.
type ImportCompareResult struct {
	Organizations flow.Share `json:"organizations"`
	Devices       flow.Share `json:"devices"`
	// Calls and Writes are the calls to Accelo that the rest of the import will take.
	Calls  int `json:"calls"`
	Writes int `json:"writes"`
	// NinjaCalls are the calls to NinjaOne.
	NinjaCalls int `json:"ninja_calls"`
}

// ImportCompare compares both sides and stores the planned changes.
func (a *Activities) ImportCompare(ctx context.Context, in ImportCompareInput) (ImportCompareResult, error) {
	plan, err := a.importer.Plan(accelo.WithLane(ctx, accelo.Bulk), importer.PlanRequest{
		Connection: in.Connection, ImportID: in.ImportID, WorkflowID: activity.GetInfo(ctx).WorkflowExecution.ID,
		Report: func(organizationID int) { reportProgress(ctx, organizationID) },
	})
	return ImportCompareResult{
		Organizations: plan.Organizations, Devices: plan.Devices,
		Calls: int(plan.Cost.Accelo), Writes: int(plan.Cost.AcceloWrites), NinjaCalls: int(plan.Cost.Ninjaone),
	}, err
}
