package status

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
)

// Report is the status of all connections (interface.md 6).
type Report struct {
	Connections []Connection `json:"connections"`
}

// Connection is the status of one connection.
type Connection struct {
	Connection       string          `json:"connection"`
	Ready            bool            `json:"ready"`
	Todo             []string        `json:"todo"`
	Links            Counts          `json:"links"`
	Waiting          Counts          `json:"waiting"`
	OpenAlerts       int             `json:"open_alerts"`
	Failures         []store.Failure `json:"failures"`
	ManualChanges    []ManualChange  `json:"differences"`
	AcceloBudget     Budget          `json:"accelo_budget"`
	ActivityCursor   *int64          `json:"activity_cursor"`
	CursorAgeSeconds *float64        `json:"cursor_age_seconds"`
	LastImport       json.RawMessage `json:"last_import"`
	LastReconcile    json.RawMessage `json:"last_reconcile"`
	// Reconnect says that a user has to sign in again; otherwise it is absent.
	Reconnect *Reconnect `json:"reconnect,omitempty"`
	// Labels are the deployment's own names for Accelo's objects, for texts.
	Labels store.Labels `json:"-"`
	// CreatesAssets is false if the deployment's API is known not to create assets.
	CreatesAssets bool `json:"-"`
	// Accepted means that both vendors accepted the credentials last time; WasConnected that they did once.
	Accepted     bool `json:"-"`
	WasConnected bool `json:"-"`
	// NinjaoneURL, AcceloURL and Deployment are where the two accounts are, for links.
	NinjaoneURL string `json:"-"`
	AcceloURL   string `json:"-"`
	Deployment  string `json:"-"`
	// SignIns are what users granted by signing in.
	SignIns []SignIn `json:"-"`
	// RequestType is the title of the request type for alerts; empty until it was found.
	RequestType string `json:"-"`
	// PendingApproval is the mass change that is waiting for approval, or null.
	PendingApproval *store.PendingApproval `json:"brake"`
}

// Reconnect is a vendor that no longer accepts what a user granted.
type Reconnect struct {
	Vendor string    `json:"vendor"`
	Since  time.Time `json:"since"`
	Reason string    `json:"reason"`
}

// SignIn is what a user granted at a vendor.
type SignIn struct {
	Vendor       store.Vendor
	AuthorizedAt time.Time
	Ended        bool
}

// Counts counts records by kind.
type Counts struct {
	Organizations int `json:"organizations"`
	Devices       int `json:"devices"`
	Alerts        int `json:"alerts"`
}

// ManualChange is a value that someone changed in Accelo and that the sync therefore leaves alone.
type ManualChange struct {
	Kind     string `json:"kind"`
	NinjaID  string `json:"ninja_id"`
	AcceloID int64  `json:"accelo_id"`
	Field    string `json:"field"`
	// Label is the deployment's own name for the field, for texts.
	Label string `json:"-"`
	// Kept is Accelo's value and NinjaOne is NinjaOne's, with names in place of ids if they are known.
	Kept     string `json:"kept"`
	NinjaOne string `json:"ninjaone"`
}

// Budget is what is left of Accelo's hourly API calls. Reset is null until the first call.
type Budget struct {
	Limit     int        `json:"limit"`
	Remaining int        `json:"remaining"`
	Reset     *time.Time `json:"reset"`
}

// Read returns the status of one connection, or of all if name is empty. It returns store.ErrNotFound for an unknown name.
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
		c, err := read(ctx, database, connection)
		if err != nil {
			return Report{}, err
		}
		report.Connections = append(report.Connections, c)
	}
	if name != "" && len(report.Connections) == 0 {
		return Report{}, store.ErrNotFound
	}
	return report, nil
}

