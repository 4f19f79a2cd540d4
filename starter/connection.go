package main

import (
	"context"
	"errors"
	"fmt"

	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// storedConnection reads the connection that the command is for.
func (a *app) storedConnection(ctx context.Context, p *program.Program) (store.Connection, error) {
	connection, err := p.Store.Connection(ctx, a.connection)
	if errors.Is(err, store.ErrNotFound) {
		return connection, unknownConnection(a.connection)
	}
	return connection, err
}

// connected reads the connection together with its clients. Both vendors must have accepted its credentials before.
func (a *app) connected(ctx context.Context, p *program.Program) (tenant.Connection, error) {
	connection, err := p.Tenants.Connection(ctx, a.connection)
	if errors.Is(err, store.ErrNotFound) {
		return connection, unknownConnection(a.connection)
	}
	if err == nil && !connection.Settings.Connected {
		err = fmt.Errorf("connection %q is not set up: run `starter connect` to see what is missing", a.connection)
	}
	return connection, err
}

// unknownConnection names the remedy that there is: the environment defines the credentials of one connection only.
func unknownConnection(name string) error {
	if name == program.DefaultConnection {
		return fmt.Errorf("unknown connection %q: set the NINJAONE_* and ACCELO_* variables, then run `starter connect`", name)
	}
	return fmt.Errorf("unknown connection %q: `starter status` lists the connections", name)
}
