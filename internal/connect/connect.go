package connect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/admission"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Options are the settings that concern all connections.
type Options struct {
	// PublicURL is where the vendors reach `starter serve`. No webhooks are registered if it is empty.
	PublicURL string
	Choices
}

// Choices are what a user decides about one run.
type Choices struct {
	// RotateSecrets creates new webhook secrets. The old ones stay valid for deliveries already on their way.
	RotateSecrets bool
	// LostKey replaces credentials and webhook secrets that no key opens any more.
	LostKey bool
	// NewPair gives the connection to the accounts of the proposed credentials, which begin with nothing of the former ones.
	NewPair bool
	// SamePair vouches that the proposed credentials are for the same accounts as before, although the vendors don't confirm it.
	SamePair bool
}

// Connector sets up connections.
type Connector struct {
	store   *store.Store
	tenants *tenant.Provider
	options Options
}

// New returns a Connector.
func New(database *store.Store, provider *tenant.Provider, options Options) *Connector {
	return &Connector{store: database, tenants: provider, options: options}
}

// Run checks a connection, sets up what is missing, stores what it found, and reports. Problems with the vendors' accounts are
// in the report. Credentials of another account than the connection's are used only if they are for the same tenant and deployment,
// or if a user chose to move; otherwise Run stores nothing and reports that it refused. Run returns store.ErrNotFound if there is
// no such connection.
func (c *Connector) Run(ctx context.Context, name string) (Report, error) {
	const attempts = 5
	ctx = admission.WithPatience(ctx, patience)
	for attempt := 1; ; attempt++ {
		report, err := c.run(ctx, name)
		if !errors.Is(err, store.ErrConnectionChanged) || attempt == attempts {
			return report, err
		} // a worker has just learned something about the deployment, say
	}
}

// patience is how long a user waits, in all, while a vendor asks for a pause.
const patience = 20 * time.Second

// Check asks the vendors about the credentials of a connection that doesn't exist yet. It stores nothing.
func (c *Connector) Check(ctx context.Context, proposal tenant.Proposal) Report {
	run, ctx := c.newRun(proposal), admission.WithPatience(ctx, patience)
	run.checkNinjaOne(ctx)
	run.checkAccelo(ctx)
	return run.report
}

// CheckKeys is Check for the vendors that nobody has to sign in to first.
func (c *Connector) CheckKeys(ctx context.Context, proposal tenant.Proposal, ninjaOne, accelo bool) Report {
	run, ctx := c.newRun(proposal), admission.WithPatience(ctx, patience)
	if ninjaOne {
		run.checkNinjaOne(ctx)
	}
	if accelo {
		run.checkAccelo(ctx)
	}
	return run.report
}

func (c *Connector) run(ctx context.Context, name string) (Report, error) {
	proposal, err := c.tenants.Proposed(ctx, name)
	if err == nil && !c.options.LostKey {
		err = proposal.Unopened
	}
	if err != nil {
		return Report{}, err
	}
	run := c.newRun(proposal)
	run.checkNinjaOne(ctx)
	run.checkAccelo(ctx)
	run.report.Labels = run.settings.Labels()
	if c.options.PublicURL != "" {
		run.report.Webhooks = run.unregistered()
	}
	if run.report.unreachable != nil {
		return run.report, nil //nolint:nilerr // the report says which vendor is unreachable; what earlier runs found out stays
	}
	pair, err := c.settle(ctx, run)
	if err != nil || run.report.Pair.Change == PairRefused {
		return run.report, err
	}
	ctx = store.WithPair(ctx, pair)
	if err := c.setUp(ctx, run); err != nil {
		return run.report, err
	}
	doubts, err := c.LeaveFormer(ctx, name)
	run.report.Pair.Left = doubts
	return run.report, err
}

func (c *Connector) newRun(proposal tenant.Proposal) *run {
	connection := proposal.Connection
	return &run{
		Connection: connection, proposal: proposal, options: c.options, settings: connection.Settings,
		report: Report{
			Connection: connection.Name, Todo: []string{}, Webhooks: withoutURL(connection.Settings),
			NinjaOne:    NinjaOneReport{URL: connection.NinjaoneURL, Auth: connection.NinjaoneAuth},
			Accelo:      AcceloReport{URL: connection.AcceloURL, Deployment: connection.Deployment},
			Pair:        PairReport{Number: connection.PairNumber, Change: PairKept},
			RequestType: TypeReport{Title: connection.Options.RequestType},
			AssetType:   AssetTypeReport{TypeReport: TypeReport{Title: connection.Options.AssetType}, MissingFields: []string{}},
		},
	}
}

