package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// importPage is the import tab.
type importPage struct {
	Name   string
	Labels store.Labels
	// Running is nil while no import runs.
	Running *runningImport
	// Follow makes the script follow the import that runs or was just started.
	Follow bool
	// Plan is the last preview, as long as its changes are kept; nil if there is none.
	Plan *planView
	Runs []runRow
	// RequestType is the title of the request type for alerts, and RequestTypes are titles to choose from.
	RequestType  string
	RequestTypes []string
	// TypesProblem is why Accelo lists none.
	TypesProblem string
	// Organizations are those to choose from, by name.
	Organizations []store.ListedOrganization
}

// runningImport is an import on its way.
type runningImport struct {
	ID   string
	Plan bool
	// Paused is set while it starts no more organizations.
	Paused     bool
	WorkflowID string
	StartedAt  time.Time
	progressEvent
}

// progressEvent is how far an import is. It is also what the script gets.
type progressEvent struct {
	Done  int    `json:"done"`
	Total int    `json:"total"`
	Text  string `json:"text"`
}

// planView is a preview with a page of its changes.
type planView struct {
	importView
	// Selection says which records it was to bring in.
	Selection rules.Selection
	Estimate  string
	Changes   []rules.Change
	// Next leads to the next page; empty on the last one. Start leads to the first one; empty if that is shown.
	Next, Start string
	// Query and Action are the filter, and Actions what it can select.
	Query, Action string
	Actions       []rules.Action
}

// runRow is one of the last imports.
type runRow struct {
	store.Import
	Result importView
	// Failed means that it ended without a result: Temporal's UI says why.
	Failed bool
}

// imports shows the import that runs, the last preview and the last imports.
func (p *Pages) imports(w http.ResponseWriter, r *http.Request, c status.Connection) {
	view, err := p.readImports(r, c)
	if err != nil {
		p.logReadError(r, err)
		p.renderUnavailable(w, r)
		return
	}
	p.addChoices(r, c, &view)
	if view.Running != nil && !view.Running.Plan {
		view.Running.Paused = p.isPaused(r, c.Connection)
	}
	m := p.takeMessage(w, r)
	view.Follow = view.Running != nil || m != nil && !m.Problem && m.At == besideImport
	p.renderImports(w, r, c, view, m)
}

// askPatience bounds how long the page waits for a worker to say whether an import is paused.
const askPatience = 2 * time.Second

// isPaused reports whether the running import is known to be paused.
func (p *Pages) isPaused(r *http.Request, connection string) bool {
	ctx, cancel := context.WithTimeout(r.Context(), askPatience)
	defer cancel()
	paused, err := p.operations.ImportPaused(ctx, connection)
	if err != nil {
		p.logger.WarnContext(r.Context(), "cannot tell whether the import is paused", "error", err)
	}
	return paused
}

// addChoices fills in what users can choose for the next import. Without it the form still starts one.
func (p *Pages) addChoices(r *http.Request, c status.Connection, view *importPage) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	if options, err := p.operations.Options(ctx, actorOf(r), c.Connection); err == nil {
		view.RequestType = options.Options["request_type"]
	}
	view.RequestTypes, view.TypesProblem = p.requestTypes(r, c)
	listed, err := p.store.ListOrganizations(ctx, c.Connection, store.OrganizationQuery{Limit: maxChoices})
	if err != nil {
		p.logReadError(r, err)
	}
	view.Organizations = listed
}

const (
	// maxChoices bounds the organizations to choose from.
	maxChoices = 5000
)

// followRefresh is how often a browser without scripts reloads the page while an import runs.
const followRefresh = 5

func (p *Pages) renderImports(w http.ResponseWriter, r *http.Request, c status.Connection, view importPage, m *message) {
	content := page{
		Title: importTab + " – " + c.Connection, LoggedIn: true, Connection: newFrame(c, importTab), Message: m, Content: view, Script: true,
	}
	if view.Follow {
		content.RefreshWithoutScript = followRefresh
	}
	p.render(w, r, http.StatusOK, "import", content)
}

