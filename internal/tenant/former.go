package tenant

import (
	"context"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/store"
)

// FormerDeployment is a pair of accounts that a connection has left, with clients of its own.
type FormerDeployment struct {
	store.FormerDeployment
	Accelo *accelo.Client
	// NinjaOne is nil if nothing is owed to the tenant: a connection uses the same application, which has only one webhook.
	NinjaOne *ninjaone.Client
	// Unopened is why there are no clients: the stored credentials can't be opened.
	Unopened error
}

// FormerDeployments returns the pairs of accounts that a connection has left and that may still hold our webhooks.
func (p *Provider) FormerDeployments(ctx context.Context, name string) ([]FormerDeployment, error) {
	stored, err := p.options.Store.FormerDeployments(ctx, name)
	if err != nil || len(stored) == 0 {
		return nil, err
	}
	used, err := p.usedApplications(ctx)
	if err != nil {
		return nil, err
	}
	former := make([]FormerDeployment, len(stored))
	for i, deployment := range stored {
		former[i].FormerDeployment = deployment
		former[i].Unopened = p.openFormer(&former[i], used)
	}
	return former, nil
}

func (p *Provider) openFormer(former *FormerDeployment, used map[application]bool) (err error) {
	var opened credentials
	if err = p.unseal(acceloScope(former.LeftBy), former.AcceloSealed, &opened); err != nil {
		return err
	}
	account := store.Connection{Name: former.LeftBy, AcceloURL: former.AcceloURL, NinjaoneURL: former.NinjaoneURL}
	granted, err := p.formerGrant(former.LeftBy, store.Accelo, former.AcceloGrant)
	if err != nil {
		return err
	}
	if former.Accelo, err = p.acceloClient(account, opened, granted, accelo.NewBudget(0, nil)); err != nil || former.NinjaoneSealed == nil {
		return err
	}
	if err = p.unseal(ninjaOneScope(former.LeftBy), former.NinjaoneSealed, &opened); err != nil {
		return err
	}
	if !used[applicationOf(account, opened)] {
		if granted, err = p.formerGrant(former.LeftBy, store.NinjaOne, former.NinjaoneGrant); err == nil {
			former.NinjaOne, err = p.ninjaOneClient(account, opened, granted)
		}
	}
	return err
}

// formerGrant returns what a user granted in an account that a connection has left, nil if nobody signed in there. It is not renewed: our
// webhooks are removed at once or, if the account doesn't answer, as long as the access token works.
func (p *Provider) formerGrant(connection string, vendor store.Vendor, sealed []byte) (*Grant, error) {
	if sealed == nil {
		return &Grant{}, nil
	}
	grant, err := p.openGrant(connection, store.Grant{Vendor: vendor, Sealed: sealed})
	return &grant, err
}
