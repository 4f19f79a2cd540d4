package vendors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/telemetry"
)

// Options is what a Provider needs; Transport may be nil.
type Options struct {
	Store *store.Store
	Box   *secret.Box
	// Reserve is the share of Accelo's budget that bulk work leaves to alerts.
	Reserve   float64
	Metrics   *telemetry.Metrics
	Logger    *slog.Logger
	Transport http.RoundTripper
}

// Provider knows the vendors of every connection. It is safe for concurrent use.
type Provider struct {
	options Options

	mu      sync.Mutex
	clients map[string]*clients
	budgets map[string]*accelo.Budget
	saved   map[string]store.Budget
}

// clients are those of one version of a connection.
type clients struct {
	stored   store.Connection
	ninjaOne *ninjaone.Client
	accelo   *accelo.Client
	// account is what the Accelo client speaks to, and as whom.
	account [3]string
}

var _ activities.Vendors = (*Provider)(nil)

// New makes a Provider that has no clients yet.
func New(options Options) *Provider {
	return &Provider{
		options: options, clients: map[string]*clients{}, budgets: map[string]*accelo.Budget{}, saved: map[string]store.Budget{},
	}
}

// Connection returns a connection as it is stored now, with clients made from its credentials.
func (p *Provider) Connection(ctx context.Context, name string) (activities.Connection, error) {
	stored, err := p.options.Store.Connection(ctx, name)
	if err != nil {
		return activities.Connection{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	current := p.clients[name]
	if current == nil || current.stored.Version != stored.Version {
		if current, err = p.build(stored, current); err != nil {
			return activities.Connection{}, fmt.Errorf("connection %s: %w", name, err)
		}
		p.clients[name] = current
	}
	return activities.Connection{Connection: stored, NinjaOne: current.ninjaOne, Accelo: current.accelo}, nil
}

// ConnectionAt returns a connection whose stored version the caller has just read, without reading it once more where that
// version is known. The stored budget, which has no versions, may then be out of date.
func (p *Provider) ConnectionAt(ctx context.Context, name string, version int64) (activities.Connection, error) {
	p.mu.Lock()
	current := p.clients[name]
	p.mu.Unlock()
	if current == nil || current.stored.Version != version {
		return p.Connection(ctx, name)
	}
	return activities.Connection{Connection: current.stored, NinjaOne: current.ninjaOne, Accelo: current.accelo}, nil
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
		built.accelo = before.accelo // its token is still good, and its limits on calls in flight must stay shared
		return built, nil
	}
	built.accelo, err = accelo.New(accelo.Options{
		BaseURL: stored.AcceloURL, ClientID: credentials.AcceloID, ClientSecret: credentials.AcceloSecret,
		Budget: p.budget(stored), Transport: p.options.Transport, Observe: p.observeAccelo(),
	})
	return built, err
}

// budget is the one gauge of a connection; a new one starts with what another process saw last.
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
	activities.CountNinjaOne(ctx, call)
	if p.options.Metrics != nil {
		p.options.Metrics.VendorCall("ninjaone", call.Operation, telemetry.CallOutcome(call.StatusCode), call.Duration)
	}
}

func (p *Provider) observeAccelo() func(context.Context, accelo.Call) {
	return func(ctx context.Context, call accelo.Call) {
		activities.CountAccelo(ctx, call)
		if p.options.Metrics != nil {
			p.options.Metrics.VendorCall("accelo", call.Operation, telemetry.CallOutcome(call.StatusCode), call.Duration)
		}
	}
}

// budgetInterval is how often the gauges are stored, for `status`, for metrics and for the next start of a program.
const budgetInterval = time.Second

// Run stores the budgets' gauges as they change, until ctx ends.
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

// SaveBudgets stores the gauges that have changed.
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
