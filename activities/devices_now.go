package activities

import (
	"context"
	"fmt"
	"iter"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// DevicesNow yields NinjaOne's approved devices as an import would see them now, page by page, for whoever needs them without an
// import: a call per thousand devices, and a few for what they refer to. Where remote control links come from a custom field they
// are left out, since each would take a call. After an error the iteration ends.
func DevicesNow(ctx context.Context, database *store.Store, c tenant.Connection, remote rules.RemoteControl) iter.Seq2[[]rules.Device, error] {
	reader := &Activities{store: database, options: Options{RemoteControl: remote}}
	return func(yield func([]rules.Device, error) bool) {
		teamViewer, err := teamViewerNow(ctx, c)
		if err != nil {
			yield(nil, err)
			return
		}
		lookups, err := reader.readLookups(ctx, c, 0)
		if err != nil {
			yield(nil, err)
			return
		}
		for page, err := range c.NinjaOne.DevicesDetailed(ctx, ninjaone.DeviceQuery{}) {
			if err != nil {
				yield(nil, fmt.Errorf("read NinjaOne's devices: %w", err))
				return
			}
			records, err := reader.recordsNow(ctx, c, page, lookups, teamViewer)
			if !yield(records, err) || err != nil {
				return
			}
		}
	}
}

func (a *Activities) recordsNow(
	ctx context.Context, c tenant.Connection, page []ninjaone.Device, lookups deviceLookups, teamViewer map[int]rules.TeamViewer,
) ([]rules.Device, error) {
	records := make([]rules.Device, 0, len(page))
	for _, device := range page {
		if !imported(device) {
			continue
		}
		record := lookups.record(device)
		if a.options.RemoteControl.Source != rules.RemoteControlCustomField {
			var err error
			if record.RemoteControl, err = a.remoteControlLink(ctx, c, record, teamViewer[record.OrganizationID], lookups.remote); err != nil {
				return nil, err
			}
		}
		records = append(records, record)
	}
	return records, nil
}

// teamViewerNow is where TeamViewer is switched on, by organization.
func teamViewerNow(ctx context.Context, c tenant.Connection) (map[int]rules.TeamViewer, error) {
	on := map[int]rules.TeamViewer{}
	for page, err := range c.NinjaOne.OrganizationsDetailed(ctx, ninjaone.OrganizationQuery{}) {
		if err != nil {
			return nil, fmt.Errorf("read NinjaOne's organizations: %w", err)
		}
		for _, organization := range page {
			on[organization.ID] = organizationRecord(organization).TeamViewer
		}
	}
	return on, nil
}
