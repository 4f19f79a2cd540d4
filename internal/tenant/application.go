package tenant

import (
	"context"

	"ninjaone-accelo/internal/store"
)

// application identifies a NinjaOne application.
type application struct{ url, id, key string }

func applicationOf(stored store.Connection, opened credentials) application {
	return application{stored.NinjaoneURL, opened.NinjaID, opened.LegacyID}
}

// usedApplications returns the NinjaOne applications of all connections whose credentials can be opened.
func (p *Provider) usedApplications(ctx context.Context) (map[application]bool, error) {
	connections, err := p.options.Store.Connections(ctx)
	used := map[application]bool{}
	for _, connection := range connections {
		if opened, openErr := p.open(connection); openErr == nil {
			used[applicationOf(connection, opened)] = true
		}
	}
	return used, err
}

// SharingWebhook returns the other connections that are set up with the NinjaOne application of a connection and receive webhooks: NinjaOne keeps
// one webhook for it. Applications that users sign in to may serve several tenants, so there the tenants have to be the same too.
func (p *Provider) SharingWebhook(ctx context.Context, name string) ([]string, error) {
	connections, err := p.options.Store.Connections(ctx)
	if err != nil {
		return nil, err
	}
	applications, signIn := map[string]application{}, false
	byName := map[string]store.Connection{}
	for _, connection := range connections {
		opened, err := p.open(connection)
		if err != nil { // it can't register anything either
			continue
		}
		applications[connection.Name], byName[connection.Name] = applicationOf(connection, opened), connection
		signIn = signIn || connection.Name == name && opened.NinjaSignIn
	}
	mine, known := applications[name]
	if !known {
		return nil, nil
	}
	var sharing []string
	for _, other := range connections {
		theirs, opened := applications[other.Name]
		if !opened || other.Name == name || theirs != mine || !other.Settings.Connected || other.Settings.PublicURL == "" {
			continue
		}
		if !signIn || sameTenant(byName[name].Identity.NinjaOne, other.Identity.NinjaOne) {
			sharing = append(sharing, other.Name)
		}
	}
	return sharing, nil
}

// sameTenant reports whether two connections know a device in common.
func sameTenant(one, other store.NinjaOneIdentity) bool {
	uids := map[string]bool{}
	for _, device := range one.Devices {
		uids[device.UID] = device.UID != ""
	}
	for _, device := range other.Devices {
		if uids[device.UID] {
			return true
		}
	}
	return false
}
