package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/internal/importer"
)

// ReadInput asks to stage the records that an import compares.
type ReadInput struct {
	Connection string `json:"connection"`
	ImportID   string `json:"import_id"`
	// OrganizationID restricts the reading to one organization; 0 means all.
	OrganizationID int `json:"organization_id,omitempty"`
}

// ReadResult counts the staged records.
type ReadResult = importer.ReadResult

// NinjaRead stages NinjaOne's organizations and approved devices.
func (a *Activities) NinjaRead(ctx context.Context, in ReadInput) (ReadResult, error) {
	return a.importer.ReadNinjaOne(ctx, importer.ReadRequest(in), readCursor(ctx), reportRead(ctx))
}

// readCursor returns where an earlier attempt stopped. It reports at once, so that a further attempt does not lose it.
func readCursor(ctx context.Context) importer.ReadCursor {
	var cursor importer.ReadCursor
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &cursor); err != nil {
			cursor = importer.ReadCursor{} // another version's heartbeat: reading from the start only costs calls
		}
	}
	reportProgress(ctx, cursor)
	return cursor
}

func reportRead(ctx context.Context) func(importer.ReadCursor) {
	return func(cursor importer.ReadCursor) { reportProgress(ctx, cursor) }
}
