package tenant

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/lenient"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/telemetry"
)

// Options configure a Provider. Metrics and Transport are optional.
type Options struct {
	Store *store.Store
	// Box opens and seals the stored credentials.
	Box *secret.Box
	// LostKey lets credentials that no key opens be replaced: a user has said that their key is lost.
	LostKey bool
	// Defaults are the options of connections for which nobody has chosen any.
	Defaults  config.Defaults
	Metrics   *telemetry.Metrics
	Logger    *slog.Logger
	Transport http.RoundTripper
	// Now is the clock of grants; nil means time.Now.
	Now func() time.Time
	// ReadLag is how long Accelo may not show what was written; 0 means ReadLag, the constant.
	ReadLag time.Duration
}

// Provider returns the connections of this installation, each with its clients. It is safe for concurrent use.
type Provider struct {
	options Options
	probes  *probes
	shares  *bulkheads
	reads   singleflight.Group

	mu      sync.Mutex
	clients map[string]*clients
	budgets map[string]*gauge
	// proposed are credentials of other accounts, or of another sign-in, by connection (see Save and Offer).
	proposed map[string]proposed
	// renewals bounds how many grants are renewed at once: each holds a connection to the database.
	renewals chan struct{}
}

// proposed are credentials that are not stored yet, with what users granted for them.
type proposed struct {
	vendors config.VendorCredentials
	grants  Grants
}

// gauge is the budget of a connection's deployment.
type gauge struct {
	*accelo.Budget
	pair store.Pair
	// saved is the reading that is stored.
	saved store.Budget
}

// clients are the clients of one version of a connection.
type clients struct {
	stored   store.Connection
	ninjaOne *ninjaone.Client
	accelo   *accelo.Client
	account  acceloAccount
	options  config.Options
	readLag  time.Duration
}

// connection returns what a caller needs of a connection.
func (c *clients) connection(stored store.Connection) Connection {
	return Connection{Connection: stored, NinjaOne: c.ninjaOne, Accelo: c.accelo, Options: c.options, readLag: c.readLag}
}

// acceloAccount identifies an Accelo client.
type acceloAccount struct {
	pair            int64
	url, id, secret string
	signIn          bool
}

// NewProvider returns a Provider that has no clients yet.
func NewProvider(options Options) *Provider {
	if options.Now == nil {
		options.Now = time.Now
	}
	p := &Provider{
		options: options, probes: newProbes(), renewals: make(chan struct{}, maxRenewals),
		clients: map[string]*clients{}, budgets: map[string]*gauge{}, proposed: map[string]proposed{},
	}
	p.shares = newBulkheads(options.Now, p.reportHanging)
	return p
}

