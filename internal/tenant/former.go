package tenant

import (
	"context"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/store"
)

// FormerDeployment is a deployment that a connection has left, with a client of its own.
type FormerDeployment struct {
	store.FormerDeployment
	Accelo *accelo.Client
	// Unopened is why there is no client: the stored credentials can't be opened.
	Unopened error
}

// FormerDeployments returns the deployments that a connection has left and that may still hold our webhook.
func (p *Provider) FormerDeployments(ctx context.Context, name string) ([]FormerDeployment, error) {
	stored, err := p.options.Store.FormerDeployments(ctx, name)
	former := make([]FormerDeployment, len(stored))
	for i, deployment := range stored {
		former[i].FormerDeployment = deployment
		former[i].Accelo, former[i].Unopened = p.formerClient(deployment)
	}
	return former, err
}

func (p *Provider) formerClient(former store.FormerDeployment) (*accelo.Client, error) {
	var opened credentials
	if err := p.unseal(acceloScope(former.LeftBy), former.AcceloSealed, &opened); err != nil {
		return nil, err
	}
	return p.acceloClient(store.Connection{Name: former.LeftBy, AcceloURL: former.AcceloURL}, opened, accelo.NewBudget(0, nil))
}
