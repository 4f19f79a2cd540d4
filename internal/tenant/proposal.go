package tenant

import (
	"context"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/store"
)

// Proposal is a connection as a user wants it: with the clients of other credentials than the stored ones, or with the stored
// ones if nobody has proposed any. Nothing of it is stored yet.
type Proposal struct {
	Connection
	// Same says which accounts the proposal has in common with the stored connection.
	Same Same
	// Unopened is why the stored credentials could not be opened to compare them, nil if they could.
	Unopened error
	// vendors are the proposed credentials, nil if there are none, and grants what users granted for them.
	vendors *config.VendorCredentials
	grants  Grants
}

// Proposed returns the proposal for a connection: the credentials that Save refused to store in this process, or the stored ones.
// It returns store.ErrNotFound if there is no such connection.
func (p *Provider) Proposed(ctx context.Context, name string) (Proposal, error) {
	p.mu.Lock()
	offer, ok := p.proposed[name]
	p.mu.Unlock()
	vendors := offer.vendors
	if !ok {
		current, err := p.Connection(ctx, name)
		return Proposal{Connection: current, Same: Same{NinjaOne: true, Accelo: true}}, err
	}
	stored, err := p.options.Store.Connection(ctx, name)
	if err != nil {
		return Proposal{}, err
	}
	proposal := Proposal{vendors: &vendors, grants: offer.grants}
	if proposal.Same, _, err = p.compare(stored, vendors); err != nil {
		proposal.Unopened = err
	}
	opened := credentialsOf(vendors)
	stored.NinjaoneURL, stored.NinjaoneAuth = vendors.NinjaOne.URL, opened.auth()
	stored.AcceloURL, stored.Deployment = vendors.Accelo.URL, vendors.Accelo.Deployment
	proposal.Connection.Connection = stored
	if proposal.NinjaOne, err = p.ninjaOneClient(stored, opened, offer.grants.NinjaOne); err != nil {
		return Proposal{}, err
	}
	proposal.Options = p.optionsOf(stored)
	proposal.Accelo, err = p.acceloClient(stored, opened, offer.grants.Accelo, accelo.NewBudget(proposal.Options.BudgetReserve, nil))
	return proposal, err
}

// Offer makes credentials, and what users granted for them, the proposal for a connection until it is adopted or withdrawn.
func (p *Provider) Offer(name string, vendors config.VendorCredentials, grants Grants) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.proposed[name] = proposed{vendors: vendors, grants: grants}
}

// Propose returns the proposal for a connection that doesn't exist yet, or whose users have signed in again.
func (p *Provider) Propose(name string, vendors config.VendorCredentials, grants Grants, chosen config.Chosen) (Proposal, error) {
	opened := credentialsOf(vendors)
	stored := store.Connection{
		Name: name, NinjaoneURL: vendors.NinjaOne.URL, NinjaoneAuth: opened.auth(),
		AcceloURL: vendors.Accelo.URL, Deployment: vendors.Accelo.Deployment, Chosen: chosen,
	}
	proposal := Proposal{vendors: &vendors, grants: grants, Connection: Connection{Connection: stored, Options: p.optionsOf(stored)}}
	var err error
	if proposal.NinjaOne, err = p.ninjaOneClient(stored, opened, grants.NinjaOne); err != nil {
		return Proposal{}, err
	}
	proposal.Accelo, err = p.acceloClient(stored, opened, grants.Accelo, accelo.NewBudget(proposal.Options.BudgetReserve, nil))
	return proposal, err
}

// Create stores a connection that doesn't exist yet. It returns store.ErrConnectionChanged if it does.
func (p *Provider) Create(
	ctx context.Context, name string, vendors config.VendorCredentials, grants Grants, chosen config.Chosen,
) error {
	fresh, err := p.sealed(ctx, name, vendors, grants)
	if err != nil {
		return err
	}
	fresh.Chosen = chosen
	_, err = p.options.Store.MovePair(ctx, fresh)
	return err
}