// setUp provisions what syncs need, registers the webhooks and stores the result. The accounts are those of the connection's pair.
func (c *Connector) setUp(ctx context.Context, run *run) error {
	run.provisionAccelo(ctx)
	run.report.Labels = run.settings.Labels()
	if run.report.unreachable != nil {
		if c.options.PublicURL != "" {
			run.report.Webhooks = run.unregistered()
		}
		return nil
	}
	if c.options.PublicURL != "" {
		run.settings.PublicURL = c.options.PublicURL
		run.report.Webhooks = run.unregistered()
		secrets, err := c.tenants.EnsureWebhookSecrets(ctx, run.Name, c.options.RotateSecrets)
		if err != nil {
			return err
		}
		run.registerWebhooks(ctx, secrets)
		if err := c.takeOver(ctx, run); err != nil {
			return err
		}
	}
	run.conclude()
	if err := c.store.SaveSettings(ctx, run.Name, run.settings, run.report.Ready, run.report.Todo); err != nil {
		return err
	}
	return c.beginLog(ctx, run)
}

// beginLog stores where NinjaOne's activity log ends now. Reconciliations read it from there.
func (c *Connector) beginLog(ctx context.Context, run *run) error {
	state, err := c.store.ReconcileState(ctx, run.Name)
	if err != nil || state.Cursor != 0 || !run.report.NinjaOne.OK {
		return err
	}
	page, err := run.NinjaOne.Activities(ctx, ninjaone.ActivityQuery{PageSize: 10})
	if err != nil {
		return nil //nolint:nilerr // then the first reconciliation sets the cursor
	}
	return c.store.InitCursor(ctx, run.Name, max(page.NewestID(), 1), time.Now())
}

// RegisterWebhooks maintains the webhooks of a connection that is set up: Accelo's always, NinjaOne's on demand because it
// can't be read, only registered again. It implements activities.Registrar.
func (c *Connector) RegisterWebhooks(ctx context.Context, name string, ninjaOne bool) (flow.Webhooks, error) {
	connection, err := c.tenants.Connection(ctx, name)
	if err != nil {
		return flow.Webhooks{}, err
	}
	options := c.options
	// The webhooks stay where `connect` registered them.
	if options.PublicURL = cmp.Or(connection.Settings.PublicURL, options.PublicURL); options.PublicURL == "" {
		return flow.Webhooks{NinjaOne: noPublicURL, Accelo: noPublicURL}, nil
	}
	secrets, err := c.tenants.EnsureWebhookSecrets(ctx, name, false)
	if err != nil {
		return flow.Webhooks{}, err
	}
	run := &run{Connection: connection, options: options}
	webhooks := flow.Webhooks{NinjaOne: flow.Registered, Accelo: run.registerAccelo(ctx, secrets)}
	holder, err := c.webhookHolder(ctx, name)
	switch {
	case err != nil:
		return flow.Webhooks{}, err
	case holder != "":
		webhooks.NinjaOne, webhooks.Todo = heldBy(holder), sharedToDo(holder, name, name)
	case ninjaOne:
		webhooks.NinjaOne = run.registerNinjaOne(ctx, secrets)
	}
	return webhooks, nil
}

// Why no webhook is registered.
const (
	noPublicURL  = "not registered: PUBLIC_URL is not set"
	urlRemoved   = "not checked: PUBLIC_URL is no longer set"
	notAccepted  = "not registered: credentials not accepted"
	notAttempted = "not checked: a vendor could not be reached"
)

// withoutURL is the state of the webhooks while PUBLIC_URL is not set. Webhooks of an earlier run stay registered.
func withoutURL(settings store.Settings) flow.Webhooks {
	if settings.PublicURL != "" {
		return flow.Webhooks{NinjaOne: urlRemoved, Accelo: urlRemoved}
	}
	return flow.Webhooks{NinjaOne: noPublicURL, Accelo: noPublicURL}
}

// run is one Run of a Connector.
type run struct {
	tenant.Connection
	proposal tenant.Proposal
	options  Options
	settings store.Settings
	report   Report
	// deployment is what Accelo says the credentials belong to.
	deployment accelo.Deployment
}

