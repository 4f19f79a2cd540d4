package asset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/note"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Decision is what to do about one device: its title and custom fields, and where its asset belongs.
type Decision struct {
	rules.AssetDecision
	Place rules.PlaceDecision
	// newFacts means that the device has facts which its link lacks.
	newFacts bool
}

// Settled reports whether nothing needs to be written to Accelo or to the link.
func (d Decision) Settled(link *store.Link) bool {
	return d.Action == rules.NoChange && !d.Place.BaselineChanged && !d.newFacts && note.Recorded(link, d.ManualChanges)
}

// Decide compares a device of a connection with its asset. It ignores an asset other than the linked one.
func (s *Service) Decide(c tenant.Connection, state State) Decision {
	now := time.Now()
	if state.Link == nil {
		return Decision{AssetDecision: rules.DecideAsset(state.Device, nil, state.Asset, now, now, c.Options.AssetRefreshInterval)}
	}
	link := *state.Link
	var lastWrite time.Time
	if link.WrittenAt != nil {
		lastWrite = *link.WrittenAt
	}
	current := state.Asset
	if current != nil && current.ID != link.AcceloID {
		current = nil
	}
	decision := Decision{
		AssetDecision: rules.DecideAsset(state.Device, link.Baseline.Clone(), current, lastWrite, now, c.Options.AssetRefreshInterval),
		Place:         rules.DecidePlace(state.Place, link.Baseline.Clone(), current, link.ManualChanges),
		newFacts: link.OrganizationID != state.Device.OrganizationID ||
			state.Device.Serial != "" && rules.SerialKey(link.Facts.Serial) != rules.SerialKey(state.Device.Serial),
	}
	if decision.Place.ReadAsset || decision.Place.Move {
		decision.Action = rules.Update
	}
	found := link.ManualChanges // without the asset, the known ones still hold
	if current != nil {
		found = append(decision.ManualChanges, decision.Place.ManualChanges...)
	}
	decision.ManualChanges = rules.CarryOverNotes(found, link.ManualChanges)
	return decision
}

// NeedsRead reports whether the asset must be read again before anything is done, because the decision would write its title or place,
// or say something else about it. Custom fields belong to NinjaOne, so what Accelo holds does not matter for them. Nor does a place that the
// listing shows where it belongs need a read: it is only recorded, and a later move still differs from it.
func (d Decision) NeedsRead(link *store.Link) bool {
	return d.Title != nil || d.Place.ReadAsset || d.Place.Move || !note.Recorded(link, d.ManualChanges)
}

// update writes the title and the company of a linked asset, unless someone changed them in Accelo, and the custom fields whose
// value changed in NinjaOne. It notes manual changes on the asset. The comparison only nominates: unless only custom fields are to be
// written, the asset is read first, and its current state decides. What was written is saved even if a later step fails.
func (s *Service) update(ctx context.Context, c tenant.Connection, importID string, organization store.Link, state State, link *store.Link) error {
	state.Link, state.Device = link, state.Device.Completed(link.Baseline)
	decision := s.Decide(c, state)
	if decision.Settled(link) {
		return nil
	}
	ctx, end, err := tenant.BeginUpdate(ctx, c)
	if err != nil {
		return err
	}
	defer end()
	if !decision.Place.BaselineChanged {
		state.Asset = nil
	}
	if decision.NeedsRead(link) {
		if state, err = s.reread(ctx, c, importID, organization, state); err != nil {
			return err
		}
	}
	if decision = s.Decide(c, state); decision.Settled(link) {
		return nil
	}
	if err := s.store.RequireSync(ctx, c.Name, organization.OrganizationID); err != nil {
		return err
	}
	shown := decision.Asset
	if decision.Title != nil {
		renamed, err := c.Accelo.UpdateAsset(ctx, accelo.ID(link.AcceloID), accelo.AssetChange{Title: decision.Title})
		if err != nil {
			return fmt.Errorf("rename %s %d: %w", c.Labels().Asset.Singular(), link.AcceloID, err)
		}
		shown = Record(renamed)
	}
	link.Baseline = rules.AssetBaseline(state.Device, decision.Place.Baseline, shown, decision.AssetDecision)
	var moved error
	if decision.Place.Move {
		moved = move(ctx, c, organization, state, &decision, link)
	}
	link.ReadAt = &state.ReadAt
	link.OrganizationID, link.MatchKey = state.Device.OrganizationID, matchKey(state.Place.Company, state.Device)
	link.CompanyID, link.AffiliationID = link.Baseline.Place()
	if state.Device.Serial != "" {
		link.Facts.Serial = state.Device.Serial
	}
	err = errors.Join(moved, s.writeChanged(ctx, c, link, decision.Fields))
	if decision.Action == rules.Update && (link.ImportID != importID || link.Outcome == "") {
		link.ImportID, link.Outcome = importID, rules.Updated
	}
	var noted error
	link.ManualChanges, noted = note.ManualChanges(ctx, s.store, c, note.Asset, link.AcceloID, state.Names.apply(decision.ManualChanges))
	return errors.Join(err, noted, s.store.SaveLink(ctx, link))
}

// writeChanged writes custom fields. It records the time if one of those was written whose age ASSET_REFRESH_INTERVAL limits.
func (s *Service) writeChanged(ctx context.Context, c tenant.Connection, link *store.Link, values map[string]string) error {
	if len(values) > 0 && c.Settings.Capabilities.SetFieldsOnCreate == nil { // the first create has found out by now
		var err error
		if c, err = s.tenants.Connection(ctx, c.Name); err != nil {
			return err
		}
	}
	err := writeFields(ctx, c, link, values)
	if err == nil && writesVolatile(values) {
		now := time.Now()
		link.WrittenAt = &now
	}
	return err
}

func writesVolatile(values map[string]string) bool {
	return slices.ContainsFunc(rules.Fields(), func(field rules.Field) bool {
		_, written := values[field.Name]
		return field.Volatile && written
	})
}
