package asset

import (
	"context"
	"fmt"
	"strconv"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// move moves an asset to the company of its device, with that company's primary contact. Accelo documents only the title of an
// asset as changeable, so the reply decides: if the company did not change, that counts as a manual change and is not tried again
// (accelo-undocumented.md).
func move(
	ctx context.Context, c tenant.Connection, organization store.Link, state State, decision *Decision, link *store.Link,
) error {
	place := state.Place
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
	if err := state.Evidence.checkCompany(ctx, organization); err != nil { // it may have been merged
		return err
	}
	tenant.LoggerFrom(ctx).Warn("asset can't be moved", "asset_id", link.AcceloID, "company_id", place.Company, "error", err)
	decision.ManualChanges = append(decision.ManualChanges, decision.unmoved(place))
	return nil
}

// unmoved is the manual change that remains if an asset can't be moved.
func (d Decision) unmoved(place rules.Place) rules.ManualChange {
	return rules.ManualChange{
		Field: rules.CompanyField, Accelo: strconv.FormatInt(d.Asset.CompanyID, 10), Ninja: strconv.FormatInt(place.Company, 10),
	}
}
