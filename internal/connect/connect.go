package connect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/vendors"
)

// Options are the operator's settings that concern a connection.
type Options struct {
	// RequestType and AssetType are the titles under which Accelo has, or gets, the types for alerts and devices.
	RequestType, AssetType string
	// PublicURL is where the vendors reach `starter serve`; empty registers no webhooks.
	PublicURL string
	// RotateSecrets makes new webhook secrets; the old ones stay valid for deliveries on their way.
	RotateSecrets bool
}

// Connector sets connections up.
type Connector struct {
	store   *store.Store
	vendors *vendors.Provider
	options Options
}

// New makes a Connector.
func New(database *store.Store, provider *vendors.Provider, options Options) *Connector {
	return &Connector{store: database, vendors: provider, options: options}
}

// Run checks and sets up a connection, stores what it found, and reports. The error is for what kept it from working at
// all; what is wrong with the vendors' accounts is in the report.
func (c *Connector) Run(ctx context.Context, name string) (Report, error) {
	connection, err := c.vendors.Connection(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return Report{}, fmt.Errorf("there is no connection %q: set NINJAONE_… and ACCELO_… in the environment for the connection `default`", name)
	}
	if err != nil {
		return Report{}, err
	}
	run := &run{Connection: connection, options: c.options, settings: connection.Settings}
	run.report = Report{
		Connection: name, Todo: []string{}, Webhooks: flow.Webhooks{NinjaOne: notYet, Accelo: notYet},
		NinjaOne:    NinjaOne{URL: connection.NinjaoneURL, Auth: connection.NinjaoneAuth},
		Accelo:      Accelo{URL: connection.AcceloURL, Deployment: connection.Deployment},
		RequestType: Titled{Title: c.options.RequestType},
		AssetType:   AssetType{Titled: Titled{Title: c.options.AssetType}, MissingFields: []string{}},
	}
	if c.options.PublicURL != "" {
		run.report.Webhooks = flow.Webhooks{NinjaOne: notAllowed, Accelo: notAllowed}
	}
	run.checkNinjaOne(ctx)
	run.checkAccelo(ctx)
	run.report.Words = run.settings.Words()
	if !run.reached() {
		return run.report, nil // nothing was learned, so nothing that was known is forgotten
	}
	if c.options.PublicURL != "" {
		run.settings.PublicURL = c.options.PublicURL
		secrets, err := c.vendors.MakeWebhookSecrets(ctx, name, c.options.RotateSecrets)
		if err != nil {
			return run.report, err
		}
		run.registerWebhooks(ctx, secrets)
	}
	run.conclude()
	if err := c.store.SaveSettings(ctx, name, run.settings, run.report.Ready, run.report.Todo); err != nil {
		return run.report, err
	}
	return run.report, c.beginLog(ctx, run)
}

// beginLog remembers where NinjaOne's activity log ends just now: from here on a reconcile misses nothing.
func (c *Connector) beginLog(ctx context.Context, run *run) error {
	state, err := c.store.Reconcile(ctx, run.Name)
	if err != nil || state.Mark != 0 || !run.report.NinjaOne.OK {
		return err
	}
	page, err := run.NinjaOne.Activities(ctx, ninjaone.ActivityQuery{PageSize: 10})
	if err != nil {
		return nil //nolint:nilerr // the first reconcile sets the mark then
	}
	return c.store.Begin(ctx, run.Name, max(page.NewestID(), 1), time.Now())
}

// RegisterWebhooks makes sure of the webhook registrations of a connection that is set up: of Accelo's, and where asked for of
// NinjaOne's, which cannot be looked at but only made anew. It implements activities.Registrar.
func (c *Connector) RegisterWebhooks(ctx context.Context, name string, ninjaOne bool) (flow.Webhooks, error) {
	connection, err := c.vendors.Connection(ctx, name)
	if err != nil {
		return flow.Webhooks{}, err
	}
	options := c.options
	// What `connect` has registered is what is seen to.
	if options.PublicURL = cmp.Or(connection.Settings.PublicURL, options.PublicURL); options.PublicURL == "" {
		return flow.Webhooks{NinjaOne: notYet, Accelo: notYet}, nil
	}
	secrets, err := c.vendors.MakeWebhookSecrets(ctx, name, false)
	if err != nil {
		return flow.Webhooks{}, err
	}
	run := &run{Connection: connection, options: options}
	webhooks := flow.Webhooks{NinjaOne: flow.Registered, Accelo: run.registerAccelo(ctx, secrets)}
	if ninjaOne {
		webhooks.NinjaOne = run.registerNinjaOne(ctx, secrets)
	}
	return webhooks, nil
}

// Why no webhook is registered where nothing else is said.
const (
	notYet     = "not registered: PUBLIC_URL is not set"
	notAllowed = "not registered: the vendor does not accept us yet"
)

