package connect

import (
	"context"
	"strconv"
	"time"

	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// formerTimeout bounds the calls to the accounts that a connection may be about to leave.
const formerTimeout = 20 * time.Second

// settle decides whether the credentials of a run are for the connection's pair of accounts, and stores them: for the same pair,
// which keeps everything, or for a new one, which begins with nothing. Otherwise it reports that it refused.
func (c *Connector) settle(ctx context.Context, run *run) (store.Pair, error) {
	if !run.asked() {
		run.refuseUnasked()
		return store.Pair{}, nil
	}
	former, err := c.former(ctx, run)
	if err != nil {
		return store.Pair{}, err
	}
	found := run.identify(ctx)
	verdict := run.judge(ctx, former)
	holdings, err := c.store.Holdings(ctx, run.Name)
	if err != nil {
		return store.Pair{}, err
	}
	run.report.Pair.Reason = verdict.reason
	switch {
	case verdict.is == samePair, run.options.SamePair && !run.options.NewPair:
		return c.adopt(ctx, run, orKnown(found, former.identity))
	case holdings.Empty(), run.options.NewPair:
		return c.move(ctx, run, found)
	}
	run.refuse(holdings)
	if run.proposal.Same == (tenant.Same{NinjaOne: true, Accelo: true}) { // flows use these credentials right now
		run.settings.Connected = false
		err = c.store.SaveSettings(ctx, run.Name, run.settings, false, run.report.Todo)
	}
	return store.Pair{}, err
}

// asked reports whether every vendor could be asked whose account it is. One that rejects the credentials of the same application
// is still the same account.
func (r *run) asked() bool {
	return (r.report.NinjaOne.OK || r.proposal.Same.NinjaOne) && (r.report.Accelo.OK || r.proposal.Same.Accelo)
}

// adopt stores the credentials of the same pair.
func (c *Connector) adopt(ctx context.Context, run *run, identity store.Identity) (store.Pair, error) {
	if err := c.tenants.Adopt(ctx, run.proposal, identity); err != nil {
		return store.Pair{}, err
	}
	return run.Pair(), c.reload(ctx, run)
}

// move gives the connection to the pair of the run's credentials.
func (c *Connector) move(ctx context.Context, run *run, identity store.Identity) (store.Pair, error) {
	pair, err := c.tenants.Move(ctx, run.proposal, identity)
	if err != nil {
		return store.Pair{}, err
	}
	run.report.Pair.Number, run.report.Pair.Change = pair.Number, PairMoved
	run.settings = store.Settings{Titles: run.settings.Titles}
	return pair, c.reload(ctx, run)
}

// reload makes a run go on with the stored connection, whose clients are those of every other program.
func (c *Connector) reload(ctx context.Context, run *run) error {
	current, err := c.tenants.Connection(ctx, run.Name)
	if err == nil {
		run.Connection = current
	}
	return err
}

// formerPair is what a connection knows about the pair that it has.
type formerPair struct {
	identity store.Identity
	// names are the organizations' names by their last import, by id.
	names map[int]string
	// clients is the connection with its stored credentials, nil if they can't be opened or are those of the run.
	clients *tenant.Connection
}

// former reads what the connection knows about its pair. A connection of an earlier version knows nothing yet: then the accounts it
// has are asked with its stored credentials, before other ones replace them.
func (c *Connector) former(ctx context.Context, r *run) (formerPair, error) {
	former := formerPair{identity: r.Identity, names: map[int]string{}}
	links, err := c.store.LinksByID(ctx, r.Name, store.Organizations, organizationIDs(r.Identity.NinjaOne))
	if err != nil {
		return former, err
	}
	for _, known := range r.Identity.NinjaOne.Organizations {
		former.names[known.ID] = links[strconv.Itoa(known.ID)].Facts.Name
	}
	if r.proposal.Same.NinjaOne && r.proposal.Same.Accelo {
		return former, nil
	}
	stored, err := c.tenants.Connection(ctx, r.Name)
	if err != nil {
		if r.proposal.Unopened != nil {
			return former, nil //nolint:nilerr // the user chose to replace credentials that can't be opened
		}
		return former, err
	}
	former.clients = &stored
	former.ask(ctx, r.proposal.Same)
	return former, nil
}

// ask completes what is not known about the accounts that the run would leave. What can't be found out stays unknown.
func (f *formerPair) ask(ctx context.Context, same tenant.Same) {
	ctx, cancel := context.WithTimeout(ctx, formerTimeout)
	defer cancel()
	if !same.Accelo && f.identity.Accelo.Deployment == "" {
		f.identity.Accelo = askAccelo(ctx, *f.clients)
	}
	if !same.NinjaOne && len(f.identity.NinjaOne.Devices)+len(f.identity.NinjaOne.Organizations) == 0 {
		f.identity.NinjaOne, _ = sample(ctx, f.clients.NinjaOne)
	}
}
