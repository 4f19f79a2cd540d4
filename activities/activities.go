package activities

import (
	"errors"
	"time"

	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/evidence"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/importer"
	"ninjaone-accelo/internal/reconcile"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
	"ninjaone-accelo/internal/ticket"
)

// Deps are the dependencies of the activities. All fields are required.
type Deps struct {
	Store    *store.Store
	Tenants  *tenant.Provider
	Webhooks reconcile.Registrar
	Options  Options
}

// Options are the operator's settings that the activities need (interface.md 2).
type Options struct {
	// AssetRefresh is how old last_online and last_update may get before they alone cause a write.
	AssetRefresh time.Duration
	// RemoteControl says where remote control links come from.
	RemoteControl rules.RemoteControl
	// Alerts decide which alerts open a request.
	Alerts flow.AlertRules
	// ReopenWindow is how long after its end the same fault reopens a request; 0 means never.
	ReopenWindow time.Duration
	// OnReset is what a reset does to the request.
	OnReset rules.OnReset
	// OnConvert is what a conversion does to the alert.
	OnConvert rules.OnConvert
}

// Activities holds all activities of the product. Histories refer to its methods by name: never rename one.
type Activities struct {
	store      *store.Store
	tenants    *tenant.Provider
	options    Options
	reconciler *reconcile.Reconciler
	importer   *importer.Importer

	companies *company.Service
	assets    *asset.Service
	devices   *asset.Reader
	tickets   *ticket.Service

	severities *evidence.Severities
}

// New returns the activities, or an error if a dependency is missing.
func New(deps Deps) (*Activities, error) {
	if deps.Store == nil || deps.Tenants == nil || deps.Webhooks == nil {
		return nil, errors.New("activities: Store, Tenants and Webhooks are required")
	}
	options := deps.Options
	companies := company.New(deps.Store)
	assets := asset.New(deps.Store, deps.Tenants, companies, options.AssetRefresh)
	devices := asset.NewReader(deps.Store, options.RemoteControl)
	severities := &evidence.Severities{Store: deps.Store}
	return &Activities{
		store: deps.Store, tenants: deps.Tenants, options: options,
		companies: companies, assets: assets, devices: devices,
		tickets: ticket.New(deps.Store, deps.Tenants, companies, assets, devices, ticket.Options{
			ReopenWindow: options.ReopenWindow, OnReset: options.OnReset, OnConvert: options.OnConvert, RemoteControl: options.RemoteControl,
		}),
		reconciler: &reconcile.Reconciler{
			Store: deps.Store, Tenants: deps.Tenants, Webhooks: deps.Webhooks, Severities: severities,
			Alerts: options.Alerts, OnConvert: options.OnConvert,
		},
		importer: &importer.Importer{
			Store: deps.Store, Tenants: deps.Tenants, Companies: companies, Assets: assets, Devices: devices,
			Severities: severities, Alerts: options.Alerts,
		},
		severities: severities,
	}, nil
}
