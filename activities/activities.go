package activities

import (
	"errors"
	"time"

	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/evidence"
	"ninjaone-accelo/internal/importer"
	"ninjaone-accelo/internal/reconcile"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
	"ninjaone-accelo/internal/testalert"
	"ninjaone-accelo/internal/ticket"
)

// Deps are the dependencies of the activities. All fields but Retention are required.
type Deps struct {
	Store    *store.Store
	Tenants  *tenant.Provider
	Webhooks reconcile.Registrar
	// Retention is how long what has ended is kept; zero means 400 days.
	Retention time.Duration
}

// Activities holds all activities of the product. Histories refer to its methods by name: never rename one.
type Activities struct {
	store      *store.Store
	tenants    *tenant.Provider
	reconciler *reconcile.Reconciler
	importer   *importer.Importer

	companies *company.Service
	assets    *asset.Service
	devices   *asset.Reader
	tickets   *ticket.Service

	severities *evidence.Severities
	tests      *testalert.Service
}

// New returns the activities, or an error if a dependency is missing.
func New(deps Deps) (*Activities, error) {
	if deps.Store == nil || deps.Tenants == nil || deps.Webhooks == nil {
		return nil, errors.New("activities: Store, Tenants and Webhooks are required")
	}
	companies := company.New(deps.Store)
	assets := asset.New(deps.Store, deps.Tenants, companies)
	devices := asset.NewReader(deps.Store)
	severities := &evidence.Severities{Store: deps.Store}
	return &Activities{
		store: deps.Store, tenants: deps.Tenants,
		companies: companies, assets: assets, devices: devices,
		tickets: ticket.New(deps.Store, deps.Tenants, companies, assets, devices),
		reconciler: &reconcile.Reconciler{
			Store: deps.Store, Tenants: deps.Tenants, Webhooks: deps.Webhooks, Severities: severities,
			Retention: deps.Retention,
		},
		importer: &importer.Importer{
			Store: deps.Store, Tenants: deps.Tenants, Companies: companies, Assets: assets, Devices: devices,
			Severities: severities,
		},
		severities: severities, tests: testalert.New(deps.Store, deps.Tenants),
	}, nil
}