// unregistered is the state of the webhooks before they are registered.
func (r *run) unregistered() flow.Webhooks {
	if r.report.unreachable != nil {
		return flow.Webhooks{NinjaOne: notAttempted, Accelo: notAttempted}
	}
	return flow.Webhooks{NinjaOne: notAccepted, Accelo: notAccepted}
}

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
	if _, err := r.NinjaOne.FirstDevices(ctx, 1); err != nil {
		r.report.unreachable = fmt.Errorf("cannot reach NinjaOne at %s: %w", r.NinjaoneURL, err)
	}
}

// checkAccelo calls Accelo without credentials first, which tells a wrong deployment label from a wrong secret (accelo.md 1, accelo.md 11).
func (r *run) checkAccelo(ctx context.Context) {
	err := r.Accelo.CheckDeployment(ctx)
	if err == nil {
		err = r.readAccount(ctx)
	}
	r.concludeAccelo(err)
}

// provisionAccelo finds and creates what syncs need in Accelo, if it accepts the credentials.
func (r *run) provisionAccelo(ctx context.Context) {
	if r.report.Accelo.OK {
		r.concludeAccelo(r.provision(ctx))
	}
}

// concludeAccelo reports what came of calls to Accelo.
func (r *run) concludeAccelo(err error) {
	r.report.Accelo.Remaining = r.Accelo.Budget().State().Remaining
	if r.report.Accelo.OK = err == nil; err == nil {
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
	var err error
	if r.deployment, err = r.Accelo.Deployment(ctx); err != nil {
		return err
	}
	r.report.Accelo.Deployment = cmp.Or(r.deployment.Label, r.report.Accelo.Deployment)
	user, err := r.Accelo.User(ctx)
	if err != nil && !isOptional(err) {
		return err
	}
	r.settings.Titles = map[string]store.Label{}
	for object, titles := range user.Titles {
		r.settings.Titles[object] = store.Label{SingularTitle: titles.Singular, PluralTitle: titles.Plural}
	}
	return nil
}

// conclude decides whether syncs can run: both vendors accept the credentials, and both types exist.
func (r *run) conclude() {
	r.settings.Connected = r.report.NinjaOne.OK && r.report.Accelo.OK
	r.report.Ready = r.settings.Connected && r.settings.RequestType.ID != 0 && r.settings.AssetType.ID != 0
	r.report.Capabilities = r.settings.Capabilities
}

func ninjaOneProblem(err error, url string) (problem string, reachable bool) {
	var ended *tenant.EndedGrantError
	switch {
	case errors.As(err, &ended):
		return ended.Error(), true
	case ninjaone.IsWrongRegion(err):
		return fmt.Sprintf("NinjaOne at %s does not know the client ID: NINJAONE_URL names another region than your tenant's, "+
			"or NINJAONE_CLIENT_ID is wrong", url), true
	case ninjaone.IsUnauthorized(err):
		return "NinjaOne does not accept the credentials: compare NINJAONE_CLIENT_SECRET, or the legacy key pair, with " +
			"Administration > Apps > API", true
	case ninjaone.IsForbidden(err):
		return "NinjaOne accepts the credentials but rejects the call: give the application the scopes monitoring and management " +
			"under Administration > Apps > API", true
	}
	return fmt.Sprintf("cannot reach NinjaOne at %s: %v", url, err), false
}

func acceloProblem(err error, url string) (problem string, reachable bool) {
	var ended *tenant.EndedGrantError
	switch {
	case errors.As(err, &ended):
		return ended.Error(), true
	case errors.Is(err, accelo.ErrUnknownDeployment):
		return fmt.Sprintf("There is no Accelo deployment at %s: check ACCELO_DEPLOYMENT, the LABEL in https://LABEL.accelo.com", url), true
	case accelo.IsLockedOut(err):
		return "Accelo has locked out the application after too many failed attempts: correct the credentials and wait 5 minutes", true
	case accelo.IsUnauthorized(err):
		return "Accelo does not accept the credentials: check ACCELO_CLIENT_ID and ACCELO_CLIENT_SECRET, and any IP restriction, " +
			"under Configuration > API", true
	case accelo.IsForbidden(err):
		return fmt.Sprintf("Accelo accepts the credentials but rejects a call: give the application the scope write(all), and its staff "+
			"user more permissions: %v", err), true
	}
	return fmt.Sprintf("cannot reach Accelo at %s: %v", url, err), false
}
