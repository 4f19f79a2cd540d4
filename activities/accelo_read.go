package activities

import (
	"context"
	"encoding/json"
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

// AcceloRead copies Accelo's companies and the assets of our type into the import's working set, a page of a hundred at a
// time. For a single organization it asks for its company and that company's assets alone.
func (a *Activities) AcceloRead(ctx context.Context, in ReadInput) (ReadResult, error) {
	cursor := readCursorOf(ctx)
	reportProgress(ctx, cursor)
	var err error
	ctx = accelo.WithLane(ctx, accelo.Bulk)
	if in.OrganizationID == 0 {
		err = a.acceloRead(ctx, in, &cursor)
	} else {
		err = a.acceloReadOne(ctx, in, &cursor)
	}
	return cursor.Result, err
}

func (a *Activities) acceloRead(ctx context.Context, in ReadInput, cursor *readCursor) error {
	c, err := a.tenants.Ready(ctx, in.Connection)
	if err != nil {
		return err
	}
	if !cursor.FirstDone {
		for page, err := range c.Accelo.Companies(ctx, accelo.CompanyQuery{AfterID: accelo.ID(cursor.First)}) {
			if err != nil {
				return fmt.Errorf("read Accelo's %s: %w", c.Labels().Company.Plural(), err)
			}
			if err := a.stageCompanies(ctx, in.ImportID, page); err != nil {
				return err
			}
			cursor.Result.Companies += len(page)
			cursor.First = int64(page[len(page)-1].ID)
			reportProgress(ctx, *cursor)
		}
		cursor.FirstDone = true
		reportProgress(ctx, *cursor)
	}
	query := accelo.AssetQuery{TypeID: accelo.ID(c.Settings.AssetType.ID), AfterID: accelo.ID(cursor.Second)}
	return a.readAssets(ctx, c, in, query, cursor, func() { reportProgress(ctx, *cursor) })
}

func (a *Activities) readAssets(
	ctx context.Context, c tenant.Connection, in ReadInput, query accelo.AssetQuery, cursor *readCursor, report func(),
) error {
	if c.Settings.AssetType.ID == 0 {
		return nil // an administrator has yet to make our asset type: there is nothing to adopt
	}
	for page, err := range c.Accelo.Assets(ctx, query) {
		if err != nil {
			return fmt.Errorf("read Accelo's %s: %w", c.Labels().Asset.Plural(), err)
		}
		records := make([]store.Record, 0, len(page))
		for _, listed := range page {
			record := asset.Record(listed)
			data, err := json.Marshal(record)
			if err != nil {
				return fmt.Errorf("encode asset %d: %w", listed.ID, err)
			}
			records = append(records, store.Record{
				ID: strconv.FormatInt(record.ID, 10), ParentID: record.CompanyID, Key: rules.NameKey(record.Title), Data: data,
			})
		}
		if err := a.store.StageRecords(ctx, in.ImportID, store.AssetRecord, records); err != nil {
			return err
		}
		cursor.Result.Assets += len(page)
		cursor.Second = int64(page[len(page)-1].ID)
		report()
	}
	return nil
}

// acceloReadOne asks for the company of one organization, by its link or else by name, and for that company's assets.
func (a *Activities) acceloReadOne(ctx context.Context, in ReadInput, cursor *readCursor) error {
	c, err := a.tenants.Ready(ctx, in.Connection)
	if err != nil {
		return err
	}
	organization, err := a.stagedOrganization(ctx, in.ImportID, in.OrganizationID)
	if err != nil {
		return err
	}
	var companies []accelo.Company
	link, err := a.store.Link(ctx, store.KeyOf(in.Connection, store.Organizations, in.OrganizationID))
	switch {
	case err == nil && link.State == store.Linked:
		companies, err = a.companies.ReadLinked(ctx, c, link)
	case err == nil, errors.Is(err, store.ErrNotFound):
		companies, err = c.Accelo.FindCompaniesByName(ctx, organization.CompanyName())
	}
	if err != nil {
		return fmt.Errorf("find the %s of organization %d: %w", c.Labels().Company.Singular(), in.OrganizationID, err)
	}
	if err := a.stageCompanies(ctx, in.ImportID, companies); err != nil {
		return err
	}
	cursor.Result.Companies = len(companies)
	for _, read := range companies {
		query := accelo.AssetQuery{TypeID: accelo.ID(c.Settings.AssetType.ID), CompanyID: read.ID}
		if err := a.readAssets(ctx, c, in, query, cursor, func() {}); err != nil {
			return err
		}
	}
	return nil
}

func (a *Activities) stageCompanies(ctx context.Context, importID string, page []accelo.Company) error {
	records := make([]store.Record, 0, len(page))
	for _, listed := range page {
		record := company.Record(listed)
		data, err := json.Marshal(record)
		if err != nil {
			return fmt.Errorf("encode company %d: %w", listed.ID, err)
		}
		records = append(records, store.Record{
			ID: strconv.FormatInt(record.ID, 10), Key: rules.NameKey(rules.Truncate(rules.CleanName(record.Name), rules.MaxName)), Data: data,
		})
	}
	return a.store.StageRecords(ctx, importID, store.CompanyRecord, records)
}

func (a *Activities) stagedOrganization(ctx context.Context, importID string, id int) (rules.Organization, error) {
	records, err := a.store.RecordsByID(ctx, importID, store.OrganizationRecord, strconv.Itoa(id))
	if err != nil {
		return rules.Organization{}, err
	}
	if len(records) == 0 {
		return rules.Organization{}, tenant.Refusef(tenant.Refused, "organization %d is not part of this import", id)
	}
	return decodeStaged[rules.Organization](store.OrganizationRecord, records[0])
}
