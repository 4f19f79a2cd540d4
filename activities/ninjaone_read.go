package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// ReadInput asks to copy what an import compares into its working set.
type ReadInput struct {
	Connection string `json:"connection"`
	ImportID   string `json:"import_id"`
	// OrganizationID restricts the reading to one organization; 0 means all.
	OrganizationID int `json:"organization_id,omitempty"`
}

// ReadResult says how much was read.
type ReadResult struct {
	Organizations int `json:"organizations,omitempty"`
	Devices       int `json:"devices,omitempty"`
	Companies     int `json:"companies,omitempty"`
	Assets        int `json:"assets,omitempty"`
}

// readCursor is where a retried reading goes on: everything up to it is staged.
type readCursor struct {
	Result ReadResult `json:"result"`
	// First and Second are the ids up to which the two listings of a vendor are staged; FirstDone that the first is whole.
	First     int64 `json:"first"`
	FirstDone bool  `json:"first_done"`
	Second    int64 `json:"second"`
}

// NinjaRead copies NinjaOne's organizations and approved devices into the import's working set, a page of a thousand at a
// time. Devices that wait for approval are not imported.
func (a *Activities) NinjaRead(ctx context.Context, in ReadInput) (ReadResult, error) {
	cursor := readCursorOf(ctx)
	reportProgress(ctx, cursor)
	err := a.ninjaRead(ctx, in, &cursor)
	return cursor.Result, err
}

func (a *Activities) ninjaRead(ctx context.Context, in ReadInput, cursor *readCursor) error {
	c, err := a.tenants.Ready(ctx, in.Connection)
	if err != nil {
		return err
	}
	if !cursor.FirstDone {
		for page, err := range organizationPages(ctx, c.NinjaOne, in.OrganizationID, int(cursor.First)) {
			if err != nil {
				return fmt.Errorf("read NinjaOne's organizations: %w", err)
			}
			if err := a.stageOrganizations(ctx, in.ImportID, page); err != nil {
				return err
			}
			cursor.Result.Organizations += len(page)
			cursor.First = int64(page[len(page)-1].ID)
			reportProgress(ctx, *cursor)
		}
		cursor.FirstDone = true
		reportProgress(ctx, *cursor)
	}
	return a.readDevices(ctx, c, in, cursor)
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

func (a *Activities) stageOrganizations(ctx context.Context, importID string, page []ninjaone.Organization) error {
	records := make([]store.Record, 0, len(page))
	for _, organization := range page {
		record := company.Organization(organization)
		data, err := json.Marshal(record)
		if err != nil {
			return fmt.Errorf("encode organization %d: %w", organization.ID, err)
		}
		records = append(records, store.Record{
			ID: strconv.Itoa(record.ID), Key: rules.NameKey(record.CompanyName()), Data: data,
		})
	}
	return a.store.StageRecords(ctx, importID, store.OrganizationRecord, records)
}

func (a *Activities) readDevices(ctx context.Context, c tenant.Connection, in ReadInput, cursor *readCursor) error {
	lookups, err := a.devices.Lookups(ctx, c, in.OrganizationID)
	if err != nil {
		return err
	}
	teamViewer, err := a.stagedTeamViewer(ctx, in.ImportID)
	if err != nil {
		return err
	}
	query := ninjaone.DeviceQuery{OrganizationID: in.OrganizationID, AfterID: int(cursor.Second)}
	for page, err := range c.NinjaOne.DevicesDetailed(ctx, query) {
		if err != nil {
			return fmt.Errorf("read NinjaOne's devices: %w", err)
		}
		records := make([]store.Record, 0, len(page))
		for _, device := range page {
			if !asset.Approved(device) {
				continue
			}
			record, err := a.devices.Device(ctx, c, device, lookups, teamViewer[device.OrganizationID])
			if err != nil {
				return err
			}
			data, err := json.Marshal(record)
			if err != nil {
				return fmt.Errorf("encode device %d: %w", device.ID, err)
			}
			records = append(records, store.Record{
				ID: strconv.Itoa(record.ID), ParentID: int64(record.OrganizationID), Key: rules.NameKey(record.Title()), Data: data,
			})
		}
		if err := a.store.StageRecords(ctx, in.ImportID, store.DeviceRecord, records); err != nil {
			return err
		}
		cursor.Result.Devices += len(records)
		cursor.Second = int64(page[len(page)-1].ID)
		reportProgress(ctx, *cursor)
	}
	return nil
}

// stagedTeamViewer is where TeamViewer is switched on, by organization.
func (a *Activities) stagedTeamViewer(ctx context.Context, importID string) (map[int]rules.TeamViewer, error) {
	on := map[int]rules.TeamViewer{}
	for organization, err := range stagedRecords[rules.Organization](ctx, a.store, importID, store.OrganizationRecord) {
		if err != nil {
			return nil, err
		}
		if organization.TeamViewer.Enabled {
			on[organization.ID] = organization.TeamViewer
		}
	}
	return on, nil
}

func readCursorOf(ctx context.Context) readCursor {
	var cursor readCursor
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &cursor); err != nil {
			return readCursor{} // of another version of this program: reading from the start costs calls, and nothing else
		}
	}
	return cursor
}
