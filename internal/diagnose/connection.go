package diagnose

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// maxFailures and maxImports bound what is listed of each connection, the latest first.
const (
	maxFailures = 500
	maxImports  = 20
)

// connectionReport is a connection without names and texts of its records.
type connectionReport struct {
	Connection       string             `json:"connection"`
	State            status.State       `json:"state"`
	Ready            bool               `json:"ready"`
	Todo             []string           `json:"todo"`
	Links            status.Counts      `json:"links"`
	Waiting          status.Counts      `json:"waiting"`
	OpenAlerts       int                `json:"open_alerts"`
	Failures         int                `json:"failures"`
	ManualChanges    int                `json:"manual_changes"`
	Budget           status.Budget      `json:"accelo_budget"`
	ActivityCursor   *int64             `json:"activity_cursor"`
	CursorAgeSeconds *float64           `json:"cursor_age_seconds"`
	NinjaOne         string             `json:"ninjaone_url"`
	Accelo           string             `json:"accelo_url"`
	PublicURL        string             `json:"public_url"`
	RequestType      store.ObjectType   `json:"request_type"`
	AssetType        store.ObjectType   `json:"asset_type"`
	Fields           int                `json:"asset_fields"`
	Capabilities     store.Capabilities `json:"capabilities"`
	Options          config.Chosen      `json:"options"`
	Chosen           []string           `json:"chosen_options"`
	Setup            store.SetupSteps   `json:"setup"`
	NeedsApproval    *approval          `json:"needs_approval"`
}

type approval struct {
	Reason string    `json:"reason"`
	Count  int       `json:"count"`
	Since  time.Time `json:"since"`
}

type failure struct {
	Kind       string    `json:"kind"`
	NinjaID    string    `json:"ninja_id"`
	WorkflowID string    `json:"workflow_id"`
	Reason     string    `json:"reason"`
	Attempts   int       `json:"attempts"`
	Since      time.Time `json:"since"`
	UpdatedAt  time.Time `json:"updated_at"`
}

type importRun struct {
	ID         string             `json:"id"`
	WorkflowID string             `json:"workflow_id"`
	Plan       bool               `json:"plan"`
	Phase      string             `json:"phase"`
	StartedAt  time.Time          `json:"started_at"`
	FinishedAt *time.Time         `json:"finished_at"`
	Result     *flow.ImportResult `json:"result"`
}

// describe returns the report of a connection.
func describe(stored store.Connection, c status.Connection, values config.Chosen, setup store.SetupSteps) connectionReport {
	report := connectionReport{
		Connection: c.Connection, State: c.State(), Ready: c.Ready, Todo: c.Todo, Links: c.Links, Waiting: c.Waiting, OpenAlerts: c.OpenAlerts,
		Failures: len(c.Failures), ManualChanges: len(c.ManualChanges), Budget: c.AcceloBudget,
		ActivityCursor: c.ActivityCursor, CursorAgeSeconds: c.CursorAgeSeconds,
		NinjaOne: origin(c.NinjaoneURL), Accelo: origin(c.AcceloURL), PublicURL: origin(stored.Settings.PublicURL),
		RequestType: stored.Settings.RequestType, AssetType: stored.Settings.AssetType, Fields: len(stored.Settings.Fields),
		Capabilities: stored.Settings.Capabilities, Options: options(values), Chosen: []string{}, Setup: setup,
	}
	for _, name := range config.OptionNames() {
		if _, own := stored.Chosen[name]; own {
			report.Chosen = append(report.Chosen, name)
		}
	}
	if pending := c.PendingApproval; pending != nil {
		report.NeedsApproval = &approval{Reason: pending.Reason, Count: pending.Count, Since: pending.Since}
	}
	return report
}

func failuresOf(c status.Connection) []failure {
	listed := []failure{}
	for _, f := range c.Failures[:min(len(c.Failures), maxFailures)] {
		listed = append(listed, failure{
			Kind: string(f.Kind), NinjaID: f.NinjaID, WorkflowID: f.WorkflowID, Reason: f.Error, Attempts: f.Attempts,
			Since: f.Since, UpdatedAt: f.UpdatedAt,
		})
	}
	return listed
}

func importsOf(ctx context.Context, database *store.Store, connection string) ([]importRun, error) {
	runs, err := database.RecentImports(ctx, connection, flow.FullImportID(connection), maxImports)
	listed := []importRun{}
	for _, run := range runs {
		one := importRun{
			ID: run.ID, WorkflowID: run.WorkflowID, Plan: run.Plan, Phase: run.Phase, StartedAt: run.StartedAt, FinishedAt: run.FinishedAt,
		}
		var result flow.ImportResult
		if len(run.Result) > 0 && json.Unmarshal(run.Result, &result) == nil {
			result.Failures, result.Ambiguities = nameless(result.Failures), nameless(result.Ambiguities)
			one.Result = &result
		}
		listed = append(listed, one)
	}
	return listed, err
}

// reconciliationOf returns the last reconciliation, nil if there was none.
func reconciliationOf(c status.Connection) *flow.ReconcileResult {
	var result flow.ReconcileResult
	if len(c.LastReconcile) == 0 || json.Unmarshal(c.LastReconcile, &result) != nil {
		return nil
	}
	result.Failures = nameless(result.Failures)
	return &result
}

// testAlertOf returns the result of the last test alert, nil if there was none.
func testAlertOf(ctx context.Context, database *store.Store, connection string) (*flow.TestAlertResult, error) {
	last, err := database.LastTestAlert(ctx, connection)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil //nolint:nilnil // there was none
	}
	var result flow.TestAlertResult
	if err == nil {
		err = json.Unmarshal(last.Result, &result)
	}
	return &result, err
}

// nameless removes the names of records, which are the customer's.
func nameless(failures []flow.ImportFailure) []flow.ImportFailure {
	for i := range failures {
		failures[i].Name = ""
	}
	return failures
}
