package activities

import (
	"context"
	"errors"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
)

// Vendors knows the two vendors of every connection.
type Vendors interface {
	// Connection returns a connection with clients that speak to its vendors; store.ErrNotFound where there is none.
	Connection(ctx context.Context, name string) (Connection, error)
	// ConnectionAt is Connection for a caller who has just read the stored version, and needs no reading where it is known.
	ConnectionAt(ctx context.Context, name string, version int64) (Connection, error)
}

// Connection is a connection as stored, with its clients.
type Connection struct {
	store.Connection
	NinjaOne *ninjaone.Client
	Accelo   *accelo.Client
}

// labels are what the deployment calls Accelo's objects: every text for people uses them.
func (c Connection) labels() store.Labels { return c.Settings.Labels() }

// Registrar registers our webhooks with both vendors, again where they are still there.
type Registrar interface {
	// RegisterWebhooks makes sure of Accelo's registration, and with ninjaOne makes that of NinjaOne anew. It returns how they
	// stand; the error is for what kept it from asking.
	RegisterWebhooks(ctx context.Context, connection string, ninjaOne bool) (flow.Webhooks, error)
}

// Deps is what the activities need. All fields are required.
type Deps struct {
	Store    *store.Store
	Vendors  Vendors
	Webhooks Registrar
	Options  Options
}

// Options are the operator's settings that concern the activities (interface section 2).
type Options struct {
	// AssetRefresh is how old last_online and last_update may grow before they alone cause a write.
	AssetRefresh time.Duration
	// RemoteControl tells where remote control links come from.
	RemoteControl RemoteControl
	// Alerts decide which alerts open a request.
	Alerts flow.AlertRules
	// ReopenWindow is how long after its end a request is reopened by the same fault; 0 is never.
	ReopenWindow time.Duration
	// OnReset and OnConvert are one of the choices below; empty is the first of them.
	OnReset, OnConvert string
}

// Choices of ON_RESET and ON_CONVERT.
const (
	OnResetClose          = "close"
	OnResetCloseUnclaimed = "close-unclaimed"
	OnResetNote           = "note"
	OnConvertReset        = "reset"
	OnConvertKeep         = "keep"
)

// Activities are all activities of the product. Method names are what histories refer to: never rename one.
type Activities struct {
	store    *store.Store
	vendors  Vendors
	webhooks Registrar
	options  Options
	probes   *probes
}

// New makes the activities; it fails when something they need is missing.
func New(deps Deps) (*Activities, error) {
	if deps.Store == nil || deps.Vendors == nil || deps.Webhooks == nil {
		return nil, errors.New("activities need a store, the vendors and somebody who registers webhooks")
	}
	return &Activities{
		store: deps.Store, vendors: deps.Vendors, webhooks: deps.Webhooks, options: deps.Options,
		probes: &probes{gates: map[string]chan struct{}{}},
	}, nil
}

// readyConnection is a connection that `connect` has found complete.
func (a *Activities) readyConnection(ctx context.Context, name string) (Connection, error) {
	version, err := a.store.ConnectionVersion(ctx, name)
	if err != nil {
		return Connection{}, err
	}
	connection, err := a.vendors.ConnectionAt(ctx, name, version)
	return ready(connection, name, err)
}

// labels are a connection's labels for texts of steps that need nothing else of it; Accelo's own where it cannot be had.
func (a *Activities) labels(ctx context.Context, name string) store.Labels {
	c, err := a.readyConnection(ctx, name)
	if err != nil {
		return store.Settings{}.Labels()
	}
	return c.labels()
}

func ready(connection Connection, name string, err error) (Connection, error) {
	if errors.Is(err, store.ErrNotFound) {
		return Connection{}, refusedf(UnknownConnection, "there is no connection %q: set its credentials, then run `starter connect`", name)
	}
	if err != nil {
		return Connection{}, err
	}
	if !connection.Settings.Connected {
		return Connection{}, refusedf(NotConnected, "connection %q is not set up yet: run `starter connect --connection %s`, which says what is missing",
			name, name)
	}
	return connection, nil
}
