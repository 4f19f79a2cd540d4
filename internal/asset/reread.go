package asset

import (
	"context"
	"fmt"
	"slices"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// reread reads the linked asset of a device right before something is written to it. One that was deleted is a Refusal. If the
// organization has another company by now, because that was merged or relinked, it fails with store.ErrSuperseded.
func (s *Service) reread(ctx context.Context, c tenant.Connection, importID string, organization store.Link, state State) (State, error) {
	current, err := read(ctx, c, state.Link.AcceloID)
	switch {
	case err != nil:
		return state, err
	case current == nil:
		return state, Gone(c, *state.Link)
	}
	state.Asset = current
	if err := s.checkPlace(ctx, organization); err != nil {
		return state, err
	}
	unknown := s.Decide(c, state).unknownPlace(state.Link)
	if slices.ContainsFunc(unknown, func(change rules.ManualChange) bool { return change.Field == rules.CompanyField }) {
		if err := state.Evidence.checkCompany(ctx, organization); err != nil { // a merged company takes its assets along
			return state, err
		}
	}
	if slices.ContainsFunc(unknown, state.Names.lacks) {
		states := []State{state}
		err = s.NameChanges(ctx, c, importID, state.Place, states)
		return states[0], err
	}
	return state, nil
}

// checkPlace returns store.ErrSuperseded if an organization is linked to another company by now.
func (s *Service) checkPlace(ctx context.Context, organization store.Link) error {
	current, err := s.store.Link(ctx, organization.Key())
	if err == nil && current.AcceloID != organization.AcceloID {
		return fmt.Errorf("organization %s: %w", organization.NinjaID, store.ErrSuperseded)
	}
	return err
}

// unknownPlace returns the manual changes of an asset's place that its link does not record yet.
func (d Decision) unknownPlace(link *store.Link) []rules.ManualChange {
	return slices.DeleteFunc(slices.Clone(d.ManualChanges), func(change rules.ManualChange) bool {
		return !change.OfPlace() || slices.ContainsFunc(link.ManualChanges, change.Same)
	})
}

// read returns an asset, nil if it does not exist.
func read(ctx context.Context, c tenant.Connection, id int64) (*rules.Asset, error) {
	found, err := c.Accelo.FindAsset(ctx, accelo.ID(id))
	if err != nil {
		return nil, fmt.Errorf("look for %s %d: %w", c.Labels().Asset.Singular(), id, err)
	}
	if found == nil {
		return nil, nil
	}
	record := Record(*found)
	return &record, nil
}
