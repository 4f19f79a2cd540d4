package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/importer"
)

// AcceloSyncDevicesInput asks to sync the devices of one organization that have no outcome yet.
type AcceloSyncDevicesInput struct {
	Connection     string `json:"connection"`
	ImportID       string `json:"import_id"`
	OrganizationID int    `json:"organization_id"`
}

// AcceloSyncDevicesResult is the result of AcceloSyncDevices.
type AcceloSyncDevicesResult struct {
	Devices flow.Counts `json:"devices"`
	// Stopped means that the import was cancelled before all devices were done.
	Stopped bool `json:"stopped,omitempty"`
}

// DevicesCursor is the heartbeat of AcceloSyncDevices.
type DevicesCursor = importer.DeviceProgress

// AcceloSyncDevices syncs an organization's devices. If it is cancelled, or its worker stops, it finishes the devices it has started.
func (a *Activities) AcceloSyncDevices(ctx context.Context, in AcceloSyncDevicesInput) (AcceloSyncDevicesResult, error) {
	info := activity.GetInfo(ctx)
	err := a.importer.SyncDevices(accelo.WithLane(ctx, accelo.Bulk), importer.SyncRequest{
		Connection: in.Connection, ImportID: in.ImportID, OrganizationID: in.OrganizationID, WorkflowID: info.WorkflowExecution.ID,
	}, importer.Attempt{
		Number:      int(info.Attempt),
		Report:      func(progress DevicesCursor) { reportProgress(ctx, progress) },
		Interrupted: func() error { return interrupted(ctx) },
	})
	stopped := errors.Is(err, context.Canceled) && cancelled(ctx)
	if err != nil && !stopped {
		return AcceloSyncDevicesResult{}, err
	}
	counts, err := a.importer.DeviceCounts(context.WithoutCancel(ctx), in.ImportID, in.OrganizationID)
	return AcceloSyncDevicesResult{Devices: counts, Stopped: stopped}, err
}
