package operate

import (
	"context"
	"errors"
	"time"

	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Options are what an Operator works with.
type Options struct {
	Store   *store.Store
	Tenants *tenant.Provider
	// Launcher starts workflows. Operations that need one fail without it.
	Launcher *launch.Launcher
	// Connector returns what checks connections and sets them up, with the choices of a user.
	Connector func(connect.Choices) *connect.Connector
	// SignIns are the settings for users who sign in at the vendors.
	SignIns SignIns
	// Environ is the environment of the program, for diagnostics.
	Environ []string
	// Now is the clock of sign-ins; nil means time.Now.
	Now func() time.Time
}

// Operator carries out what users ask for. It is safe for concurrent use.
type Operator struct {
	options Options
	store   *store.Store
	types   requestTypes
}

// New returns an Operator.
func New(options Options) *Operator {
	return &Operator{options: options, store: options.Store}
}

var errNoTemporal = errors.New("this program is not connected to Temporal")

// begin checks the actor's role and binds the context to the pair that the connection has now.
func (o *Operator) begin(ctx context.Context, actor Actor, role Role, connection string) (context.Context, error) {
	if err := actor.require(role); err != nil {
		return ctx, err
	}
	bound, err := o.store.BindPair(ctx, connection)
	if errors.Is(err, store.ErrNotFound) {
		return ctx, unknownConnection(connection)
	}
	return bound, err
}

// launcher returns the launcher, or an *UnavailableError if there is none.
func (o *Operator) launcher() (*launch.Launcher, error) {
	if o.options.Launcher == nil {
		return nil, &UnavailableError{What: "Temporal", Err: errNoTemporal}
	}
	return o.options.Launcher, nil
}

// connect returns a connection that is set up, with its clients.
func (o *Operator) connect(ctx context.Context, name string) (tenant.Connection, error) {
	connection, err := o.options.Tenants.Connection(ctx, name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return connection, unknownConnection(name)
	case err == nil && !connection.Settings.Connected:
		return connection, &NotReadyError{Connection: name}
	}
	return connection, err
}