func read(ctx context.Context, database *store.Store, stored store.Connection) (Connection, error) {
	c := Connection{
		Connection: stored.Name, Ready: stored.Ready, Todo: stored.Todo, Failures: []store.Failure{}, ManualChanges: []ManualChange{},
		AcceloBudget: currentBudget(stored.Budget, time.Now()), Labels: stored.Settings.Labels(), CreatesAssets: true,
		Accepted: stored.Settings.Connected, WasConnected: !stored.Identity.Empty(),
		NinjaoneURL: stored.NinjaoneURL, AcceloURL: stored.AcceloURL, Deployment: stored.Deployment,
	}
	if stored.Settings.RequestType.ID != 0 {
		c.RequestType = stored.Settings.RequestType.Title
	}
	if creates := stored.Settings.Capabilities.CreateAssets; creates != nil {
		c.CreatesAssets = *creates
	}
	if err := c.addGrants(ctx, database); err != nil {
		return c, err
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
	c.Failures = append(c.Failures, failures...)
	if c.ManualChanges, err = manualChanges(ctx, database, stored.Name, c.Labels); err != nil {
		return c, err
	}
	last, err := database.LastImport(ctx, stored.Name, flow.FullImportID(stored.Name))
	switch {
	case err == nil:
		c.LastImport = last.Result
	case !errors.Is(err, store.ErrNotFound):
		return c, err
	}
	state, err := database.ReconcileState(ctx, stored.Name)
	if err != nil {
		return c, err
	}
	c.addReconcile(state, time.Now())
	return c, nil
}

// addGrants adds what users granted by signing in.
func (c *Connection) addGrants(ctx context.Context, database *store.Store) error {
	grants, err := database.Grants(ctx, c.Connection)
	for _, grant := range grants {
		c.SignIns = append(c.SignIns, SignIn{Vendor: grant.Vendor, AuthorizedAt: grant.AuthorizedAt, Ended: grant.EndedAt != nil})
		if grant.EndedAt != nil && c.Reconnect == nil {
			c.Reconnect = &Reconnect{Vendor: grant.Vendor.String(), Since: *grant.EndedAt, Reason: grant.Reason}
		}
	}
	return err
}

// addReconcile adds the last reconciliation and its cursor. The cursor's age is the time since we last knew every event.
func (c *Connection) addReconcile(state store.ReconcileState, now time.Time) {
	c.LastReconcile, c.PendingApproval = state.LastResult, state.PendingApproval
	var last struct {
		Webhooks flow.Webhooks `json:"webhooks"`
	}
	if json.Unmarshal(state.LastResult, &last) == nil && last.Webhooks.Todo != "" && !slices.Contains(c.Todo, last.Webhooks.Todo) {
		c.Todo = append(slices.Clone(c.Todo), last.Webhooks.Todo)
	}
	if state.Cursor != 0 && state.CursorCheckedAt != nil {
		age := now.Sub(*state.CursorCheckedAt).Seconds()
		c.ActivityCursor, c.CursorAgeSeconds = &state.Cursor, &age
	}
}

func manualChanges(ctx context.Context, database *store.Store, connection string, labels store.Labels) ([]ManualChange, error) {
	links, err := database.LinksWithManualChanges(ctx, connection)
	if err != nil {
		return nil, err
	}
	list := []ManualChange{}
	for _, link := range links {
		for _, change := range link.ManualChanges {
			list = append(list, ManualChange{
				Kind: string(link.Kind), NinjaID: link.NinjaID, AcceloID: link.AcceloID, Field: change.Field, Label: labels.Field(change.Field),
				Kept: change.AcceloText(), NinjaOne: change.NinjaText(),
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

// currentBudget returns the last known budget, which is full again once its reset has passed.
func currentBudget(last store.Budget, now time.Time) Budget {
	budget := Budget{Limit: last.Limit, Remaining: last.Remaining}
	if last.Limit == 0 {
		return budget
	}
	if last.Reset.Before(now) {
		budget.Remaining = last.Limit
	}
	budget.Reset = &last.Reset
	return budget
}
