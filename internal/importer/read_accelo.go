package importer

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// ReadAccelo stages Accelo's companies and the assets of our type, a hundred per call. For a single organization it reads only its
// company and that company's assets. It continues at the cursor, and calls report after each page.
func (i *Importer) ReadAccelo(ctx context.Context, request ReadRequest, cursor ReadCursor, report func(ReadCursor)) (ReadResult, error) {
	c, err := i.Tenants.Ready(ctx, request.Connection)
	if err != nil {
		return cursor.Result, err
	}
	if request.OrganizationID != 0 {
		return i.readCompanyOf(ctx, c, request)
	}
	if !cursor.FirstDone {
		for page, err := range c.Accelo.Companies(ctx, accelo.CompanyQuery{AfterID: accelo.ID(cursor.First)}) {
			if err != nil {
				return cursor.Result, fmt.Errorf("read Accelo's %s: %w", c.Labels().Company.Plural(), err)
			}
			if err := i.stageCompanies(ctx, request.ImportID, page); err != nil {
				return cursor.Result, err
			}
			cursor.Result.Companies += len(page)
			cursor.First = int64(page[len(page)-1].ID)
			report(cursor)
		}
		cursor.FirstDone = true
		report(cursor)
	}
	query := accelo.AssetQuery{TypeID: accelo.ID(c.Settings.AssetType.ID), AfterID: accelo.ID(cursor.Second)}
	err = i.readAssets(ctx, c, request.ImportID, query, func(page []accelo.Asset) {
		cursor.Result.Assets += len(page)
		cursor.Second = int64(page[len(page)-1].ID)
		report(cursor)
	})
	return cursor.Result, err
}

// readCompanyOf reads the company of one organization, by its link or else by name, and that company's assets.
func (i *Importer) readCompanyOf(ctx context.Context, c tenant.Connection, request ReadRequest) (ReadResult, error) {
	organization, err := i.stagedOrganization(ctx, request.ImportID, request.OrganizationID)
	if err != nil {
		return ReadResult{}, err
	}
	var companies []accelo.Company
	link, err := i.Store.Link(ctx, store.KeyOf(request.Connection, store.Organizations, request.OrganizationID))
	switch {
	case err == nil && link.State == store.Linked:
		var linked *accelo.Company
		if linked, err = i.Companies.Survivor(ctx, c, link); linked != nil {
			companies = []accelo.Company{*linked}
		}
	case err == nil, errors.Is(err, store.ErrNotFound):
		companies, err = i.candidates(ctx, c, organization)
	}
	if err != nil {
		return ReadResult{}, fmt.Errorf("find the %s of organization %d: %w", c.Labels().Company.Singular(), request.OrganizationID, err)
	}
	if err := i.stageCompanies(ctx, request.ImportID, companies); err != nil {
		return ReadResult{}, err
	}
	result := ReadResult{Companies: len(companies)}
	for _, found := range companies {
		query := accelo.AssetQuery{TypeID: accelo.ID(c.Settings.AssetType.ID), CompanyID: found.ID}
		err := i.readAssets(ctx, c, request.ImportID, query, func(page []accelo.Asset) { result.Assets += len(page) })
		if err != nil {
			return result, err
		}
	}
	return result, nil
}

// candidates reads the company that users chose for an organization without a link, or else those that have its name.
func (i *Importer) candidates(ctx context.Context, c tenant.Connection, organization rules.Organization) ([]accelo.Company, error) {
	choice, err := i.Store.OrganizationChoice(ctx, c.Name, organization.ID)
	switch {
	case err != nil:
		return nil, err
	case choice.CompanyID != 0:
		return c.Accelo.CompaniesByID(ctx, []accelo.ID{accelo.ID(choice.CompanyID)})
	}
	return c.Accelo.FindCompaniesByName(ctx, organization.CompanyName())
}

// stagedOrganization returns an organization of the import. One that is not part of it is a Refusal.
func (i *Importer) stagedOrganization(ctx context.Context, importID string, id int) (rules.Organization, error) {
	records, err := i.Store.RecordsByID(ctx, importID, store.OrganizationRecord, strconv.Itoa(id))
	if err != nil {
		return rules.Organization{}, err
	}
	if len(records) == 0 {
		return rules.Organization{}, tenant.Refusef(tenant.Refused, "organization %d is not part of this import", id)
	}
	return decode[rules.Organization](store.OrganizationRecord, records[0])
}

func (i *Importer) stageCompanies(ctx context.Context, importID string, page []accelo.Company) error {
	records := make([]store.Record, 0, len(page))
	for _, listed := range page {
		read := company.Record(listed)
		id := strconv.FormatInt(read.ID, 10)
		data, err := encode(store.CompanyRecord, id, read)
		if err != nil {
			return err
		}
		records = append(records, store.Record{ID: id, Key: rules.NameKey(read.Name), Data: data})
	}
	return i.Store.StageRecords(ctx, importID, store.CompanyRecord, records)
}

// readAssets stages assets and calls staged after each page.
func (i *Importer) readAssets(
	ctx context.Context, c tenant.Connection, importID string, query accelo.AssetQuery, staged func([]accelo.Asset),
) error {
	if query.TypeID == 0 {
		return nil // an administrator has not created our asset type yet, so there is nothing to adopt
	}
	for page, err := range c.Accelo.Assets(ctx, query) {
		if err != nil {
			return fmt.Errorf("read Accelo's %s: %w", c.Labels().Asset.Plural(), err)
		}
		records := make([]store.Record, 0, len(page))
		for _, listed := range page {
			read := asset.Record(listed)
			id := strconv.FormatInt(read.ID, 10)
			data, err := encode(store.AssetRecord, id, read)
			if err != nil {
				return err
			}
			records = append(records, store.Record{ID: id, ParentID: read.CompanyID, Key: rules.NameKey(read.Title), Data: data})
		}
		if err := i.Store.StageRecords(ctx, importID, store.AssetRecord, records); err != nil {
			return err
		}
		staged(page)
	}
	return nil
}