func (p *Pages) readImports(r *http.Request, c status.Connection) (importPage, error) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	view := importPage{Name: c.Connection, Labels: c.Labels}
	runs, err := p.store.RecentImports(ctx, c.Connection, flow.FullImportID(c.Connection), maxRuns)
	if err != nil {
		return view, err
	}
	for i, run := range runs {
		runs := false
		if i == 0 { // only the newest can run
			if run, runs, err = p.currentRun(ctx, run); err != nil {
				return view, err
			}
		}
		switch {
		case run.FinishedAt != nil:
			view.Runs = append(view.Runs, runRow{Import: run, Result: *newImportView(run)})
		case !runs:
			view.Runs = append(view.Runs, runRow{Import: run, Failed: true})
		default:
			progress, err := p.store.Progress(ctx, run.ID)
			if err != nil {
				return view, err
			}
			view.Running = &runningImport{
				ID: run.ID, Plan: run.Plan, WorkflowID: run.WorkflowID, StartedAt: run.StartedAt, progressEvent: newProgressEvent(progress),
			}
		}
	}
	if len(runs) > 0 && runs[0].Plan && runs[0].FinishedAt != nil {
		view.Plan, err = p.readPlan(ctx, runs[0], r.URL.Query())
	}
	return view, err
}

func newProgressEvent(progress store.Progress) progressEvent {
	event := progressEvent{Done: progress.Done, Total: progress.Total, Text: "Reading NinjaOne and Accelo"}
	switch progress.Phase {
	case flow.PhaseComparing:
		event.Text = "Comparing"
	case flow.PhaseImporting, flow.PhaseDone:
		if progress.Total == 0 { // nothing is staged any more, or nothing yet
			event.Text = "Importing"
			break
		}
		event.Text = rules.Number(progress.Done) + " of " + rules.Count(progress.Total, "record") + ", " +
			rules.Count(int(progress.AcceloCalls), "call") + " to Accelo"
	}
	return event
}

func (p *Pages) readPlan(ctx context.Context, run store.Import, address url.Values) (*planView, error) {
	plan := &planView{importView: *newImportView(run), Selection: run.Selection}
	if plan.EstimatedSeconds != nil {
		plan.Estimate = humanDuration(time.Duration(*plan.EstimatedSeconds * float64(time.Second)))
	}
	after := rules.Change{Kind: rules.ChangeKind(address.Get("kind")), NinjaID: address.Get("id")}
	after.OrganizationID, _ = strconv.Atoi(address.Get("organization")) // anything else begins at the start
	if after.NinjaID == "" || !storableText(after.NinjaID) {
		after = rules.Change{}
	}
	query, filter := changeFilter(address)
	plan.Query, plan.Action, plan.Actions = query.Text, string(query.Action), shownActions
	if after.NinjaID != "" {
		plan.Start = "?" + filter.Encode()
	}
	changes, err := p.store.FindChanges(ctx, run.ID, query, after, maxRows+1)
	if err != nil {
		return nil, err
	}
	if len(changes) > maxRows {
		changes = changes[:maxRows]
		last := changes[maxRows-1]
		filter.Set("organization", strconv.Itoa(last.OrganizationID))
		filter.Set("kind", string(last.Kind))
		filter.Set("id", last.NinjaID)
		plan.Next = "?" + filter.Encode()
	}
	plan.Changes = changes
	return plan, nil
}

// currentRun reports whether an import runs. It returns the import as it is stored now, since it may just have finished.
func (p *Pages) currentRun(ctx context.Context, run store.Import) (store.Import, bool, error) {
	if run.FinishedAt != nil {
		return run, false, nil
	}
	if runs, err := p.operations.ImportRuns(ctx, run.Connection, run.ID); err != nil || runs {
		return run, true, nil //nolint:nilerr // without Temporal what is stored is all that we know
	}
	run, err := p.store.Import(ctx, run.ID)
	return run, false, err
}

// newestRun returns the newest full import and how far it is, or nil if there is none that runs.
func (p *Pages) newestRun(ctx context.Context, connection string) (*progressEvent, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	runs, err := p.store.RecentImports(ctx, connection, flow.FullImportID(connection), 1)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	if _, running, err := p.currentRun(ctx, runs[0]); err != nil || !running {
		return nil, err
	}
	progress, err := p.store.Progress(ctx, runs[0].ID)
	if err != nil {
		return nil, err
	}
	event := newProgressEvent(progress)
	return &event, nil
}

func (e progressEvent) encode() []byte {
	encoded, _ := json.Marshal(e) // numbers and a text always encode
	return encoded
}
