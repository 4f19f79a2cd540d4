package simulation

import (
	"context"
	"net/http"
	"time"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// accountsChange is the only act that changes what a life is about: from then on its vendors are others.
const accountsChange = "an operator connects another tenant and deployment"

// accounts are one tenant of NinjaOne and one deployment of Accelo.
type accounts struct {
	ninjaURL, acceloURL, deployment string
	ninjaOne                        *ninjaone.Simulator
	accelo                          *accelo.Simulator
	organizations                   []string
}

// pairs are the accounts of a life, one after the other: in both, records have the same ids.
type pairs struct {
	former  *accounts
	current accounts
	movedAt time.Time
	bound   context.Context //nolint:containedctx // it only carries the pair
}

// firstAccounts are those that a life begins with.
func firstAccounts() accounts {
	return accounts{ninjaURL: ninjaURL, acceloURL: acceloURL, deployment: "calloway", organizations: []string{"Planet Express", "Momcorp"}}
}

// secondAccounts are those that an operator may connect later.
func secondAccounts() accounts {
	return accounts{
		ninjaURL: "https://other.ninjaone.example", acceloURL: "https://wernstrom.api.accelo.com", deployment: "wernstrom",
		organizations: []string{"Wernstrom Labs", "Calloway Accounting"},
	}
}

// open opens accounts and makes them those of the life.
func (l *life) open(a accounts) {
	a.ninjaOne = ninjaone.New(ninjaone.Options{NewUID: l.newUID, Deliver: courier{l}, Switches: l.plan.ninjaOne})
	a.accelo = accelo.New(accelo.Options{Deliver: courier{l}, Deployment: a.deployment, Switches: l.plan.accelo, RateLimit: 1_000_000})
	l.pairs.current, l.ninjaOne, l.accelo = a, a.ninjaOne, a.accelo
	l.populate()
}

func (a accounts) credentials() config.VendorCredentials {
	return config.VendorCredentials{
		NinjaOne: config.NinjaOne{URL: a.ninjaURL, ClientID: "demo-client", ClientSecret: "demo-secret"},
		Accelo: config.Accelo{
			URL: a.acceloURL, Deployment: a.deployment, ClientID: accelo.DefaultClientID, ClientSecret: accelo.DefaultClientSecret,
		},
	}
}

func (a accounts) vendor(address string) (string, http.Handler) {
	switch address {
	case a.ninjaURL:
		return "ninjaone", a.ninjaOne
	case a.acceloURL:
		return "accelo", a.accelo
	}
	return "", nil
}

// close ends the vendors.
func (p pairs) close() {
	for _, a := range []*accounts{p.former, &p.current} {
		if a != nil && a.ninjaOne != nil {
			a.ninjaOne.Close()
			a.accelo.Close()
		}
	}
}

// changeAccounts lets an operator set other credentials and run `starter connect --new-pair`. What is under way goes on.
func (l *life) changeAccounts(a act) string {
	if a.name != accountsChange || l.pairs.former != nil {
		return ""
	}
	former := l.pairs.current
	l.pairs.former, l.people, l.later, l.down = &former, newLedger(), nil, map[string]time.Time{}
	l.open(secondAccounts())
	l.scheduler.quiet = true // the run is one step
	defer func() { l.scheduler.quiet = false }()
	ctx := context.Background()
	_ = l.tenants.Save(ctx, connection, l.pairs.current.credentials()) // it leaves the decision to connect
	connector := connect.New(l.store, l.tenants, connect.Options{PublicURL: publicURL, Choices: connect.Choices{NewPair: true}})
	report, err := connector.Run(ctx, connection)
	if err == nil {
		err = l.bind(ctx)
	}
	if err != nil || !report.Ready {
		l.problemf("connect other accounts: %v, %v", err, report.Todo)
	}
	l.pairs.movedAt = time.Now()
	return a.name
}

// bind lets what programs start belong to the pair that is current now, as theirs does.
func (l *life) bind(ctx context.Context) error {
	pair, err := l.store.CurrentPair(ctx, connection)
	if err != nil {
		return err
	}
	l.pairs.bound = flow.WithPair(store.WithPair(ctx, pair), flow.Pair{Connection: connection, Number: pair.Number})
	return nil
}

// observePair checks that nothing writes to the current deployment that began when the connection had another one.
func (l *life) observePair(who *actor, vendor string, request *http.Request) {
	if l.pairs.former == nil || vendor != "accelo" || request.Method == http.MethodGet || who == nil || who.task == nil {
		return
	}
	for _, e := range l.temporal.Executions() {
		if e.RunID == who.task.RunID && e.Started.Before(l.pairs.movedAt) {
			l.problemf("wrong: a workflow of the former accounts wrote to the current deployment")
		}
	}
}

// judgePair checks that every request is about an alert of the current tenant, and is filed with the company of its organization.
func (l *life) judgePair() {
	world, ninja := l.accelo.Snapshot(), l.ninjaOne.Snapshot()
	if l.pairs.former == nil {
		return
	}
	companies := map[int64]string{}
	for _, affiliation := range world.Affiliations {
		for _, company := range world.Companies {
			if company.ID == affiliation.CompanyID {
				companies[affiliation.ID] = plain(company.Name)
			}
		}
	}
	for _, request := range l.ours(func(accelo.Request) bool { return true }) {
		f := l.people.fired[uidOf(request)]
		if f == nil {
			l.problemf("wrong: the alert of another tenant has a request")
			continue
		}
		for _, device := range ninja.Devices {
			for _, organization := range ninja.Organizations {
				if device.ID == f.device && organization.ID == device.OrganizationID && !l.people.renamedCompany() &&
					companies[request.AffiliationID] != plain(organization.Name) {
					l.problemf("wrong: a request is filed with another company")
				}
			}
		}
	}
}
