package tenant

import (
	"errors"
	"fmt"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/store"
)

// Connection is a stored connection with the clients of its two vendors.
type Connection struct {
	store.Connection
	NinjaOne *ninjaone.Client
	Accelo   *accelo.Client
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

// Command returns what to type to run a starter command for this connection, without backticks. IDs mean another record in another one.
func (c Connection) Command(format string, arguments ...any) string {
	command := "starter " + fmt.Sprintf(format, arguments...)
	if c.Name == defaultName {
		return command
	}
	return command + " --connection " + c.Name
}

// defaultName is the connection that commands mean without --connection (interface.md 1).
const defaultName = "default"

// ready turns a connection that no flow can use into a refusal that says what an administrator has to do.
func ready(connection Connection, name string, err error) (Connection, error) {
	if errors.Is(err, store.ErrNotFound) {
		return Connection{}, Refusef(UnknownConnection, "there is no connection %q: set its credentials, then run `starter connect`", name)
	}
	if err != nil {
		return Connection{}, err
	}
	if !connection.Settings.Connected {
		return Connection{}, Refusef(NotConnected, "connection %q is not set up yet: run `starter connect --connection %s`, which says what is missing",
			name, name)
	}
	return connection, nil
}
