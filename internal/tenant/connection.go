package tenant

import (
	"errors"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// Connection is a stored connection with the clients of its two vendors.
type Connection struct {
	store.Connection
	NinjaOne *ninjaone.Client
	Accelo   *accelo.Client
	readLag  time.Duration
	// Options are those that apply: chosen for the connection, or the installation's defaults.
	Options config.Options
}

// Labels returns what the deployment calls Accelo's objects. Every text that a user reads must use them.
func (c Connection) Labels() store.Labels { return c.Settings.Labels() }

// CanCreateAssets reports whether it is worth trying to create an asset: our asset type exists, and Accelo has not rejected
// such a call as unknown.
func (c Connection) CanCreateAssets() bool {
	able := c.Settings.Capabilities.CreateAssets
	return c.Settings.AssetType.ID != 0 && (able == nil || *able)
}

// Command is rules.Command for this connection.
func (c Connection) Command(format string, arguments ...any) string {
	return rules.Command(c.Name, format, arguments...)
}

// ready turns a connection that no flow can use into a refusal that says what an administrator has to do.
func ready(connection Connection, name string, err error) (Connection, error) {
	if errors.Is(err, store.ErrNotFound) {
		return Connection{}, Refusef(UnknownConnection, "there is no connection %q: set its credentials, then run `%s`", name,
			rules.Command(name, "connect"))
	}
	if err != nil {
		return Connection{}, err
	}
	if !connection.Settings.Connected {
		return Connection{}, Refusef(NotConnected, "connection %q is not set up yet: run `%s`, which says what is missing", name,
			rules.Command(name, "connect"))
	}
	return connection, nil
}
