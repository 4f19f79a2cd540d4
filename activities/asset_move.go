package activities

import (
	"context"
	"fmt"
	"strconv"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// lookAtAsset reads the asset of a device that has moved, where no listing showed it: it belongs to another company so far.
func (a *Activities) lookAtAsset(ctx context.Context, c tenant.Connection, link store.Link) (*rules.Asset, error) {
	asset, err := c.Accelo.Asset(ctx, accelo.ID(link.AcceloID))
	if err != nil {
		return nil, fmt.Errorf("read %s %d, whose device has moved: %w", c.Labels().Asset.Singular(), link.AcceloID, err)
	}
	record := assetRecord(asset)
	return &record, nil
}

// moveAsset takes an asset along to the company that its device belongs to now, with that company's primary contact. Only the
// title of an asset is documented to be changeable, so the asset is read back: where the company did not take, that is a
// difference like one that a person made, and it is not tried again (contract accelo-beyond-docs).
func (a *Activities) moveAsset(ctx context.Context, c tenant.Connection, place rules.Place, decision *assetDecision, link *store.Link) error {
	company, affiliation := accelo.ID(place.Company), accelo.ID(place.Affiliation)
	change := accelo.AssetChange{CompanyID: &company}
	if affiliation != 0 {
		change.AffiliationID = &affiliation
	}
	asset, err := c.Accelo.UpdateAsset(ctx, accelo.ID(link.AcceloID), change)
	if err != nil && !accelo.IsInvalidRequest(err) {
		return fmt.Errorf("move %s %d to %s %d: %w", c.Labels().Asset.Singular(), link.AcceloID, c.Labels().Company.Singular(), company, err)
	}
	if err == nil && asset.CompanyID() == company {
		link.Baseline = link.Baseline.Clone()
		link.Baseline.RecordPlace(int64(company), int64(asset.AffiliationID))
		return nil
	}
	activity.GetLogger(ctx).Warn("asset cannot be moved", "asset_id", link.AcceloID, "company_id", place.Company, "error", err)
	decision.ManualChanges = append(decision.ManualChanges, decision.unmoved(place))
	return nil
}

// unmoved is the difference that there is where an asset cannot be moved to a place.
func (d assetDecision) unmoved(place rules.Place) rules.ManualChange {
	return rules.ManualChange{
		Field: rules.CompanyField, Accelo: strconv.FormatInt(d.Asset.CompanyID, 10), Ninja: strconv.FormatInt(place.Company, 10),
	}
}
