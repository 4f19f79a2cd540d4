package mapping

import (
	"context"
	"fmt"
	"slices"

	"ninjaone-accelo/internal/corrections"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Mapper changes the mapping of connections on behalf of one user.
type Mapper struct {
	store     *store.Store
	connect   corrections.ConnectFunc
	corrector *corrections.Corrector
	actor     string
}

// New returns a Mapper. Histories name actor as the author of every change.
func New(database *store.Store, connect corrections.ConnectFunc, actor string) *Mapper {
	return &Mapper{store: database, connect: connect, corrector: corrections.New(database, connect, actor), actor: actor}
}

// Wish is what a user wants for an organization. A nil member leaves it as it is.
type Wish struct {
	NinjaID string
	// Sync switches the organization on or off.
	Sync *bool
	// CompanyID is the company that it goes to; 0 lets matching decide.
	CompanyID *int64
	// AffiliationID is the contact of its requests and assets; 0 stands for the company's primary contact.
	AffiliationID *int64
}

// Fault is why a wish can't be granted.
type Fault struct {
	// Index is the number of the wish, from 0.
	Index int
	// Member is what is wrong: "id", "company_id" or "affiliation_id".
	Member string
	Reason string
}

// Planned is a change that a wish makes, and what the organization was before.
type Planned struct {
	Organization store.ListedOrganization
	Change       store.OrganizationChange
	// CompanyID is the company that the organization goes to afterwards, 0 if matching decides, and Company its name.
	CompanyID int64
	Company   string
}

// Changes reports whether anything changes.
func (p Planned) Changes() bool { return p.Change.Link != nil || p.Change.Before != p.Change.After }

// Apply stores planned changes: all of them, or none.
func (m *Mapper) Apply(ctx context.Context, connection string, planned []Planned) error {
	changes := make([]store.OrganizationChange, 0, len(planned))
	for _, plan := range planned {
		if plan.Changes() {
			changes = append(changes, plan.Change)
		}
	}
	return m.store.ChangeOrganizations(ctx, connection, changes)
}

// Plan checks wishes, live in both vendors as far as that is needed, and returns the changes that they make, in the same order. If there are
// faults, the changes are of no use.
func (m *Mapper) Plan(ctx context.Context, connection string, wishes []Wish) ([]Planned, []Fault, error) {
	p := &plan{mapper: m, connection: connection, wishes: wishes, planned: make([]Planned, len(wishes)), byID: map[string]int{}}
	for _, step := range []func(context.Context) error{p.readOrganizations, p.readCompanies, p.choose, p.checkOwners, p.checkContacts} {
		if err := step(ctx); err != nil {
			return nil, nil, err
		}
	}
	slices.SortStableFunc(p.faults, func(a, b Fault) int { return a.Index - b.Index })
	return p.planned, p.faults, nil
}

// vendors returns the connection with its clients. It is made only if something has to be asked for.
func (p *plan) vendors(ctx context.Context) (tenant.Connection, error) {
	if p.tenant == nil {
		connection, err := p.mapper.connect(ctx, p.connection)
		if err != nil {
			return connection, err
		}
		p.tenant = &connection
	}
	return *p.tenant, nil
}

func (p *plan) fault(index int, member, format string, arguments ...any) {
	p.faults = append(p.faults, Fault{Index: index, Member: member, Reason: fmt.Sprintf(format, arguments...)})
}

// Before returns the company that the organization goes to before the change, 0 if matching decides.
func (p Planned) Before() int64 { return current(p.Organization) }
