package program

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/telemetry"
	"ninjaone-accelo/internal/temporalx"
	"ninjaone-accelo/internal/tenant"
)

// startupTimeout bounds the wait for PostgreSQL, and for Temporal, if the program starts before them.
const startupTimeout = 30 * time.Second

// Program is a started worker or starter.
type Program struct {
	Config  config.Config
	Logger  *slog.Logger
	Metrics *telemetry.Metrics
	Store   *store.Store
	Tenants *tenant.Provider
	// OtherAccount is why the connection keeps other credentials than those of the environment, or nil.
	OtherAccount error

	environ []string
	// locked are the connections that checkKeys has complained about.
	locked []string
}

// Start opens the database, migrates its schema, and stores the connection that the environment defines. It does not replace an
// account that the connection uses by another one: that is for `connect`. It fails with a *tenant.WrongKeyError, before it stores anything, if
// secrets are stored and the keys of the environment open none of them.
func Start(ctx context.Context, settings config.Config, environ []string, logger *slog.Logger) (*Program, error) {
	return start(ctx, settings, environ, logger, false)
}

// StartWithLostKey is Start for a user who says that the key of the stored credentials is lost.
func StartWithLostKey(ctx context.Context, settings config.Config, environ []string, logger *slog.Logger) (*Program, error) {
	return start(ctx, settings, environ, logger, true)
}

func start(ctx context.Context, settings config.Config, environ []string, logger *slog.Logger, lostKey bool) (*Program, error) {
	metrics, err := telemetry.NewMetrics(logger)
	if err != nil {
		return nil, err
	}
	var previous [][]byte
	for _, key := range settings.PreviousKeys {
		previous = append(previous, []byte(key.Reveal()))
	}
	box, err := secret.New([]byte(settings.CredentialsKey.Reveal()), previous...)
	if err != nil {
		return nil, err
	}
	database, err := store.OpenWithin(ctx, startupTimeout, settings.DatabaseURL.Reveal(), store.Options{}, logger)
	if err != nil {
		return nil, err
	}
	p := &Program{Config: settings, Logger: logger, Metrics: metrics, Store: database, environ: environ}
	p.Tenants = tenant.NewProvider(tenant.Options{
		Store: database, Box: box, LostKey: lostKey, Defaults: settings.Options, Metrics: metrics, Logger: logger,
	})
	if err := p.unlock(ctx, settings.Vendors, lostKey); err != nil {
		database.Close()
		return nil, err
	}
	return p, nil
}

// unlock checks the keys, and stores the connection that the environment defines.
func (p *Program) unlock(ctx context.Context, vendors *config.VendorCredentials, lostKey bool) error {
	if !lostKey {
		if err := p.checkKeys(ctx); err != nil {
			return err
		}
	}
	if vendors == nil {
		return nil
	}
	err := p.Tenants.Save(ctx, rules.DefaultConnection, *vendors)
	if other := new(tenant.OtherAccountError); errors.As(err, &other) {
		p.OtherAccount = err
		return nil
	}
	if err != nil {
		return fmt.Errorf("store connection %q: %w", rules.DefaultConnection, err)
	}
	return nil
}

// WarnOtherAccount logs that the environment names another account than the connection uses, if it does.
func (p *Program) WarnOtherAccount(ctx context.Context) {
	if p.OtherAccount != nil {
		p.Logger.WarnContext(ctx, "credentials of the environment not used", "connection", rules.DefaultConnection, "reason", p.OtherAccount)
	}
}

// BindPair binds a context to the pair of accounts that a connection has now. What runs in it fails once the connection has moved
// to another pair, and what it starts in Temporal belongs to this one. The context of an unknown connection stays as it is.
func (p *Program) BindPair(ctx context.Context, connection string) (context.Context, error) {
	bound, err := p.Store.BindPair(ctx, connection)
	if errors.Is(err, store.ErrNotFound) {
		return ctx, nil
	}
	return bound, err
}

// Temporal connects to Temporal, and waits for it to start. The caller closes the client.
func (p *Program) Temporal(ctx context.Context) (client.Client, error) {
	return temporalx.DialWithin(ctx, p.TemporalOptions(), startupTimeout)
}

// TemporalOptions returns the options of every connection to Temporal.
func (p *Program) TemporalOptions() temporalx.Options {
	return temporalx.Options{Environ: p.environ, Logger: p.Logger, MetricsHandler: p.Metrics.TemporalHandler()}
}

// Launcher returns a Launcher, after registering our search attributes if possible.
func (p *Program) Launcher(ctx context.Context, temporal client.Client) (*launch.Launcher, error) {
	namespace, err := p.Namespace()
	if err != nil {
		return nil, err
	}
	attributes, err := temporalx.RegisterSearchAttributes(ctx, temporal, namespace, flow.SearchAttributes(), p.Logger)
	if err != nil {
		return nil, err
	}
	return launch.New(temporal, p.Config.TaskQueue, attributes), nil
}

// Operator returns what users may do to connections. The launcher is nil for a program that doesn't connect to Temporal.
func (p *Program) Operator(launcher *launch.Launcher) *operate.Operator {
	s := p.Config.SignIns
	return operate.New(operate.Options{
		Store: p.Store, Tenants: p.Tenants, Launcher: launcher, Connector: p.Connector, Environ: p.environ, SignIns: operate.SignIns{
			PublicURL: string(p.Config.PublicURL), NinjaOneURL: s.NinjaOneURL, NinjaOneClientID: s.NinjaOneClientID,
			NinjaOneClientSecret: s.NinjaOneClientSecret.Reveal(), AcceloClientID: s.AcceloClientID, AcceloClientSecret: s.AcceloClientSecret.Reveal(),
		},
	})
}

// Namespace returns the Temporal namespace that the environment names.
func (p *Program) Namespace() (string, error) {
	target, err := temporalx.Resolve(p.environ)
	return target.Namespace, err
}

// Close saves the API budgets and closes the database and the metrics.
func (p *Program) Close(ctx context.Context) error {
	p.Tenants.SaveBudgets(ctx)
	p.Store.Close()
	return p.Metrics.Close(ctx)
}
