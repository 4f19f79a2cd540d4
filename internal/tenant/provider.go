package tenant

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/telemetry"
)

// Options configure a Provider. Metrics and Transport are optional.
type Options struct {
	Store *store.Store
	// Box opens and seals the stored credentials.
	Box *secret.Box
	// Reserve is the share of Accelo's budget that bulk work leaves to alerts.
	Reserve   float64
	Metrics   *telemetry.Metrics
	Logger    *slog.Logger
	Transport http.RoundTripper
}

// Provider returns the connections of this installation, each with its clients. It is safe for concurrent use.
type Provider struct {
	options Options
	probes  *probes
	reads   singleflight.Group

	mu      sync.Mutex
	clients map[string]*clients
	budgets map[string]*accelo.Budget
	saved   map[string]store.Budget
}

// clients are the clients of one version of a connection.
type clients struct {
	stored   store.Connection
	ninjaOne *ninjaone.Client
	accelo   *accelo.Client
	// account identifies the Accelo client: its address, client ID and secret.
	account [3]string
}

// NewProvider returns a Provider that has no clients yet.
func NewProvider(options Options) *Provider {
	return &Provider{
		options: options, probes: newProbes(),
		clients: map[string]*clients{}, budgets: map[string]*accelo.Budget{}, saved: map[string]store.Budget{},
	}
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
	return Connection{Connection: stored, NinjaOne: current.ninjaOne, Accelo: current.accelo}, nil
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
	return ready(Connection{Connection: current.stored, NinjaOne: current.ninjaOne, Accelo: current.accelo}, name, nil)
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
	credentials, err := p.open(stored)
	if err != nil {
		return nil, err
	}
	built := &clients{
		stored: stored, account: [3]string{stored.AcceloURL, credentials.AcceloID, credentials.AcceloSecret},
	}
	if built.ninjaOne, err = ninjaone.New(ninjaone.Options{
		BaseURL: stored.NinjaoneURL, Credentials: credentials.ninjaOne(), PageSize: stored.Settings.PageSize,
		Transport: p.options.Transport, Observe: p.observeNinjaOne,
	}); err != nil {
		return nil, err
	}
	if before != nil && before.account == built.account {
		built.accelo = before.accelo // keeps its token, and its limits on concurrent calls stay shared
		return built, nil
	}
	built.accelo, err = accelo.New(accelo.Options{
		BaseURL: stored.AcceloURL, ClientID: credentials.AcceloID, ClientSecret: credentials.AcceloSecret,
		Budget: p.budget(stored), Transport: p.options.Transport, Observe: p.observeAccelo,
	})
	return built, err
}

// budget returns the one gauge of a connection. A new gauge starts with the last stored reading.
func (p *Provider) budget(stored store.Connection) *accelo.Budget {
	if gauge, ok := p.budgets[stored.Name]; ok {
		return gauge
	}
	gauge := accelo.NewBudget(p.options.Reserve, nil)
	gauge.Seed(accelo.BudgetState{
		Known: stored.Budget.Limit > 0, Limit: stored.Budget.Limit, Remaining: stored.Budget.Remaining,
		Reset: stored.Budget.Reset, Window: time.Duration(stored.Budget.WindowSeconds) * time.Second,
	})
	p.budgets[stored.Name] = gauge
	return gauge
}

func (p *Provider) observeNinjaOne(ctx context.Context, call ninjaone.Call) {
	CountNinjaOne(ctx, call)
	if p.options.Metrics != nil {
		p.options.Metrics.VendorCall("ninjaone", call.Operation, telemetry.CallOutcome(call.StatusCode), call.Duration)
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

// SaveBudgets stores the budget gauges that have changed.
func (p *Provider) SaveBudgets(ctx context.Context) {
	for name, budget := range p.changedBudgets() {
		if err := p.options.Store.SaveBudget(ctx, name, budget); err != nil && !errors.Is(err, context.Canceled) {
			p.options.Logger.WarnContext(ctx, "budget not stored", "connection", name, "error", err)
		}
	}
}

func (p *Provider) changedBudgets() map[string]store.Budget {
	p.mu.Lock()
	defer p.mu.Unlock()
	changed := map[string]store.Budget{}
	for name, gauge := range p.budgets {
		state := gauge.State()
		if !state.Known {
			continue
		}
		if p.options.Metrics != nil {
			p.options.Metrics.AcceloBudget(name, state.Limit, state.Remaining, state.Reset)
		}
		reading := store.Budget{
			Limit: state.Limit, Remaining: state.Remaining, Reset: state.Reset, WindowSeconds: int(state.Window.Seconds()),
		}
		if p.saved[name] != reading {
			p.saved[name] = reading
			reading.SeenAt = time.Now().UTC()
			changed[name] = reading
		}
	}
	return changed
}
