package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// ImportBeginInput begins a run.
type ImportBeginInput struct {
	Connection string `json:"connection"`
	ImportID   string `json:"import_id"`
	Plan       bool   `json:"plan,omitempty"`
}

// ImportBegin checks that the connection is set up and records that a run began.
func (a *Activities) ImportBegin(ctx context.Context, in ImportBeginInput) error {
	if _, err := a.tenants.Ready(ctx, in.Connection); err != nil {
		return err
	}
	return a.store.BeginImport(ctx, store.Import{
		ID: in.ImportID, Connection: in.Connection, Plan: in.Plan, WorkflowID: activity.GetInfo(ctx).WorkflowExecution.ID,
	})
}

// ImportNextInput asks for organizations with something left to do.
type ImportNextInput struct {
	ImportID string `json:"import_id"`
	After    int    `json:"after"`
	Limit    int    `json:"limit"`
}

// ImportNextResult are the next ones, by id; none when all have been handed out.
type ImportNextResult struct {
	Organizations []OrganizationWork `json:"organizations"`
}

// OrganizationWork is an organization with something left to do.
type OrganizationWork = store.OrganizationWork

// ImportNext returns the next organizations that have something left to do. It is a local activity.
func (a *Activities) ImportNext(ctx context.Context, in ImportNextInput) (ImportNextResult, error) {
	work, err := a.store.NextOrganizations(ctx, in.ImportID, in.After, in.Limit)
	if err != nil {
		return ImportNextResult{}, err
	}
	for i := range work {
		work[i].Name = rules.Truncate(rules.CleanName(work[i].Name), 60)
	}
	return ImportNextResult{Organizations: work}, nil
}

// maxFailures is how many failures a result names; the counts are of all.
const maxFailures = 200

// ImportFinishInput ends a run.
type ImportFinishInput struct {
	Connection string `json:"connection"`
	ImportID   string `json:"import_id"`
	Cancelled  bool   `json:"cancelled,omitempty"`
	// Calls and Writes are what carrying out a plan would cost Accelo besides what the plan itself cost.
	Calls  int `json:"calls,omitempty"`
	Writes int `json:"writes,omitempty"`
	// NinjaCalls are what it would cost NinjaOne.
	NinjaCalls int `json:"ninja_calls,omitempty"`
}

// ImportFinish adds up what a run did and drops its working set. A record without an outcome was not reached: in a run
// that was cancelled it is left out, in any other it counts as failed.
func (a *Activities) ImportFinish(ctx context.Context, in ImportFinishInput) (flow.ImportResult, error) {
	return a.finishImport(ctx, in)
}

func (a *Activities) finishImport(ctx context.Context, in ImportFinishInput) (flow.ImportResult, error) {
	run, err := a.store.Import(ctx, in.ImportID)
	if errors.Is(err, store.ErrNotFound) {
		return neverBegun(ctx, in)
	}
	if err != nil {
		return flow.ImportResult{}, err
	}
	if run.FinishedAt != nil { // this activity's reply was lost
		var result flow.ImportResult
		return result, json.Unmarshal(run.Result, &result)
	}
	took := time.Since(run.StartedAt)
	result := flow.ImportResult{
		Connection: in.Connection, WorkflowID: run.WorkflowID, RunID: run.ID, Seconds: float64(took.Milliseconds()) / 1000,
		Plan: run.Plan, Cancelled: in.Cancelled, Failures: []flow.ImportFailure{},
		APICalls: flow.APICalls{
			Ninjaone: run.NinjaoneCalls + int64(in.NinjaCalls), Accelo: run.AcceloCalls + int64(in.Calls), AcceloWrites: run.AcceloWrites + int64(in.Writes),
		},
	}
	if run.Plan {
		c, err := a.tenants.Ready(ctx, in.Connection)
		if err != nil {
			return result, err
		}
		seconds := estimate(run, in.Calls, took, c)
		result.EstimatedSeconds = &seconds
	}
	if !in.Cancelled {
		if err := a.store.FailUnprocessed(ctx, in.ImportID, "the import of its organization did not come to its end; run it again"); err != nil {
			return result, err
		}
	}
	if err := a.tally(ctx, in.ImportID, &result); err != nil {
		return result, err
	}
	data, err := json.Marshal(result)
	if err != nil {
		return result, fmt.Errorf("encode the import's result: %w", err)
	}
	return result, a.store.FinishImport(ctx, in.ImportID, data)
}

// neverBegun is the result of an import that was cancelled before anything was done.
func neverBegun(ctx context.Context, in ImportFinishInput) (flow.ImportResult, error) {
	if !in.Cancelled {
		return flow.ImportResult{}, tenant.Refusef(tenant.Refused, "import %s is not in the database any more: its connection was removed", in.ImportID)
	}
	return flow.ImportResult{
		Connection: in.Connection, WorkflowID: activity.GetInfo(ctx).WorkflowExecution.ID, RunID: in.ImportID, Cancelled: true,
		Failures: []flow.ImportFailure{},
	}, nil
}

func (a *Activities) tally(ctx context.Context, importID string, result *flow.ImportResult) error {
	tallies, err := a.store.Tallies(ctx, importID)
	if err != nil {
		return err
	}
	for _, tally := range tallies {
		switch tally.Kind {
		case store.OrganizationRecord:
			result.Organizations.Add(tally.Outcome, tally.Count)
		case store.DeviceRecord:
			result.Devices.Add(tally.Outcome, tally.Count)
		case store.AlertRecord:
			result.Alerts.Add(tally.Outcome, tally.Count)
		}
	}
	remarks, err := a.store.ImportProblems(ctx, importID, maxFailures)
	if err != nil {
		return err
	}
	for _, remark := range remarks {
		entry := flow.ImportFailure{Kind: string(remark.Kind), NinjaID: remark.ID, Name: remark.Name, Error: remark.Error}
		if remark.Outcome == rules.Failed {
			result.Failures = append(result.Failures, entry)
		} else {
			result.Ambiguities = append(result.Ambiguities, entry)
		}
	}
	result.Failures = slices.Clip(result.Failures)
	return nil
}
