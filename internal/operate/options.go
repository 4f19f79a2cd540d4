package operate

import (
	"context"
	"errors"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// ConnectionOptions are the options of a connection as texts, by name.
type ConnectionOptions struct {
	Options config.Chosen `json:"options"`
	// Defaults are the names of those that nobody has chosen.
	Defaults []string `json:"defaults"`
}

// SetOptions replaces the options that were chosen for a connection.
type SetOptions struct {
	Connection string
	// Options are the chosen ones. Those that are left out, or empty, get their defaults.
	Options config.Chosen
	// Before, unless it is nil, are the options that the user has seen. If someone else has changed them since, nothing is stored.
	Before *ConnectionOptions
}

// Options returns the options of a connection.
func (o *Operator) Options(ctx context.Context, actor Actor, name string) (ConnectionOptions, error) {
	if err := actor.require(Viewer); err != nil {
		return ConnectionOptions{}, err
	}
	stored, err := o.store.Connection(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return ConnectionOptions{}, unknownConnection(name)
	}
	if err != nil {
		return ConnectionOptions{}, err
	}
	options, err := o.options.Tenants.Options(ctx, name)
	return describe(options, stored.Chosen), err
}

func describe(options config.Options, chosen config.Chosen) ConnectionOptions {
	described := ConnectionOptions{Options: options.Values(), Defaults: []string{}}
	for _, name := range config.OptionNames() {
		if _, own := chosen[name]; !own {
			described.Defaults = append(described.Defaults, name)
		}
	}
	return described
}

// same reports whether a user who has seen these options has seen the chosen ones.
func (c ConnectionOptions) same(other ConnectionOptions) bool {
	if len(c.Defaults) != len(other.Defaults) {
		return false
	}
	for name, value := range c.Options {
		if other.Options[name] != value {
			return false
		}
	}
	return true
}

// SetOptions replaces the chosen options. They apply at once, in every process. A type that they name is looked for in Accelo. Options
// that someone else has changed meanwhile are a *ConflictError.
func (o *Operator) SetOptions(ctx context.Context, actor Actor, in SetOptions) (ConnectionOptions, error) {
	if err := actor.require(Administrator); err != nil {
		return ConnectionOptions{}, err
	}
	stored, err := o.store.Connection(ctx, in.Connection)
	if errors.Is(err, store.ErrNotFound) {
		return ConnectionOptions{}, unknownConnection(in.Connection)
	}
	if err != nil {
		return ConnectionOptions{}, err
	}
	before, err := o.options.Tenants.Options(ctx, in.Connection)
	if err != nil {
		return ConnectionOptions{}, err
	}
	changed := &ConflictError{Reason: "someone else has changed the options meanwhile: look at them and try again"}
	if in.Before != nil && !in.Before.same(describe(before, stored.Chosen)) {
		return describe(before, stored.Chosen), changed
	}
	chosen := clone(in.Options)
	after, err := o.resolve(chosen, stored.NinjaoneAuth == "legacy")
	if err != nil {
		return ConnectionOptions{}, err
	}
	if err := o.note(ctx, entryOf(actor, in.Connection, "change options"), "options", stored.Chosen, chosen); err != nil {
		return ConnectionOptions{}, err
	}
	err = o.store.SaveOptions(ctx, in.Connection, stored.Chosen, chosen)
	if errors.Is(err, store.ErrConnectionChanged) {
		return describe(before, stored.Chosen), changed
	}
	if err != nil {
		return ConnectionOptions{}, err
	}
	return describe(after, chosen), o.follow(ctx, in.Connection, before, after)
}

// follow carries out what changed options ask for beyond the next sync.
func (o *Operator) follow(ctx context.Context, name string, before, after config.Options) error {
	if before.RequestType != after.RequestType || before.AssetType != after.AssetType {
		_, err := o.setUp(ctx, name, connect.Choices{})
		return err
	}
	if (before.ReconcileInterval != after.ReconcileInterval || before.ImportInterval != after.ImportInterval) && o.options.Launcher != nil {
		_, _ = o.Schedule(ctx, name) // if Temporal is down, a worker does it
	}
	return nil
}

// resolve checks chosen options. The error is an *InvalidError that names them.
func (o *Operator) resolve(chosen config.Chosen, legacy bool) (config.Options, error) {
	options, err := o.options.Tenants.Defaults().Resolve(clone(chosen))
	if err != nil {
		return options, faultsError(err, nil)
	}
	if options.RemoteControl.Source == rules.RemoteControlLegacy && !legacy {
		return options, &InvalidError{Member: "remote_control", Reason: "remote_control is legacy, which needs NinjaOne's legacy pair of keys: " +
			"choose another source, or connect with these keys"}
	}
	return options, nil
}
