package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

const importsTag = "Imports"

// phaseFailed is the phase of an import that ended without a result: Temporal's UI says why.
const phaseFailed = "failed"

func (a *API) registerImports() {
	const one = "/api/v1/connections/{name}/imports/{id}"
	register(a, operation(http.MethodPost, "/api/v1/connections/{name}/imports", "Start an import, or plan one", importsTag, http.StatusAccepted),
		a.startImport)
	register(a, operation(http.MethodGet, one, "Show an import", importsTag, 0), a.oneImport)
	register(a, operation(http.MethodGet, one+"/changes", "List the changes that a plan found", importsTag, 0), a.changes)
	a.registerEvents(one + "/events")
	for action, summary := range map[operate.ImportAction]string{
		operate.PauseImport: "Pause an import", operate.ResumeImport: "Resume an import", operate.CancelImport: "Cancel an import",
	} {
		register(a, operation(http.MethodPost, one+"/"+string(action), summary, importsTag, http.StatusAccepted),
			func(ctx context.Context, actor operate.Actor, in *ImportPath) (*response[StartedImport], error) {
				signalled, err := a.operator.SignalImport(ctx, actor, operate.ImportSignal{Connection: in.Name, ID: in.ID, Action: action})
				return respond(StartedImport{ID: signalled.ID, WorkflowID: signalled.WorkflowID}), err
			})
	}
}

// ImportPath is the part of a path that names an import. Types that are embedded in a request are exported, or huma leaves them out.
type ImportPath struct {
	ConnectionPath
	ID string `path:"id" maxLength:"100" doc:"Id of the import."`
}

// StartedImport is an import that runs.
type StartedImport struct {
	ID         string `json:"id"`
	WorkflowID string `json:"workflow_id"`
	// Running reports that it ran already.
	Running bool `json:"running,omitempty" doc:"The import was running already."`
}

func (a *API) startImport(ctx context.Context, actor operate.Actor, in *struct {
	ConnectionPath
	Body struct {
		Plan          bool     `json:"plan,omitempty" doc:"Only show what an import would do."`
		Records       []string `json:"records,omitempty" maxItems:"3" doc:"Kinds of records: organizations, devices, alerts; all by default."`
		Organizations []int    `json:"organizations,omitempty" maxItems:"10000" doc:"NinjaOne ids of the organizations to import; all by default."`
	}
},
) (*response[StartedImport], error) {
	if err := a.requireReady(ctx, in.Name); err != nil {
		return nil, err
	}
	started, err := a.operator.StartImport(ctx, actor, operate.StartImport{
		Connection: in.Name, Plan: in.Body.Plan, Selection: rules.Selection{Records: in.Body.Records, Organizations: in.Body.Organizations},
	})
	return respond(StartedImport{ID: started.ID, WorkflowID: started.WorkflowID, Running: started.Attached}), err
}

// requireReady refuses what could only fail on a worker.
func (a *API) requireReady(ctx context.Context, name string) error {
	connection, err := a.store.Connection(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return &operate.NotFoundError{What: "connection", Reason: "unknown connection " + quote(name)}
	}
	if err == nil && !connection.Settings.Connected {
		err = &operate.NotReadyError{Connection: name}
	}
	return err
}

// importState is an import with its progress and, once it has ended, its result.
type importState struct {
	ID         string `json:"id"`
	WorkflowID string `json:"workflow_id"`
	Plan       bool   `json:"plan"`
	// Selection is what it brings in.
	Selection  rules.Selection `json:"selection" doc:"The records that were chosen; empty for all."`
	Phase      string          `json:"phase" doc:"reading, comparing, importing, done, or failed if it ended without a result."`
	Done       int             `json:"done" doc:"Records that are done."`
	Total      int             `json:"total"`
	APICalls   rules.APICalls  `json:"api_calls"`
	StartedAt  time.Time       `json:"started_at"`
	FinishedAt *time.Time      `json:"finished_at"`
	// Result is that of `starter import --json`.
	Result *flow.ImportResult `json:"result"`
}

func (a *API) oneImport(ctx context.Context, _ operate.Actor, in *ImportPath) (*response[importState], error) {
	ctx, err := a.bind(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	state, err := a.currentImport(ctx, in.Name, in.ID)
	return respond(state), err
}

func (a *API) importState(ctx context.Context, connection, id string) (importState, error) {
	run, err := a.store.Import(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && run.Connection != connection {
		return importState{}, &operate.NotFoundError{What: "import", Reason: "unknown import " + quote(id)}
	}
	if err != nil {
		return importState{}, err
	}
	state := importState{
		ID: run.ID, WorkflowID: run.WorkflowID, Plan: run.Plan, Selection: run.Selection, Phase: cmp.Or(run.Phase, flow.PhaseReading),
		StartedAt: run.StartedAt, FinishedAt: run.FinishedAt,
		APICalls: rules.APICalls{Ninjaone: run.NinjaoneCalls, Accelo: run.AcceloCalls, AcceloWrites: run.AcceloWrites},
	}
	var result flow.ImportResult
	if len(run.Result) > 0 && json.Unmarshal(run.Result, &result) == nil {
		state.Result = &result
		return state, nil
	}
	progress, err := a.store.Progress(ctx, id)
	state.Done, state.Total = progress.Done, progress.Total
	return state, err
}

// currentImport is importState for an import that may have failed: then it has ended without a result.
func (a *API) currentImport(ctx context.Context, connection, id string) (importState, error) {
	state, err := a.importState(ctx, connection, id)
	if err != nil || state.FinishedAt != nil {
		return state, err
	}
	if runs, err := a.operator.ImportRuns(ctx, connection, id); err != nil || runs {
		return state, nil //nolint:nilerr // without Temporal the progress is still right
	}
	state, err = a.importState(ctx, connection, id) // it may have finished meanwhile
	if err == nil && state.FinishedAt == nil {
		state.Phase = phaseFailed
	}
	return state, err
}

func (a *API) changes(ctx context.Context, _ operate.Actor, in *struct {
	ImportPath
	Page
},
) (*response[list[rules.Change]], error) {
	ctx, err := a.bind(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	if _, err := a.importState(ctx, in.Name, in.ID); err != nil {
		return nil, err
	}
	after, err := changeAfter(in.Cursor)
	if err != nil {
		return nil, err
	}
	changes, err := a.store.Changes(ctx, in.ID, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	result := list[rules.Change]{Items: changes}
	if len(changes) > in.Limit {
		result.Items = changes[:in.Limit]
		last := result.Items[in.Limit-1]
		result.NextCursor = encodeCursor("changes", number(last.OrganizationID), string(last.Kind), last.NinjaID)
	}
	if result.Items == nil {
		result.Items = []rules.Change{}
	}
	return respond(result), nil
}
