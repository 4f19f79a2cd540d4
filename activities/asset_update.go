package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// assetDecision is what to do about one device: its title and custom fields, and where its asset belongs.
type assetDecision struct {
	rules.AssetDecision
	place rules.PlaceDecision
	// news are facts of the device that its link does not have yet.
	news bool
}

// idle tells that nothing is left to be done or saved.
func (d assetDecision) idle(link *store.Link) bool {
	return d.Action == rules.NoChange && !d.place.BaselineChanged && !d.news && settled(link, d.ManualChanges)
}

// decideDevice compares a device with its asset. An asset that is not the linked one says nothing about it.
func (a *Activities) decideDevice(view deviceView) assetDecision {
	now := time.Now()
	if view.link == nil {
		return assetDecision{AssetDecision: rules.DecideAsset(view.device, nil, view.asset, now, now, a.options.AssetRefresh)}
	}
	link := *view.link
	var lastWrite time.Time
	if link.WrittenAt != nil {
		lastWrite = *link.WrittenAt
	}
	current := view.asset
	if current != nil && current.ID != link.AcceloID {
		current = nil
	}
	decision := assetDecision{
		AssetDecision: rules.DecideAsset(view.device, link.Baseline.Clone(), current, lastWrite, now, a.options.AssetRefresh),
		place:         rules.DecidePlace(view.place, link.Baseline.Clone(), current, link.ManualChanges),
		news: link.OrganizationID != view.device.OrganizationID ||
			view.device.Serial != "" && link.Facts.Serial != view.device.Serial,
	}
	if decision.place.ReadAsset || decision.place.Move {
		decision.Action = rules.Update
	}
	found := link.ManualChanges // what nobody looked at has not changed
	if current != nil {
		found = append(decision.ManualChanges, decision.place.ManualChanges...)
	}
	decision.ManualChanges = rules.CarryOverNotes(found, link.ManualChanges)
	return decision
}

// updateAsset brings a linked asset up to date: its title and its place where no person changed them, and the custom fields
// whose value changed in NinjaOne. What a person changed stays and is noted on the asset. What was written is saved even when a
// later step fails.
func (a *Activities) updateAsset(ctx context.Context, c tenant.Connection, importID string, view deviceView, link *store.Link) error {
	view.link = link
	decision := a.decideDevice(view)
	if decision.place.ReadAsset {
		var err error
		if view.asset, err = a.lookAtAsset(ctx, c, *link); err != nil {
			return err
		}
		decision = a.decideDevice(view)
	}
	if decision.idle(link) {
		return nil
	}
	if decision.Title != nil {
		title := *decision.Title
		if _, err := c.Accelo.UpdateAsset(ctx, accelo.ID(link.AcceloID), accelo.AssetChange{Title: &title}); err != nil {
			return fmt.Errorf("rename %s %d: %w", c.Labels().Asset.Singular(), link.AcceloID, err)
		}
	}
	link.Baseline = rules.AssetBaseline(view.device, decision.place.Baseline, decision.Asset, decision.AssetDecision)
	var moved error
	if decision.place.Move {
		moved = a.moveAsset(ctx, c, view.place, &decision, link)
	}
	link.OrganizationID, link.MatchKey = view.device.OrganizationID, deviceMatchKey(view.place.Company, view.device)
	link.CompanyID, link.AffiliationID = link.Baseline.Place()
	if view.device.Serial != "" {
		link.Facts.Serial = view.device.Serial
	}
	err := errors.Join(moved, a.writeChanged(ctx, c, link, decision.Fields))
	if decision.Action == rules.Update && (link.ImportID != importID || link.Outcome == "") {
		link.ImportID, link.Outcome = importID, rules.Updated
	}
	var noted error
	link.ManualChanges, noted = a.noteDifferences(ctx, c, assetObject, link.AcceloID, view.names.put(decision.ManualChanges))
	return errors.Join(err, noted, a.store.SaveLink(ctx, *link))
}

// writeChanged writes custom fields, and notes when that was done for those whose age ASSET_REFRESH_INTERVAL is about.
func (a *Activities) writeChanged(ctx context.Context, c tenant.Connection, link *store.Link, values map[string]string) error {
	if len(values) > 0 && c.Settings.Capabilities.SetFieldsOnCreate == nil { // known by now, from the first create
		var err error
		if c, err = a.tenants.Connection(ctx, c.Name); err != nil {
			return err
		}
	}
	err := a.writeFields(ctx, c, link, values)
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
