package corrections

import (
	"context"
	"errors"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Relink links a record to another company, asset or request. The object must exist in Accelo, have the type we sync, and
// belong to no other record. An asset whose device has left NinjaOne is taken over.
func (c *Corrector) Relink(ctx context.Context, key store.Key, acceloID int64) (Result, error) {
	if err := CheckRelink(key.Kind); err != nil {
		return Result{}, err
	}
	connection, err := c.connect(ctx, key.Connection)
	if err != nil {
		return Result{}, err
	}
	correction, err := c.Prepare(ctx, connection, key, acceloID)
	if err != nil {
		return Result{}, err
	}
	previous, err := c.store.Relink(ctx, correction)
	if owned := (*store.OwnedError)(nil); errors.As(err, &owned) && key.Kind == store.Devices {
		previous, err = c.takeOver(ctx, connection, correction, owned)
	}
	if err != nil {
		return Result{}, err
	}
	return Result{
		Connection: key.Connection, Kind: key.Kind, NinjaID: key.NinjaID, Before: previous, AcceloID: acceloID,
		Labels: connection.Settings.Labels(),
	}, nil
}

// Prepare makes the checks of Relink and returns the correction, which the store carries out.
func (c *Corrector) Prepare(ctx context.Context, connection tenant.Connection, key store.Key, acceloID int64) (store.Correction, error) {
	record, err := c.readRecord(ctx, connection, key)
	if err != nil {
		return store.Correction{}, err
	}
	correction := store.Correction{
		Key: key, OrganizationID: record.organizationID, Facts: record.facts, AcceloID: acceloID, Actor: c.actor,
	}
	return correction, readTarget(ctx, connection, &correction, record)
}

// takeOver gives a device the asset of a device that NinjaOne no longer manages. If NinjaOne still manages the owner, the
// asset stays with it.
func (c *Corrector) takeOver(
	ctx context.Context, connection tenant.Connection, correction store.Correction, owned *store.OwnedError,
) (previous int64, err error) {
	left, err := asset.HasLeft(ctx, connection, owned.Owner)
	if err != nil {
		return 0, err
	}
	if !left {
		return 0, refuse("%s %s: %w", correction.Key.Kind, correction.Key.NinjaID, owned)
	}
	if _, err := c.store.Forget(ctx, owned.Owner, correction.Actor); err != nil {
		return 0, err
	}
	return c.store.Relink(ctx, correction)
}

// readTarget reads the object to link to, and completes the correction with where the object belongs.
func readTarget(ctx context.Context, c tenant.Connection, correction *store.Correction, record record) error {
	switch correction.Key.Kind {
	case store.Organizations:
		return readCompany(ctx, c, correction, record)
	case store.Devices:
		return readAsset(ctx, c, correction, record)
	default:
		return readRequest(ctx, c, correction)
	}
}

func readCompany(ctx context.Context, c tenant.Connection, correction *store.Correction, record record) error {
	found, err := c.Accelo.CompaniesByID(ctx, []accelo.ID{accelo.ID(correction.AcceloID)})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return notInAccelo(c, correction)
	}
	company := found[0]
	correction.CompanyID, correction.AffiliationID = correction.AcceloID, int64(company.DefaultAffiliation)
	correction.MatchKey = rules.NameKey(record.name)
	correction.Baseline = rules.BaselineAfterRelink(record.baseline, map[string]string{
		rules.NameKeyField: rules.CleanText(company.Name), rules.CommentsField: rules.CleanText(company.Comments),
	})
	return nil
}

func readAsset(ctx context.Context, c tenant.Connection, correction *store.Correction, record record) error {
	found, err := c.Accelo.AssetsByID(ctx, []accelo.ID{accelo.ID(correction.AcceloID)})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return notInAccelo(c, correction)
	}
	asset, labels := found[0], c.Settings.Labels()
	if err := checkType(labels.Asset.Singular(), correction.AcceloID, int64(asset.TypeID), c.Settings.AssetType); err != nil {
		return err
	}
	if asset.CompanyID() == 0 {
		return refuse("%s %d belongs to no %s", labels.Asset.Singular(), correction.AcceloID, labels.Company.Singular())
	}
	correction.CompanyID, correction.AffiliationID = int64(asset.CompanyID()), int64(asset.AffiliationID)
	correction.MatchKey = rules.AssetMatchKey(correction.CompanyID, record.name)
	correction.Baseline = rules.BaselineAfterRelink(record.baseline, map[string]string{rules.TitleField: rules.CleanText(asset.Title)})
	return nil
}

// readRequest requires a request that has not ended: only the webhook of a request's end says what the end means for its alert.
func readRequest(ctx context.Context, c tenant.Connection, correction *store.Correction) error {
	query := accelo.RequestQuery{IDs: []accelo.ID{accelo.ID(correction.AcceloID)}, WithoutBody: true}
	for page, err := range c.Accelo.Requests(ctx, query) {
		if err != nil {
			return err
		}
		request, word := page[0], c.Settings.Labels().Request.Singular()
		if err := checkType(word, correction.AcceloID, int64(request.TypeID), c.Settings.RequestType); err != nil {
			return err
		}
		if request.Standing != accelo.StandingPending && request.Standing != accelo.StandingOpen {
			return refuse("%s %d is %s; an alert can only be linked to a pending or open %s", word, correction.AcceloID, request.Standing, word)
		}
		correction.AffiliationID = int64(request.AffiliationID)
		return nil
	}
	return notInAccelo(c, correction)
}

func checkType(word string, id, typeID int64, want store.ObjectType) error {
	if want.ID == 0 || typeID != want.ID {
		return refuse("%s %d does not have the type %q", word, id, want.Title)
	}
	return nil
}

func notInAccelo(c tenant.Connection, correction *store.Correction) error {
	return refuse("%s %d does not exist in Accelo", c.Settings.Labels().For(correction.Key.Kind).Singular(), correction.AcceloID)
}