// Connection returns a connection as it is stored now, whether it is set up or not. It returns store.ErrNotFound if there is
// none of that name.
func (p *Provider) Connection(ctx context.Context, name string) (Connection, error) {
	stored, err := p.options.Store.Connection(ctx, name)
	if err != nil {
		return Connection{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	current := p.clients[name]
	if current == nil || current.stored.Version != stored.Version {
		if current, err = p.build(stored, current); err != nil {
			return Connection{}, fmt.Errorf("connection %s: %w", name, err)
		}
		p.clients[name] = current
	}
	return current.connection(stored), nil
}

// Ready returns a connection that `connect` has set up. Any other is a Refusal that says what an administrator has to do.
func (p *Provider) Ready(ctx context.Context, name string) (Connection, error) {
	version, err := p.options.Store.ConnectionVersion(ctx, name)
	if err != nil {
		return ready(Connection{}, name, err)
	}
	return p.ReadyAt(ctx, name, version)
}

// ReadyAt is Ready for a caller that has just read the stored version: a known version is not read again. The stored budget,
// which has no version, may then be out of date.
func (p *Provider) ReadyAt(ctx context.Context, name string, version int64) (Connection, error) {
	p.mu.Lock()
	current := p.clients[name]
	p.mu.Unlock()
	if current == nil || current.stored.Version != version {
		connection, err := p.Connection(ctx, name)
		return ready(connection, name, err)
	}
	return ready(current.connection(current.stored), name, nil)
}

// Defaults returns the options of connections for which nobody has chosen any.
func (p *Provider) Defaults() config.Defaults { return p.options.Defaults }

// Options returns the options of a connection, whether it is set up or not, or store.ErrNotFound.
func (p *Provider) Options(ctx context.Context, name string) (config.Options, error) {
	stored, err := p.options.Store.Connection(ctx, name)
	if err != nil {
		return config.Options{}, err
	}
	return p.optionsOf(stored), nil
}

// Labels returns what a connection's deployment calls Accelo's objects, for steps that need nothing else of the connection.
// It returns Accelo's own labels if the connection can't be read.
func (p *Provider) Labels(ctx context.Context, name string) store.Labels {
	c, err := p.Ready(ctx, name)
	if err != nil {
		return store.Settings{}.Labels()
	}
	return c.Labels()
}

func (p *Provider) build(stored store.Connection, before *clients) (*clients, error) {
	opened, err := p.open(stored)
	if err != nil {
		return nil, err
	}
	built := &clients{stored: stored, account: acceloAccount{
		stored.PairNumber, stored.AcceloURL, opened.AcceloID, opened.AcceloSecret, opened.AcceloSignIn,
	}}
	if built.ninjaOne, err = p.ninjaOneClient(stored, opened, nil); err != nil {
		return nil, err
	}
	built.options, built.readLag = p.optionsOf(stored), cmp.Or(p.options.ReadLag, ReadLag)
	budget := p.budget(stored, built.options.BudgetReserve)
	if before != nil && before.account == built.account {
		built.accelo = before.accelo // keeps its token, and its limits on concurrent calls stay shared
		return built, nil
	}
	built.accelo, err = p.acceloClient(stored, opened, nil, budget)
	return built, err
}

// optionsOf returns the options of a connection. One that this version doesn't know, or doesn't understand, has its default.
func (p *Provider) optionsOf(stored store.Connection) config.Options {
	chosen := maps.Clone(stored.Chosen)
	for {
		options, err := p.options.Defaults.Resolve(chosen)
		var faults config.Faults
		if !errors.As(err, &faults) {
			return options
		}
		p.options.Logger.Warn("stored option not used", "connection", stored.Name, "reason", faults[0].Error())
		if _, known := chosen[faults[0].Variable]; !known { // a default is wrong: the program has refused that when it started
			return options
		}
		delete(chosen, faults[0].Variable)
	}
}

// budget returns the one gauge of a connection's pair. A new gauge starts with the last stored reading.
func (p *Provider) budget(stored store.Connection, reserve float64) *accelo.Budget {
	if known, ok := p.budgets[stored.Name]; ok && known.pair.Number == stored.PairNumber {
		known.SetReserve(reserve)
		return known.Budget
	}
	budget := accelo.NewBudget(reserve, nil)
	budget.Seed(accelo.BudgetState{
		Known: stored.Budget.Limit > 0, Limit: stored.Budget.Limit, Remaining: stored.Budget.Remaining,
		Reset: stored.Budget.Reset, Window: time.Duration(stored.Budget.WindowSeconds) * time.Second,
	})
	p.budgets[stored.Name] = &gauge{Budget: budget, pair: stored.Pair()}
	return budget
}

func (p *Provider) observeNinjaOne(ctx context.Context, call ninjaone.Call) {
	CountNinjaOne(ctx, call)
	if p.options.Metrics != nil {
		p.options.Metrics.VendorCall("ninjaone", call.Operation, telemetry.CallOutcome(call.StatusCode), call.Duration)
	}
}

// reportSkipped logs skipped records, and counts NinjaOne's in the context's Meter, so that an import can show them.
func (p *Provider) reportSkipped(connection string, vendor store.Vendor) func(context.Context, lenient.Skipped) {
	return func(ctx context.Context, skipped lenient.Skipped) {
		if vendor == store.NinjaOne {
			MeterFrom(ctx).skipped.Add(int64(skipped.Records))
		}
		p.options.Logger.WarnContext(ctx, "records without a readable ID skipped",
			"connection", connection, "vendor", string(vendor), "operation", skipped.Operation, "records", skipped.Records)
	}
}

func (p *Provider) observeAccelo(ctx context.Context, call accelo.Call) {
	CountAccelo(ctx, call)
	if p.options.Metrics != nil {
		p.options.Metrics.VendorCall("accelo", call.Operation, telemetry.CallOutcome(call.StatusCode), call.Duration)
	}
}

// budgetInterval is how often changed gauges are stored, for `status`, the page and the next start of a program.
const budgetInterval = time.Second

// Run stores changed budget gauges at intervals, and once more when ctx ends.
func (p *Provider) Run(ctx context.Context) {
	ticker := time.NewTicker(budgetInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			p.SaveBudgets(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			defer cancel()
			p.SaveBudgets(last)
			return
		}
	}
}

// SaveBudgets stores the budget gauges that have changed. A reading of a former pair is dropped.
func (p *Provider) SaveBudgets(ctx context.Context) {
	for pair, budget := range p.changedBudgets() {
		err := p.options.Store.SaveBudget(store.WithPair(ctx, pair), pair.Connection, budget)
		if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, store.ErrFormerPair) {
			p.options.Logger.WarnContext(ctx, "budget not stored", "connection", pair.Connection, "error", err)
		}
	}
}

func (p *Provider) changedBudgets() map[store.Pair]store.Budget {
	p.mu.Lock()
	defer p.mu.Unlock()
	changed := map[store.Pair]store.Budget{}
	for name, known := range p.budgets {
		state := known.State()
		if !state.Known {
			continue
		}
		if p.options.Metrics != nil {
			p.options.Metrics.AcceloBudget(name, state.Limit, state.Remaining, state.Reset)
		}
		reading := store.Budget{
			Limit: state.Limit, Remaining: state.Remaining, Reset: state.Reset, WindowSeconds: int(state.Window.Seconds()),
		}
		if known.saved != reading {
			known.saved = reading
			reading.SeenAt = time.Now().UTC()
			changed[known.pair] = reading
		}
	}
	return changed
}
