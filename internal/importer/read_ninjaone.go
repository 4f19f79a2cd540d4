package importer

import (
	"context"
	"fmt"
	"iter"
	"strconv"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// ReadRequest asks to stage the records of one vendor.
type ReadRequest struct {
	Connection, ImportID string
	// OrganizationID restricts the reading to one organization; 0 means all.
	OrganizationID int
}

// ReadResult counts the staged records. Workflow histories contain its JSON.
type ReadResult struct {
	Organizations int `json:"organizations,omitempty"`
	Devices       int `json:"devices,omitempty"`
	Companies     int `json:"companies,omitempty"`
	Assets        int `json:"assets,omitempty"`
}

// ReadCursor is the point from which a retry continues: everything up to it is staged. Heartbeats contain its JSON.
type ReadCursor struct {
	Result ReadResult `json:"result"`
	// First and Second are the last staged IDs of the vendor's two listings. FirstDone means that the first listing is complete.
	First     int64 `json:"first"`
	FirstDone bool  `json:"first_done"`
	Second    int64 `json:"second"`
	// Skipped counts the records of the current listing that have no readable ID.
	Skipped int `json:"skipped,omitempty"`
}

// ReadNinjaOne stages NinjaOne's organizations and approved devices, a thousand per call. It continues at the cursor, and calls report
// after each page.
func (i *Importer) ReadNinjaOne(ctx context.Context, request ReadRequest, cursor ReadCursor, report func(ReadCursor)) (ReadResult, error) {
	c, err := i.Tenants.Ready(ctx, request.Connection)
	if err != nil {
		return cursor.Result, err
	}
	if !cursor.FirstDone {
		for page, err := range organizationPages(ctx, c.NinjaOne, request.OrganizationID, int(cursor.First)) {
			if err != nil {
				return cursor.Result, fmt.Errorf("read NinjaOne's organizations: %w", err)
			}
			if err := i.stageOrganizations(ctx, request, page); err != nil {
				return cursor.Result, err
			}
			cursor.Result.Organizations += len(page)
			cursor.Skipped += tenant.MeterFrom(ctx).TakeSkipped()
			cursor.First = int64(page[len(page)-1].ID)
			report(cursor)
		}
		skipped := cursor.Skipped + tenant.MeterFrom(ctx).TakeSkipped()
		if err := i.recordSkipped(ctx, request, store.Organizations, skipped); err != nil {
			return cursor.Result, err
		}
		cursor.FirstDone, cursor.Skipped = true, 0
		report(cursor)
	}
	return i.readDevices(ctx, c, request, cursor, report)
}

func organizationPages(ctx context.Context, client *ninjaone.Client, id, after int) iter.Seq2[[]ninjaone.Organization, error] {
	if id == 0 {
		return client.OrganizationsDetailed(ctx, ninjaone.OrganizationQuery{AfterID: after})
	}
	return func(yield func([]ninjaone.Organization, error) bool) {
		organization, err := client.Organization(ctx, id)
		if ninjaone.IsNotFound(err) {
			err = tenant.Refusef(tenant.Refused, "organization %d does not exist in NinjaOne", id)
		}
		yield([]ninjaone.Organization{organization}, err)
	}
}

func (i *Importer) stageOrganizations(ctx context.Context, request ReadRequest, page []ninjaone.Organization) error {
	records := make([]store.Record, 0, len(page))
	named := make([]store.NamedOrganization, 0, len(page))
	convert := company.Organization
	if request.OrganizationID != 0 {
		convert = company.SingleOrganization
	}
	for _, listed := range page {
		organization := convert(listed)
		id := strconv.Itoa(organization.ID)
		data, err := encode(store.OrganizationRecord, id, organization)
		if err != nil {
			return err
		}
		records = append(records, store.Record{ID: id, Key: rules.NameKey(organization.CompanyName()), Data: data})
		named = append(named, store.NamedOrganization{NinjaID: id, Name: organization.CompanyName()})
	}
	if err := i.Store.NoteOrganizations(ctx, request.Connection, named); err != nil {
		return err
	}
	return i.Store.StageRecords(ctx, request.ImportID, store.OrganizationRecord, records)
}

func (i *Importer) readDevices(
	ctx context.Context, c tenant.Connection, request ReadRequest, cursor ReadCursor, report func(ReadCursor),
) (ReadResult, error) {
	lookups, err := i.Devices.Lookups(ctx, c, request.OrganizationID)
	if err != nil {
		return cursor.Result, err
	}
	teamViewer, err := i.stagedTeamViewer(ctx, request.ImportID)
	if err != nil {
		return cursor.Result, err
	}
	tenant.MeterFrom(ctx).TakeSkipped() // what the lookups skipped is optional
	query := ninjaone.DeviceQuery{OrganizationID: request.OrganizationID, AfterID: int(cursor.Second)}
	for page, err := range c.NinjaOne.DevicesDetailed(ctx, query) {
		if err != nil {
			return cursor.Result, fmt.Errorf("read NinjaOne's devices: %w", err)
		}
		staged, err := i.stageDevices(ctx, c, request.ImportID, page, lookups, teamViewer)
		if err != nil {
			return cursor.Result, err
		}
		cursor.Result.Devices += staged
		cursor.Skipped += tenant.MeterFrom(ctx).TakeSkipped()
		cursor.Second = int64(page[len(page)-1].ID)
		report(cursor)
	}
	return cursor.Result, i.recordSkipped(ctx, request, store.Devices, cursor.Skipped+tenant.MeterFrom(ctx).TakeSkipped())
}

// recordSkipped shows that records of a listing can't be read, as a failure that ends when all of them can. Only a listing of the whole
// tenant can tell.
func (i *Importer) recordSkipped(ctx context.Context, request ReadRequest, kind store.Kind, count int) error {
	if request.OrganizationID != 0 {
		return nil
	}
	if count == 0 {
		return i.Store.ClearFailures(ctx, request.Connection, kind, store.Unreadable)
	}
	return i.Store.RecordFailure(ctx, store.Failure{
		Connection: request.Connection, Kind: kind, NinjaID: store.Unreadable, WorkflowID: flow.FullImportID(request.Connection),
		Error: fmt.Sprintf("NinjaOne lists %s without a readable ID. The import skipped them; look at them in NinjaOne, or ask its support.",
			rules.Count(count, string(kind))),
	})
}

// stageDevices stages the approved devices of a page and returns how many there are.
func (i *Importer) stageDevices(
	ctx context.Context, c tenant.Connection, importID string, page []ninjaone.Device, lookups asset.Lookups, teamViewer map[int]rules.TeamViewer,
) (int, error) {
	records := make([]store.Record, 0, len(page))
	for _, listed := range page {
		if !asset.Approved(listed) {
			continue
		}
		device, err := i.Devices.Device(ctx, c, listed, lookups, teamViewer[listed.OrganizationID])
		if err != nil {
			return 0, err
		}
		id := strconv.Itoa(device.ID)
		data, err := encode(store.DeviceRecord, id, device)
		if err != nil {
			return 0, err
		}
		records = append(records, store.Record{ID: id, ParentID: int64(device.OrganizationID), Key: rules.NameKey(device.Title()), Data: data})
	}
	return len(records), i.Store.StageRecords(ctx, importID, store.DeviceRecord, records)
}

// stagedTeamViewer returns the TeamViewer settings of the organizations that have it enabled, or whose setting is unknown.
func (i *Importer) stagedTeamViewer(ctx context.Context, importID string) (map[int]rules.TeamViewer, error) {
	settings := map[int]rules.TeamViewer{}
	for organization, err := range stagedRecords[rules.Organization](ctx, i.Store, importID, store.OrganizationRecord) {
		if err != nil {
			return nil, err
		}
		if organization.TeamViewer.Enabled || organization.TeamViewer.Unknown {
			settings[organization.ID] = organization.TeamViewer
		}
	}
	return settings, nil
}
