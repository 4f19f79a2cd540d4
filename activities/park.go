package activities

import (
	"context"
	"strconv"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// parkDevice records why a device has no asset, or one that is out of date, until a later run succeeds.
func (a *Activities) parkDevice(ctx context.Context, in AcceloSyncDevicesInput, device rules.Device, cause error) error {
	ctx = context.WithoutCancel(ctx)
	activity.GetLogger(ctx).Warn("device parked", "device_id", device.ID, "organization_id", in.OrganizationID, "error", cause)
	return a.store.RecordFailure(ctx, store.Failure{
		Connection: in.Connection, Kind: store.Devices, NinjaID: strconv.Itoa(device.ID), OrganizationID: in.OrganizationID,
		Name: device.Title(), WorkflowID: activity.GetInfo(ctx).WorkflowExecution.ID, Error: cause.Error(),
	})
}
