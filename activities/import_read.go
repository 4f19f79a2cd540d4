package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/clients/accelo"
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

// AcceloRead stages Accelo's companies and the assets of our type.
func (a *Activities) AcceloRead(ctx context.Context, in ReadInput) (ReadResult, error) {
	ctx = accelo.WithLane(ctx, accelo.Bulk)
	return a.importer.ReadAccelo(ctx, importer.ReadRequest(in), readCursor(ctx), reportRead(ctx))
}

// NinjaReadAlerts stages the alerts that are active now.
func (a *Activities) NinjaReadAlerts(ctx context.Context, in ReadInput) error {
	return a.importer.ReadAlerts(ctx, in.Connection, in.ImportID)
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
