package status

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
)

// Report is how all connections stand (interface section 6).
type Report struct {
	Connections []Connection `json:"connections"`
}

// Connection is how one connection stands.
type Connection struct {
	Connection       string          `json:"connection"`
	Ready            bool            `json:"ready"`
	Todo             []string        `json:"todo"`
	Links            Counts          `json:"links"`
	Waiting          Counts          `json:"waiting"`
	OpenAlerts       int             `json:"open_alerts"`
	Failures         []Failure       `json:"failures"`
	ManualChanges    []ManualChange  `json:"differences"`
	AcceloBudget     Budget          `json:"accelo_budget"`
	ActivityCursor   *int64          `json:"activity_cursor"`
	CursorAgeSeconds *float64        `json:"cursor_age_seconds"`
	LastImport       json.RawMessage `json:"last_import"`
	LastReconcile    json.RawMessage `json:"last_reconcile"`
	// Labels are the deployment's own, and MakesAssets whether its API makes assets as far as is known: for texts.
	Labels      store.Labels `json:"-"`
	MakesAssets bool         `json:"-"`
	// Brake is a mass change that waits for a person; null where none does.
	Brake *Brake `json:"brake"`
}

// Brake is a mass change that a reconcile holds back.
type Brake struct {
	WorkflowID string    `json:"workflow_id"`
	Reason     string    `json:"reason"`
	Since      time.Time `json:"since"`
}

// Counts are records by kind.
type Counts struct {
	Organizations int `json:"organizations"`
	Devices       int `json:"devices"`
	Alerts        int `json:"alerts"`
}

// Failure is a record that could not be synced and waits for a retry.
type Failure struct {
	WorkflowID string    `json:"workflow_id"`
	Kind       string    `json:"kind"`
	NinjaID    string    `json:"ninja_id"`
	Name       string    `json:"name"`
	Error      string    `json:"error"`
	Since      time.Time `json:"since"`
}

// ManualChange is a value that a person changed in Accelo and that is kept, although NinjaOne says otherwise.
type ManualChange struct {
	Kind     string `json:"kind"`
	NinjaID  string `json:"ninja_id"`
	AcceloID int64  `json:"accelo_id"`
	Field    string `json:"field"`
	// Label is the field in the deployment's words: for texts.
	Label string `json:"-"`
	// Kept and NinjaOne are the values as people know them.
	Kept     string `json:"kept"`
	NinjaOne string `json:"ninjaone"`
}

// Budget is what is left of Accelo's hourly calls; reset is null until a reply has told.
type Budget struct {
	Limit     int        `json:"limit"`
	Remaining int        `json:"remaining"`
	Reset     *time.Time `json:"reset"`
}

// Read reports on one connection, or on all where name is empty. A name that is not known is store.ErrNotFound.
func Read(ctx context.Context, database *store.Store, name string) (Report, error) {
	connections, err := database.Connections(ctx)
	if err != nil {
		return Report{}, err
	}
	report := Report{Connections: []Connection{}}
	for _, connection := range connections {
		if name != "" && connection.Name != name {
			continue
		}
		one, err := read(ctx, database, connection)
		if err != nil {
			return Report{}, err
		}
		report.Connections = append(report.Connections, one)
	}
	if name != "" && len(report.Connections) == 0 {
		return Report{}, store.ErrNotFound
	}
	return report, nil
}

func read(ctx context.Context, database *store.Store, stored store.Connection) (Connection, error) {
	c := Connection{
		Connection: stored.Name, Ready: stored.Ready, Todo: stored.Todo, Failures: []Failure{}, ManualChanges: []ManualChange{},
		AcceloBudget: budgetNow(stored.Budget, time.Now()), Labels: stored.Settings.Labels(), MakesAssets: true,
	}
	if able := stored.Settings.Capabilities.CreateAssets; able != nil {
		c.MakesAssets = *able
	}
	counts, err := database.CountLinks(ctx, stored.Name)
	if err != nil {
		return c, err
	}
	for _, count := range counts {
		switch count.State {
		case store.Linked:
			c.Links.add(count)
		case store.Waiting:
			c.Waiting.add(count)
		}
	}
	if c.OpenAlerts, err = database.CountOpenAlerts(ctx, stored.Name); err != nil {
		return c, err
	}
	failures, err := database.Failures(ctx, stored.Name)
	if err != nil {
		return c, err
	}
	for _, f := range failures {
		c.Failures = append(c.Failures, Failure{
			WorkflowID: f.WorkflowID, Kind: string(f.Kind), NinjaID: f.NinjaID, Name: f.Name, Error: f.Error, Since: f.Since,
		})
	}
	if c.ManualChanges, err = differences(ctx, database, stored.Name, c.Labels); err != nil {
		return c, err
	}
	last, err := database.LastImport(ctx, stored.Name, flow.FullImportID(stored.Name))
	switch {
	case err == nil:
		c.LastImport = last.Result
	case !errors.Is(err, store.ErrNotFound):
		return c, err
	}
	reconciled, err := database.ReconcileState(ctx, stored.Name)
	if err != nil {
		return c, err
	}
	c.addReconcile(reconciled, time.Now())
	return c, nil
}

// addReconcile tells how far the activity log is followed. The age of the cursor is how long ago we last knew of everything.
func (c *Connection) addReconcile(state store.ReconcileState, now time.Time) {
	c.LastReconcile = state.LastResult
	if state.Cursor != 0 && state.CursorCheckedAt != nil {
		age := now.Sub(*state.CursorCheckedAt).Seconds()
		c.ActivityCursor, c.CursorAgeSeconds = &state.Cursor, &age
	}
	if state.PendingApproval != nil {
		c.Brake = &Brake{WorkflowID: state.PendingApproval.WorkflowID, Reason: state.PendingApproval.Reason, Since: state.PendingApproval.Since}
	}
}

func differences(ctx context.Context, database *store.Store, connection string, labels store.Labels) ([]ManualChange, error) {
	links, err := database.LinksWithManualChanges(ctx, connection)
	if err != nil {
		return nil, err
	}
	list := []ManualChange{}
	for _, link := range links {
		for _, d := range link.ManualChanges {
			list = append(list, ManualChange{
				Kind: string(link.Kind), NinjaID: link.NinjaID, AcceloID: link.AcceloID, Field: d.Field, Label: labels.Field(d.Field),
				Kept: d.AcceloText(), NinjaOne: d.NinjaText(),
			})
		}
	}
	return list, nil
}

func (c *Counts) add(count store.LinkCount) {
	switch count.Kind {
	case store.Organizations:
		c.Organizations += count.Count
	case store.Devices:
		c.Devices += count.Count
	case store.Alerts:
		c.Alerts += count.Count
	}
}

// budgetNow is the budget as it was last seen; once the hour is over it is whole again.
func budgetNow(seen store.Budget, now time.Time) Budget {
	budget := Budget{Limit: seen.Limit, Remaining: seen.Remaining}
	if seen.Limit == 0 {
		return budget
	}
	if seen.Reset.Before(now) {
		budget.Remaining = seen.Limit
	}
	budget.Reset = &seen.Reset
	return budget
}
