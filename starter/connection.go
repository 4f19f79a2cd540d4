package main

import (
	"context"
	"errors"
	"fmt"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
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
		err = notSetUp(a.connection)
	}
	return connection, err
}

// explain says what to do about the errors of operations that a command has its own words for.
func (a *app) explain(err error) error {
	var unknown *operate.NotFoundError
	var unready *operate.NotReadyError
	switch {
	case errors.As(err, &unknown) && unknown.What == "connection":
		return unknownConnection(a.connection)
	case errors.As(err, &unready):
		return notSetUp(unready.Connection)
	}
	return err
}

func notSetUp(name string) error {
	return fmt.Errorf("connection %q is not set up: run `%s` to see what is missing", name, rules.Command(name, "connect"))
}

// unknownConnection names the remedy that there is.
func unknownConnection(name string) error {
	if name == rules.DefaultConnection {
		return fmt.Errorf("unknown connection %q: set the NINJAONE_* and ACCELO_* variables, then run `starter connect`", name)
	}
	return fmt.Errorf("unknown connection %q: `starter status` lists the connections", name)
}
