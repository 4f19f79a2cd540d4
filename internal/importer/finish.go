package importer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// maxFailures is how many failures a result lists. The counts include all of them.
const maxFailures = 200

// FinishRequest ends a run.
type FinishRequest struct {
	Connection, ImportID, WorkflowID string
	// Cancelled means that the run ends early: records that it did not process are left out of the result.
	Cancelled bool
	// Planned are the calls that applying a plan would take.
	Planned flow.APICalls
}

// Finish summarizes what a run did and drops its working set. Records without an outcome were not processed: they count as failed,
// except in a cancelled run. A second call returns the stored result.
func (i *Importer) Finish(ctx context.Context, request FinishRequest) (flow.ImportResult, error) {
	run, err := i.Store.Import(ctx, request.ImportID)
	if errors.Is(err, store.ErrNotFound) {
		return neverBegun(request)
	}
	if err != nil {
		return flow.ImportResult{}, err
	}
	if run.FinishedAt != nil { // the first reply was lost
		var result flow.ImportResult
		return result, json.Unmarshal(run.Result, &result)
	}
	took := time.Since(run.StartedAt)
	spent := flow.APICalls{Ninjaone: run.NinjaoneCalls, Accelo: run.AcceloCalls, AcceloWrites: run.AcceloWrites}
	result := flow.ImportResult{
		Connection: request.Connection, WorkflowID: run.WorkflowID, RunID: run.ID, Seconds: float64(took.Milliseconds()) / 1000,
		Plan: run.Plan, Cancelled: request.Cancelled, Failures: []flow.ImportFailure{}, APICalls: spent.Plus(request.Planned),
	}
	if !run.Everything() {
		result.Selection = &run.Selection
	}
	if run.Plan {
		c, err := i.Tenants.Ready(ctx, request.Connection)
		if err != nil {
			return result, err
		}
		seconds := estimate(run, int(request.Planned.Accelo), took, c)
		result.EstimatedSeconds = &seconds
	}
	if !request.Cancelled {
		if err := i.Store.FailUnprocessed(ctx, request.ImportID, "the import of its organization did not finish; run the import again"); err != nil {
			return result, err
		}
	}
	if err := i.summarize(ctx, request.ImportID, &result); err != nil {
		return result, err
	}
	data, err := json.Marshal(result)
	if err != nil {
		return result, fmt.Errorf("encode the import's result: %w", err)
	}
	return result, i.Store.FinishImport(ctx, request.ImportID, data)
}

// neverBegun returns the result of an import that was cancelled before it began.
func neverBegun(request FinishRequest) (flow.ImportResult, error) {
	if !request.Cancelled {
		return flow.ImportResult{}, tenant.Refusef(tenant.Refused, "import %s is no longer in the database: its connection was removed", request.ImportID)
	}
	return flow.ImportResult{
		Connection: request.Connection, WorkflowID: request.WorkflowID, RunID: request.ImportID, Cancelled: true,
		Failures: []flow.ImportFailure{},
	}, nil
}

// summarize adds the counts and the records with problems to a result.
func (i *Importer) summarize(ctx context.Context, importID string, result *flow.ImportResult) error {
	tallies, err := i.Store.Tallies(ctx, importID)
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
	problems, err := i.Store.ImportProblems(ctx, importID, maxFailures)
	if err != nil {
		return err
	}
	for _, problem := range problems {
		entry := flow.ImportFailure{Kind: string(problem.Kind), NinjaID: problem.ID, Name: problem.Name, Error: problem.Error}
		if problem.Outcome == rules.Failed {
			result.Failures = append(result.Failures, entry)
		} else {
			result.Ambiguities = append(result.Ambiguities, entry)
		}
	}
	result.Failures = slices.Clip(result.Failures)
	return nil
}

const (
	// overhead is the time that a call takes besides Accelo's part: our own database and processing.
	overhead = 4 * time.Millisecond
	// restartDelay is how much later than the reset of Accelo's budget bulk work continues: the reset is given in whole seconds, and
	// waiting calls restart at different times.
	restartDelay = 1200 * time.Millisecond
)

// estimate returns how many seconds an import with this many calls to Accelo takes, at the pace of the plan's own calls and within
// Accelo's hourly budget. Reading is how long the plan took.
func estimate(run store.Import, calls int, reading time.Duration, c tenant.Connection) float64 {
	pace := overhead
	if run.AcceloCalls > 0 {
		pace += time.Duration(run.AcceloMillis) * time.Millisecond / time.Duration(run.AcceloCalls)
	}
	state := c.Accelo.Budget().State()
	budget := rules.Budget{ // the import reads Accelo again, like the plan did
		Known: state.Known, Limit: state.Limit, Remaining: state.Remaining - int(run.AcceloCalls), Reserve: state.Reserve,
		UntilReset: time.Until(state.Reset) + restartDelay, Window: state.Window + restartDelay,
	}
	took := rules.Estimate(calls, pace/accelo.DefaultBulkConcurrency, budget)
	return math.Round((reading.Seconds()+took.Seconds())*10) / 10 // the sum as a duration could overflow
}
