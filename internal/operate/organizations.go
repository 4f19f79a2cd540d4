package operate

import (
	"context"
	"errors"
	"time"

	"ninjaone-accelo/internal/corrections"
	"ninjaone-accelo/internal/mapping"
	"ninjaone-accelo/internal/store"
)

// OrganizationWish is what a user wants for an organization; a nil member leaves it as it is.
type OrganizationWish = mapping.Wish

// OrganizationMatches sums up what matching found.
type OrganizationMatches = mapping.Matched

// SetOrganization changes what becomes of an organization. What it names is looked for in both vendors first; nothing is written there.
func (o *Operator) SetOrganization(ctx context.Context, actor Actor, connection string, wish OrganizationWish) (store.ListedOrganization, error) {
	ctx, mapper, err := o.mapper(ctx, actor, connection, "change mapping")
	if err != nil {
		return store.ListedOrganization{}, err
	}
	planned, faults, err := mapper.Plan(ctx, connection, []mapping.Wish{wish})
	switch {
	case err != nil:
		return store.ListedOrganization{}, correctionError(err)
	case len(faults) > 0 && faults[0].Member == "id":
		return store.ListedOrganization{}, &NotFoundError{What: "organization", Reason: faults[0].Reason}
	case len(faults) > 0:
		return store.ListedOrganization{}, &InvalidError{Member: faults[0].Member, Reason: faults[0].Reason}
	}
	if err := mapper.Apply(ctx, connection, planned); err != nil {
		return store.ListedOrganization{}, mappingError(err)
	}
	listed, err := o.store.ListOrganizations(ctx, connection, store.OrganizationQuery{NinjaIDs: []string{wish.NinjaID}})
	if err != nil {
		return store.ListedOrganization{}, err
	}
	if len(listed) == 0 { // nothing was to be changed, and nothing is known of it
		return planned[0].Organization, nil
	}
	return listed[0], nil
}

// MatchOrganizations proposes a company for each organization that has none, by the rules of the import.
func (o *Operator) MatchOrganizations(ctx context.Context, actor Actor, connection string) (OrganizationMatches, error) {
	ctx, mapper, err := o.mapper(ctx, actor, connection, "match organizations")
	if err != nil {
		return OrganizationMatches{}, err
	}
	if err := o.note(ctx, entryOf(actor, connection, "match organizations"), "", nil, nil); err != nil {
		return OrganizationMatches{}, err
	}
	found, err := mapper.Match(ctx, connection)
	return found, correctionError(err)
}

// ConfirmMatches chooses the proposed companies as they were shown; asOf is when those were made. It returns how many there were.
func (o *Operator) ConfirmMatches(ctx context.Context, actor Actor, connection string, asOf time.Time) (int, error) {
	ctx, mapper, err := o.mapper(ctx, actor, connection, "confirm match")
	if err != nil {
		return 0, err
	}
	count, err := mapper.Confirm(ctx, connection, asOf)
	return count, mappingError(err)
}

func (o *Operator) mapper(ctx context.Context, actor Actor, connection, action string) (context.Context, *mapping.Mapper, error) {
	ctx, err := o.begin(ctx, actor, Operating, connection)
	if err != nil {
		return ctx, nil, err
	}
	return audited(ctx, actor, connection, action), mapping.New(o.store, corrections.ConnectFunc(o.connect), actor.String()), nil
}

// mappingError types an error of a change of the mapping.
func mappingError(err error) error {
	if errors.Is(err, store.ErrChoiceChanged) {
		return &ConflictError{Reason: err.Error() + ". Look at it and try again", Err: err}
	}
	return correctionError(err)
}
