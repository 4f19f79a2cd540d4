package importer

import (
	"context"
	"fmt"
	"time"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

const (
	// deviceWorkers is how many devices of one organization are synced at a time. The number of concurrent calls to Accelo is limited
	// for the whole connection (accelo.md 13).
	deviceWorkers = 4
	// maxAttempts is the attempt at which a device that keeps failing, although Accelo answers, is recorded as failed.
	maxAttempts = 8
	// maxWaits is that attempt for a device that only waits for others, or for an answer to a question.
	maxWaits = 24
	// maxFailuresInRow is how many devices fail in a row before the attempt ends without trying the others.
	maxFailuresInRow = 6
	// outcomeBatch is how many outcomes are stored at a time.
	outcomeBatch = 50
	// deviceTimeout bounds the sync of one device.
	deviceTimeout = 2 * time.Minute
)

// DeviceProgress is how far SyncDevices has come. Heartbeats contain its JSON, for users: a retry continues with the devices that have no
// outcome.
type DeviceProgress struct {
	Done  int `json:"done"`
	Total int `json:"total"`
	Last  int `json:"last_device_id"`
}

// Attempt describes the current attempt of SyncDevices.
type Attempt struct {
	// Number counts attempts, beginning with 1.
	Number int
	// Report is called after each device.
	Report func(DeviceProgress)
	// Interrupted returns why no further device should be started, or nil.
	Interrupted func() error
}

// SyncDevices syncs an organization's devices that have no outcome yet, each as package asset decides right before the write. A device
// that Accelo rejects is recorded as failed, and the others continue. If the attempt is interrupted, it finishes the devices it has
// started. The error is the reason for another attempt; it is nil if every device has an outcome.
func (i *Importer) SyncDevices(ctx context.Context, request SyncRequest, attempt Attempt) error {
	batch, err := i.newDeviceBatch(ctx, request, attempt)
	if err != nil {
		return err
	}
	return batch.run(ctx)
}

// rereader returns a function that reads a device of an organization from NinjaOne again. It returns nil for a device that was deleted or
// moved to another organization since.
func (i *Importer) rereader(c tenant.Connection, organization store.Link, id int) func(context.Context, store.Link) (*rules.Device, error) {
	return func(ctx context.Context, link store.Link) (*rules.Device, error) {
		read, err := c.NinjaOne.Device(ctx, id)
		switch {
		case ninjaone.IsNotFound(err):
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("read device %d: %w", id, err)
		case read.OrganizationID != organization.OrganizationID || !asset.Approved(read):
			return nil, nil
		}
		device, err := i.Devices.SingleDevice(ctx, c, read, organization)
		return &device, err
	}
}

// DeviceCounts counts an organization's devices by outcome.
func (i *Importer) DeviceCounts(ctx context.Context, importID string, organizationID int) (flow.Counts, error) {
	tallies, err := i.Store.OutcomesByParent(ctx, importID, store.DeviceRecord, int64(organizationID))
	var counts flow.Counts
	for _, tally := range tallies {
		counts.Add(tally.Outcome, tally.Count)
	}
	return counts, err
}

func (i *Importer) newDeviceBatch(ctx context.Context, request SyncRequest, attempt Attempt) (*deviceBatch, error) {
	c, err := i.Tenants.Ready(ctx, request.Connection)
	if err != nil {
		return nil, err
	}
	organization, err := i.stagedOrganization(ctx, request.ImportID, request.OrganizationID)
	if err != nil {
		return nil, err
	}
	states, err := i.joinCompanies(ctx, request.Connection, request.ImportID, []rules.Organization{organization})
	if err != nil {
		return nil, err
	}
	if err := i.joinDevices(ctx, request.Connection, request.ImportID, states); err != nil {
		return nil, err
	}
	if err := asset.FindUnlisted(ctx, c, deviceStates(states)); err != nil {
		return nil, err
	}
	state := states[0]
	if state.Link == nil {
		return nil, fmt.Errorf("organization %d has no %s yet", request.OrganizationID, c.Labels().Company.Singular())
	}
	batch := &deviceBatch{importer: i, request: request, attempt: attempt, connection: c, company: *state.Link}
	evidence := i.Assets.NewEvidence(c, request.ImportID, state.devices...)
	for _, device := range state.devices {
		if device.Outcome == "" {
			device.Evidence, device.Reread = evidence, i.rereader(c, *state.Link, device.Device.ID)
			batch.todo = append(batch.todo, device)
		}
	}
	if err := i.Assets.NameChanges(ctx, c, request.ImportID, asset.PlaceIn(*state.Link), batch.todo); err != nil {
		return nil, err
	}
	batch.progress.Total = len(batch.todo)
	attempt.Report(batch.progress)
	return batch, nil
}
