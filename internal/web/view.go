package web

import (
	"encoding/json"
	"strings"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// maxRows is how many rows a table shows. The overview counts the rest; other tables have further pages.
const maxRows = 100

// maxRuns is how many of the last imports the page looks at.
const maxRuns = 10

// connectionView is a connection as its overview shows it.
type connectionView struct {
	Name           string
	Ready          bool
	Todo           []string
	OpenAlerts     int
	WaitingDevices int
	// Labels are the deployment's own names for Accelo's objects.
	Labels  store.Labels
	Records []recordsView
	// Budget is nil until Accelo's first response, LastImport and LastReconcile until a run has finished.
	Budget        *budgetView
	LastImport    *importView
	LastReconcile *reconcileView
	// TestAlert is nil until a test has finished.
	TestAlert *testAlertView
	// PendingApproval is nil unless a mass change is waiting for approval.
	PendingApproval *store.PendingApproval
	// Checklist is empty once everything on it is done.
	Checklist []checklistItem
	// NinjaOneConnected and AcceloConnected mean that the vendor accepts the credentials.
	NinjaOneConnected        bool
	AcceloConnected          bool
	NinjaOneHost, AcceloHost string
	// LastEvent is when the last activity that a reconciliation saw happened, EventsCompleteAt when nothing newer was missing.
	LastEvent, EventsCompleteAt *time.Time
	// Failures counts the failed records.
	Failures int
	// ManualChanges holds at most maxRows rows.
	ManualChanges     []status.ManualChange
	MoreManualChanges int
}

// Command returns what to type to run a starter command for this connection.
func (c connectionView) Command(command string) string { return rules.Command(c.Name, "%s", command) }

// recordsView counts the records of a kind.
type recordsView struct {
	Kind            string
	Linked, Waiting int
}

// budgetView is what is left of Accelo's hourly API calls.
type budgetView struct {
	Limit, Remaining, Percent int
	// Low is set once a fifth or less is left, the default reserve for alerts.
	Low bool
	// Expired is set if Reset has passed and no call has been made since.
	Expired bool
	Reset   time.Time
}

// importView is the last full import that finished.
type importView struct {
	flow.ImportResult
	// Unreadable is set if another version stored a result that this one can't decode.
	Unreadable bool
	FinishedAt *time.Time
	Duration   string
	Outcomes   []outcomesView
}

// outcomesView counts the records of a kind by what an import did with them.
type outcomesView struct {
	Kind string
	flow.Counts
}

// reconcileView is the last reconciliation that finished.
type reconcileView struct {
	flow.ReconcileResult
	FinishedAt time.Time
	// Recovered says in one sentence which missed events were found.
	Recovered string
}

func (p *Pages) connectionView(c status.Connection) connectionView {
	return connectionView{
		Name: c.Connection, Ready: c.Ready, Todo: c.Todo, OpenAlerts: c.OpenAlerts, WaitingDevices: c.Waiting.Devices, Labels: c.Labels,
		Records: []recordsView{
			{Kind: "Organizations", Linked: c.Links.Organizations, Waiting: c.Waiting.Organizations},
			{Kind: "Devices", Linked: c.Links.Devices, Waiting: c.Waiting.Devices},
			{Kind: "Alerts", Linked: c.Links.Alerts, Waiting: c.Waiting.Alerts},
		},
		Budget:            newBudgetView(c.AcceloBudget, p.now()),
		LastReconcile:     newReconcileView(c.LastReconcile, c.Labels),
		PendingApproval:   c.PendingApproval,
		NinjaOneConnected: vendorConnected(c, store.NinjaOne),
		AcceloConnected:   vendorConnected(c, store.Accelo),
		NinjaOneHost:      host(c.NinjaoneURL),
		AcceloHost:        host(c.AcceloURL),
		Failures:          len(c.Failures),
		ManualChanges:     c.ManualChanges[:min(len(c.ManualChanges), maxRows)],
		MoreManualChanges: max(0, len(c.ManualChanges)-maxRows),
	}
}

// newBudgetView returns nil if the budget is unknown.
func newBudgetView(budget status.Budget, now time.Time) *budgetView {
	if budget.Reset == nil || budget.Limit <= 0 {
		return nil
	}
	return &budgetView{
		Limit: budget.Limit, Remaining: budget.Remaining, Percent: min(max(0, budget.Remaining)*100/budget.Limit, 100),
		Low:     budget.Remaining*5 <= budget.Limit,
		Expired: !now.Before(*budget.Reset), Reset: *budget.Reset,
	}
}

func newImportView(run store.Import) *importView {
	view := &importView{FinishedAt: run.FinishedAt}
	if err := json.Unmarshal(run.Result, &view.ImportResult); err != nil {
		view.Unreadable = true
	}
	view.WorkflowID = run.WorkflowID
	if view.Unreadable {
		return view
	}
	view.Duration = humanDuration(time.Duration(view.Seconds * float64(time.Second)))
	view.Outcomes = []outcomesView{
		{Kind: "Organizations", Counts: view.Organizations},
		{Kind: "Devices", Counts: view.Devices},
		{Kind: "Alerts", Counts: view.Alerts},
	}
	return view
}

// newReconcileView returns nil if there is no result, or none that this version can decode.
func newReconcileView(stored json.RawMessage, labels store.Labels) *reconcileView {
	var result flow.ReconcileResult
	if len(stored) == 0 || json.Unmarshal(stored, &result) != nil {
		return nil
	}
	return &reconcileView{
		ReconcileResult: result,
		FinishedAt:      result.StartedAt.Add(time.Duration(result.Seconds * float64(time.Second))),
		Recovered:       recovered(result.Healed, labels),
	}
}

// recovered names only what was missed, as in "Recovered 3 missed alerts, 2 missed resets and 1 request change".
func recovered(healed flow.Healed, labels store.Labels) string {
	var parts []string
	add := func(n int, singular string, plural ...string) {
		if n > 0 {
			parts = append(parts, rules.Count(n, singular, plural...))
		}
	}
	add(healed.Triggers, "missed alert")
	add(healed.Resets, "missed reset")
	add(healed.Revived, "alert that was reset by mistake", "alerts that were reset by mistake")
	add(healed.Requests, labels.Request.Singular()+" change")
	switch last := len(parts) - 1; last {
	case -1:
		return "No events were missed."
	case 0:
		return "Recovered " + parts[0] + "."
	default:
		return "Recovered " + strings.Join(parts[:last], ", ") + " and " + parts[last] + "."
	}
}