// Holder returns the name of the connection that uses the same two accounts, or "". Two of them would bring in everything twice.
func (p *Provider) Holder(ctx context.Context, vendors config.VendorCredentials) (string, error) {
	connections, err := p.options.Store.Connections(ctx)
	if err != nil {
		return "", err
	}
	for _, connection := range connections {
		same, _, err := p.compare(connection, vendors)
		if err == nil && same == (Same{NinjaOne: true, Accelo: true}) {
			return connection.Name, nil
		}
	}
	return "", nil
}

// Adopt stores the credentials of a proposal as those of the connection's pair, with what is known of the pair now. It returns
// store.ErrConnectionChanged if another process changed the connection since it was read.
func (p *Provider) Adopt(ctx context.Context, proposal Proposal, identity store.Identity) error {
	if proposal.vendors != nil {
		fresh, err := p.sealed(ctx, proposal.Name, *proposal.vendors, proposal.grants)
		if err != nil {
			return err
		}
		fresh.Version = proposal.Version
		if err := p.options.Store.SaveCredentials(ctx, fresh); err != nil {
			return err
		}
		p.Withdraw(proposal.Name)
	}
	return p.options.Store.SaveIdentity(ctx, proposal.Name, identity)
}

// Move gives the connection to the pair of a proposal, which begins with nothing of the former one (see store.MovePair).
func (p *Provider) Move(ctx context.Context, proposal Proposal, identity store.Identity) (store.Pair, error) {
	fresh := proposal.Connection.Connection // the sealed credentials are the stored ones
	fresh.SignIns = []store.Vendor{store.NinjaOne, store.Accelo}
	if proposal.vendors != nil {
		var err error
		if fresh, err = p.sealed(ctx, proposal.Name, *proposal.vendors, proposal.grants); err != nil {
			return store.Pair{}, err
		}
	}
	fresh.Version, fresh.Identity = proposal.Version, identity
	pair, err := p.options.Store.MovePair(ctx, fresh)
	if err == nil {
		p.Withdraw(proposal.Name)
	}
	return pair, err
}

// Withdraw forgets the proposal of a connection.
func (p *Provider) Withdraw(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.proposed, name)
}

// ninjaOneClient returns a client with credentials. What a user granted, or the stored grant if that is nil, takes their place if users sign in.
func (p *Provider) ninjaOneClient(stored store.Connection, opened credentials, granted *Grant) (*ninjaone.Client, error) {
	options := p.ninjaOneOptions(stored.NinjaoneURL, opened)
	options.Skipped = p.reportSkipped(stored.Name, store.NinjaOne)
	options.Admit = p.shares.gate(stored.Name, store.NinjaOne, stored.NinjaoneURL)
	if opened.NinjaSignIn {
		tokens, err := p.tokens(stored, store.NinjaOne, opened, granted)
		if err != nil {
			return nil, err
		}
		options.Tokens = tokens
	}
	return ninjaone.New(options)
}

func (p *Provider) ninjaOneOptions(url string, opened credentials) ninjaone.Options {
	return ninjaone.Options{BaseURL: url, Credentials: opened.ninjaOne(), Transport: p.options.Transport, Observe: p.observeNinjaOne}
}

// acceloClient is the same for Accelo.
func (p *Provider) acceloClient(
	stored store.Connection, opened credentials, granted *Grant, budget *accelo.Budget,
) (*accelo.Client, error) {
	options := p.acceloOptions(stored.AcceloURL, opened)
	options.Budget, options.Skipped = budget, p.reportSkipped(stored.Name, store.Accelo)
	options.Admit = p.shares.gate(stored.Name, store.Accelo, stored.AcceloURL)
	if opened.AcceloSignIn {
		tokens, err := p.tokens(stored, store.Accelo, opened, granted)
		if err != nil {
			return nil, err
		}
		options.Tokens = tokens
	}
	return accelo.New(options)
}

func (p *Provider) acceloOptions(url string, opened credentials) accelo.Options {
	return accelo.Options{
		BaseURL: url, ClientID: opened.AcceloID, ClientSecret: opened.AcceloSecret, Transport: p.options.Transport, Observe: p.observeAccelo,
	}
}
