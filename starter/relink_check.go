package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// correction makes sure that an object exists in Accelo and is of the right sort, and tells where it belongs.
func (a *app) correction(ctx context.Context, p *program.Program, c activities.Connection, key store.Key, id int64) (store.Correction, error) {
	correction := store.Correction{Key: key, AcceloID: id, Actor: actor("relink")}
	before, err := recordOf(ctx, p, c, &correction)
	if err != nil {
		return correction, err
	}
	words := c.Settings.Words()
	missing := fmt.Errorf("there is no %s %d in Accelo", words.Of(key.Kind).One(), id)
	switch key.Kind {
	case store.Organizations:
		found, err := c.Accelo.CompaniesByID(ctx, []accelo.ID{accelo.ID(id)})
		if err != nil {
			return correction, err
		}
		if len(found) == 0 {
			return correction, missing
		}
		correction.CompanyID, correction.AffiliationID = id, int64(found[0].DefaultAffiliation)
		correction.Baseline = rules.Relinked(before, map[string]string{
			rules.NameKeyField: rules.CleanText(found[0].Name), rules.CommentsField: rules.CleanText(found[0].Comments),
		})
	case store.Devices:
		found, err := c.Accelo.AssetsByID(ctx, []accelo.ID{accelo.ID(id)})
		switch {
		case err != nil:
			return correction, err
		case len(found) == 0:
			return correction, missing
		case int64(found[0].TypeID) != c.Settings.AssetType.ID || c.Settings.AssetType.ID == 0:
			return correction, fmt.Errorf("%s %d is not of the type %q", words.Asset.One(), id, c.Settings.AssetType.Title)
		case found[0].CompanyID() == 0:
			return correction, fmt.Errorf("%s %d belongs to no %s", words.Asset.One(), id, words.Company.One())
		}
		correction.CompanyID, correction.AffiliationID = int64(found[0].CompanyID()), int64(found[0].AffiliationID)
		correction.MatchKey = strconv.FormatInt(correction.CompanyID, 10) + "/" + correction.MatchKey
		correction.Baseline = rules.Relinked(before, map[string]string{rules.TitleField: rules.CleanText(found[0].Title)})
	default:
		return correction, checkRequest(ctx, c, &correction, missing)
	}
	return correction, nil
}

// checkRequest demands a request of our type that is not over: what its end means for the alert is told by its webhook alone.
func checkRequest(ctx context.Context, c activities.Connection, correction *store.Correction, missing error) error {
	word := c.Settings.Words().Request.One()
	for page, err := range c.Accelo.Requests(ctx, accelo.RequestQuery{IDs: []accelo.ID{accelo.ID(correction.AcceloID)}, WithoutBody: true}) {
		if err != nil {
			return err
		}
		switch request := page[0]; {
		case int64(request.TypeID) != c.Settings.RequestType.ID || c.Settings.RequestType.ID == 0:
			return fmt.Errorf("%s %d is not of the type %q", word, correction.AcceloID, c.Settings.RequestType.Title)
		case request.Standing != accelo.StandingPending && request.Standing != accelo.StandingOpen:
			return fmt.Errorf("%s %d is %s: only one that is still pending or open can stand for an alert", word, correction.AcceloID, request.Standing)
		default:
			correction.AffiliationID = int64(request.AffiliationID)
			return nil
		}
	}
	return missing
}

// recordOf fills in what a link needs to know of a record that has none yet, and returns what was compared of it so far. NinjaOne
// is asked for a record without a link, so that none is made for what does not exist.
func recordOf(ctx context.Context, p *program.Program, c activities.Connection, correction *store.Correction) (rules.Baseline, error) {
	key := correction.Key
	link, err := p.Store.Link(ctx, key)
	if err == nil {
		correction.OrganizationID = link.OrganizationID
		return link.Baseline, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if key.Kind == store.Alerts {
		return nil, fmt.Errorf("alert %s has no %s of its own: it was never heard of, or joined that of another alert",
			key.NinjaID, c.Settings.Words().Request.One())
	}
	id, err := strconv.Atoi(key.NinjaID)
	if err != nil || id <= 0 {
		return nil, &program.UsageError{Err: fmt.Errorf("%q is no id of NinjaOne's: it is a number", key.NinjaID)}
	}
	if key.Kind == store.Organizations {
		found, err := c.NinjaOne.Organization(ctx, id)
		organization := rules.Organization{ID: id, Name: rules.CleanText(found.Name), Description: rules.CleanText(found.Description)}
		correction.OrganizationID, correction.MatchKey = id, rules.NameKey(organization.CompanyName())
		correction.Facts = store.Facts{Name: organization.Name}
		return rules.Baseline{
			rules.NameKeyField: {Ninja: organization.CompanyName()}, rules.CommentsField: {Ninja: organization.Description},
		}, unknownRecord(key, err)
	}
	found, err := c.NinjaOne.Device(ctx, id)
	device := rules.Device{ID: id, SystemName: found.SystemName, DisplayName: found.DisplayName, DNSName: found.DNSName}
	correction.OrganizationID, correction.MatchKey = found.OrganizationID, rules.NameKey(device.Title())
	return rules.Baseline{rules.TitleField: {Ninja: device.Title()}}, unknownRecord(key, err)
}

func unknownRecord(key store.Key, err error) error {
	if ninjaone.IsNotFound(err) {
		return fmt.Errorf("there is no %s %s in NinjaOne", key.Kind, key.NinjaID)
	}
	return err
}
