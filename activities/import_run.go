package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/importer"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// ImportBeginInput begins a run.
type ImportBeginInput struct {
	Connection string `json:"connection"`
	ImportID   string `json:"import_id"`
	Plan       bool   `json:"plan,omitempty"`
	// The selection says what it brings in; left out, everything.
	rules.Selection
}

// ImportBegin checks that the connection is set up and records that a run began.
func (a *Activities) ImportBegin(ctx context.Context, in ImportBeginInput) error {
	return a.importer.Begin(ctx, store.Import{
		ID: in.ImportID, Connection: in.Connection, Plan: in.Plan, Selection: in.Selection, WorkflowID: activity.GetInfo(ctx).WorkflowExecution.ID,
	})
}

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

// ImportNextInput asks for organizations with something left to do.
type ImportNextInput struct {
	ImportID string `json:"import_id"`
	After    int    `json:"after"`
	Limit    int    `json:"limit"`
}

// ImportNextResult are the next ones, in order of ID. It is empty once all have been handed out.
type ImportNextResult struct {
	Organizations []OrganizationWork `json:"organizations"`
}

// OrganizationWork is an organization with something left to do.
type OrganizationWork = store.OrganizationWork

// ImportNext returns the next organizations that have something left to do. It is a local activity.
func (a *Activities) ImportNext(ctx context.Context, in ImportNextInput) (ImportNextResult, error) {
	organizations, err := a.importer.NextOrganizations(ctx, in.ImportID, in.After, in.Limit)
	return ImportNextResult{Organizations: organizations}, err
}

// ImportFinishInput ends a run.
type ImportFinishInput struct {
	Connection string `json:"connection"`
	ImportID   string `json:"import_id"`
	Cancelled  bool   `json:"cancelled,omitempty"`
	// Calls and Writes are the calls to Accelo that applying a plan would take, besides those of the plan itself.
	Calls  int `json:"calls,omitempty"`
	Writes int `json:"writes,omitempty"`
	// NinjaCalls are the calls to NinjaOne that it would take.
	NinjaCalls int `json:"ninja_calls,omitempty"`
}

// ImportFinish summarizes what a run did and drops its working set.
func (a *Activities) ImportFinish(ctx context.Context, in ImportFinishInput) (flow.ImportResult, error) {
	return a.importer.Finish(ctx, importer.FinishRequest{
		Connection: in.Connection, ImportID: in.ImportID, WorkflowID: activity.GetInfo(ctx).WorkflowExecution.ID, Cancelled: in.Cancelled,
		Planned: flow.APICalls{Ninjaone: int64(in.NinjaCalls), Accelo: int64(in.Calls), AcceloWrites: int64(in.Writes)},
	})
}