// run is one check of one connection.
type run struct {
	activities.Connection
	options  Options
	settings store.Settings
	report   Report
}

// reached tells that both vendors have answered.
func (r *run) reached() bool { return r.report.unreachable == nil }

func (r *run) todo(format string, arguments ...any) {
	r.report.Todo = append(r.report.Todo, fmt.Sprintf(format, arguments...))
}

func (r *run) checkNinjaOne(ctx context.Context) {
	if err := r.NinjaOne.CheckCredentials(ctx); err != nil {
		problem, reachable := ninjaOneProblem(err, r.NinjaoneURL)
		r.report.NinjaOne.Error = problem
		if !reachable {
			r.report.unreachable = errors.New(problem)
			return
		}
		r.todo("%s", problem)
		return
	}
	r.report.NinjaOne.OK = true
	size, err := r.NinjaOne.ProbePageSize(ctx)
	if err != nil {
		r.report.unreachable = fmt.Errorf("NinjaOne at %s: %w", r.NinjaoneURL, err)
		return
	}
	r.settings.PageSize = size
}

// checkAccelo asks without credentials first, so that a wrong label is told from a wrong secret (contract accelo 1, 11).
func (r *run) checkAccelo(ctx context.Context) {
	err := r.Accelo.CheckDeployment(ctx)
	if err == nil {
		err = r.readAccount(ctx)
	}
	if err == nil {
		err = r.provision(ctx)
	}
	r.report.Accelo.Remaining = r.Accelo.Budget().State().Remaining
	if err == nil {
		r.report.Accelo.OK = true
		return
	}
	problem, reachable := acceloProblem(err, r.AcceloURL)
	r.report.Accelo.Error = problem
	if !reachable {
		r.report.unreachable = errors.Join(r.report.unreachable, errors.New(problem))
		return
	}
	r.todo("%s", problem)
}

func (r *run) readAccount(ctx context.Context) error {
	token, err := r.Accelo.TokenInfo(ctx)
	if err != nil {
		return err
	}
	if token.Deployment != "" {
		r.report.Accelo.Deployment = token.Deployment
	}
	user, err := r.Accelo.User(ctx)
	if err != nil && !dispensable(err) {
		return err
	}
	r.settings.Titles = map[string]store.Titles{}
	for object, titles := range user.Titles {
		r.settings.Titles[object] = store.Titles{Singular: titles.Singular, Plural: titles.Plural}
	}
	return nil
}

// conclude decides whether flows can run: both vendors accept us and both types exist.
func (r *run) conclude() {
	r.settings.Connected = r.report.NinjaOne.OK && r.report.Accelo.OK
	r.report.Ready = r.settings.Connected && r.settings.RequestType.ID != 0 && r.settings.AssetType.ID != 0
	r.report.Capabilities = r.settings.Capabilities
}

func ninjaOneProblem(err error, url string) (problem string, reachable bool) {
	switch {
	case ninjaone.IsWrongRegion(err):
		return fmt.Sprintf("NinjaOne at %s does not know the client id: either NINJAONE_URL names another region than the one "+
			"the tenant lives in, or NINJAONE_CLIENT_ID is wrong", url), true
	case ninjaone.IsUnauthorized(err):
		return "NinjaOne does not accept the credentials: check NINJAONE_CLIENT_SECRET, or the legacy key pair, under " +
			"Administration > Apps > API", true
	case ninjaone.IsForbidden(err):
		return "NinjaOne accepts the credentials but not the call: give the application the scopes monitoring and management " +
			"under Administration > Apps > API", true
	}
	return fmt.Sprintf("NinjaOne at %s cannot be asked: %v", url, err), false
}

func acceloProblem(err error, url string) (problem string, reachable bool) {
	switch {
	case errors.Is(err, accelo.ErrUnknownDeployment):
		return fmt.Sprintf("Accelo knows no deployment at %s: check ACCELO_DEPLOYMENT, the first part of the address "+
			"https://LABEL.accelo.com", url), true
	case accelo.IsLockedOut(err):
		return "Accelo has locked the application out after too many failed attempts: correct the credentials and wait five minutes", true
	case accelo.IsUnauthorized(err):
		return "Accelo does not accept the credentials: check ACCELO_CLIENT_ID and ACCELO_CLIENT_SECRET, and any IP restriction, " +
			"under Configuration > API", true
	case accelo.IsForbidden(err):
		return fmt.Sprintf("Accelo accepts the credentials but refuses a call: the staff user of the service application needs "+
			"more permissions, and the application the scope write(all): %v", err), true
	}
	return fmt.Sprintf("Accelo at %s cannot be asked: %v", url, err), false
}
