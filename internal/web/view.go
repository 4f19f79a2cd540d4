package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// maxRows is how many failures, or kept differences, of a connection the page shows; it counts the rest.
const maxRows = 100

// connectionView is a connection as the page shows it.
type connectionView struct {
	Name       string
	Ready      bool
	Todo       []string
	OpenAlerts int
	// Words are what this deployment calls Accelo's objects.
	Words store.Words
	// Connect, Import and Export are the commands to type for this connection.
	Connect, Import, Export string
	Records                 []recordsView
	// Waits tells that records wait.
	Waits bool
	// Budget is nil as long as no reply of Accelo has told it.
	Budget *budgetView
	// LastImport is nil as long as no full import came to its end.
	LastImport *importView
	// LastReconcile is nil as long as none came to its end.
	LastReconcile *reconcileView
	// Brake is nil unless a mass change waits for a person.
	Brake         *brakeView
	Failures      []failureView
	ManualChanges []status.ManualChange
	// MoreFailures and MoreDifferences are how many are not shown.
	MoreFailures, MoreDifferences int
}

// recordsView counts the records of a kind that are linked, and those that wait for somebody to make them in Accelo.
type recordsView struct {
	Kind            string
	Linked, Waiting int
}

// budgetView is what is left of Accelo's hourly calls.
type budgetView struct {
	Limit, Remaining, Percent int
	// Low tells that a fifth or less is left, which is what is kept for alerts unless set otherwise.
	Low bool
	// Over tells that the hour is over in which the budget was last seen.
	Over  bool
	Reset moment
}

// importView is the last full import that came to its end.
type importView struct {
	flow.ImportResult
	// Unreadable tells that the stored result is none that this version knows.
	Unreadable bool
	Finished   moment
	Took       string
	URL        string
	Outcomes   []outcomesView
}

// outcomesView counts what an import did with the records of a kind.
type outcomesView struct {
	Kind string
	flow.Counts
}

// reconcileView is the last comparison of both sides.
type reconcileView struct {
	flow.ReconcileResult
	Words  store.Words
	Looked moment
	URL    string
}

// brakeView is a mass change that a reconcile holds back. Approve is the command to type.
type brakeView struct {
	status.Brake
	Since        moment
	URL, Approve string
}

// failureView is a record that could not be synced. URL leads to its workflow, where links are shown.
type failureView struct {
	status.Failure
	Since moment
	URL   string
}

// moment is a time for programs, for people, and as they would say it.
type moment struct{ Machine, Text, Spoken string }

// view reads what the page shows.
func (p *Pages) view(ctx context.Context) ([]connectionView, error) {
	report, err := status.Read(ctx, p.store, "")
	if err != nil {
		return nil, err
	}
	views := make([]connectionView, 0, len(report.Connections))
	for _, connection := range report.Connections {
		view := p.connectionView(connection)
		last, err := p.store.LastImport(ctx, connection.Connection, flow.FullImportID(connection.Connection))
		switch {
		case err == nil:
			view.LastImport = p.importView(last)
		case !errors.Is(err, store.ErrNotFound):
			return nil, err
		}
		views = append(views, view)
	}
	return views, nil
}

func (p *Pages) connectionView(c status.Connection) connectionView {
	view := connectionView{
		Name: c.Connection, Ready: c.Ready, Todo: c.Todo, OpenAlerts: c.OpenAlerts,
		Words: c.Words, Connect: command("connect", c.Connection), Import: command("import", c.Connection),
		Export: command("export-assets --directory DIR", c.Connection),
		Records: []recordsView{
			{Kind: "Organizations", Linked: c.Links.Organizations, Waiting: c.Waiting.Organizations},
			{Kind: "Devices", Linked: c.Links.Devices, Waiting: c.Waiting.Devices},
			{Kind: "Alerts", Linked: c.Links.Alerts, Waiting: c.Waiting.Alerts},
		},
		Waits:        c.Waiting != status.Counts{},
		Budget:       p.budgetView(c.AcceloBudget),
		MoreFailures: max(0, len(c.Failures)-maxRows), MoreDifferences: max(0, len(c.ManualChanges)-maxRows),
	}
	for _, failure := range c.Failures[:min(len(c.Failures), maxRows)] {
		view.Failures = append(view.Failures, failureView{
			Failure: failure, Since: p.moment(failure.Since), URL: p.workflows.to(failure.WorkflowID),
		})
	}
	view.ManualChanges = c.ManualChanges[:min(len(c.ManualChanges), maxRows)]
	view.LastReconcile = p.reconcileView(c.LastReconcile, c.Words)
	if c.Brake != nil {
		view.Brake = &brakeView{
			Brake: *c.Brake, Since: p.moment(c.Brake.Since), URL: p.workflows.to(c.Brake.WorkflowID),
			Approve: command("reconcile --approve", c.Connection),
		}
	}
	return view
}

// reconcileView is nil for a result that this version does not know.
func (p *Pages) reconcileView(stored json.RawMessage, words store.Words) *reconcileView {
	var result flow.ReconcileResult
	if len(stored) == 0 || json.Unmarshal(stored, &result) != nil {
		return nil
	}
	ended := result.StartedAt.Add(time.Duration(result.Seconds * float64(time.Second)))
	return &reconcileView{ReconcileResult: result, Words: words, Looked: p.moment(ended), URL: p.workflows.to(result.WorkflowID)}
}

// command is how a command of the starter is typed for a connection; the default one needs no name.
func command(name, connection string) string {
	if connection == "default" {
		return "starter " + name
	}
	return fmt.Sprintf("starter %s --connection %s", name, connection)
}

func (p *Pages) budgetView(budget status.Budget) *budgetView {
	if budget.Reset == nil || budget.Limit <= 0 {
		return nil
	}
	return &budgetView{
		Limit: budget.Limit, Remaining: budget.Remaining, Percent: min(max(0, budget.Remaining)*100/budget.Limit, 100),
		Low:  budget.Remaining*5 <= budget.Limit,
		Over: !p.now().Before(*budget.Reset), Reset: p.moment(*budget.Reset),
	}
}

func (p *Pages) importView(run store.Import) *importView {
	view := &importView{URL: p.workflows.to(run.WorkflowID)}
	if run.FinishedAt != nil {
		view.Finished = p.moment(*run.FinishedAt)
	}
	if err := json.Unmarshal(run.Result, &view.ImportResult); err != nil {
		view.Unreadable = true
		return view
	}
	view.Took = spoken(time.Duration(view.Seconds * float64(time.Second)))
	view.Outcomes = []outcomesView{
		{Kind: "Organizations", Counts: view.Organizations},
		{Kind: "Devices", Counts: view.Devices},
		{Kind: "Alerts", Counts: view.Alerts},
	}
	return view
}

func (p *Pages) moment(t time.Time) moment {
	since := p.now().Sub(t)
	m := moment{Machine: t.UTC().Format(time.RFC3339), Text: t.UTC().Format("2 Jan 2006, 15:04 UTC")}
	switch {
	case since >= time.Second:
		m.Spoken = spoken(since) + " ago"
	case since <= -time.Second:
		m.Spoken = "in " + spoken(-since)
	default:
		m.Spoken = "now"
	}
	return m
}

// spoken is a length of time in the largest unit of which it has at least two: "90 minutes" says more than "1 hour".
func spoken(d time.Duration) string {
	units := []struct {
		name string
		size time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}}
	for _, unit := range units {
		if n := int64(d / unit.size); n >= 2 {
			return fmt.Sprintf("%d %ss", n, unit.name)
		}
	}
	if d >= time.Second {
		return "1 second"
	}
	return "less than a second"
}
