package activities

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

const (
	// deviceWorkers is how many devices of one organization are synced at a time. The connection's own limit on calls in
	// flight, shared by all organizations, is what Accelo feels (contract accelo 13).
	deviceWorkers = 4
	// patience is the attempt from which a record that keeps failing, while the vendor answers others, is parked.
	patience = 8
	// outageAfter is how many records in a row fail before the rest of the organization is not even tried.
	outageAfter = 6
)

// AcceloSyncDevicesInput asks to sync the devices of one organization that have no outcome yet.
type AcceloSyncDevicesInput struct {
	Connection     string `json:"connection"`
	ImportID       string `json:"import_id"`
	OrganizationID int    `json:"organization_id"`
}

// AcceloSyncDevicesResult is what became of them.
type AcceloSyncDevicesResult struct {
	Devices flow.Counts `json:"devices"`
	// Stopped tells that the import was cancelled before all devices were done.
	Stopped bool `json:"stopped,omitempty"`
}

// DevicesCursor is the heartbeat of AcceloSyncDevices: how far it is, for people. A retry goes on with the devices that
// have no outcome in the working set.
type DevicesCursor struct {
	Done  int `json:"done"`
	Total int `json:"total"`
	Last  int `json:"last_device_id"`
}

// AcceloSyncDevices brings an organization's devices into Accelo as assets. A device that Accelo finally refuses is parked
// and the rest go on. Cancelled, or on a worker that stops, it finishes the devices in hand.
func (a *Activities) AcceloSyncDevices(ctx context.Context, in AcceloSyncDevicesInput) (AcceloSyncDevicesResult, error) {
	batch, err := a.newDeviceBatch(accelo.WithLane(ctx, accelo.Bulk), in)
	if err == nil {
		err = batch.run(ctx)
	}
	if err == nil || errors.Is(err, context.Canceled) && cancelled(ctx) {
		counts, countErr := a.store.OutcomesByParent(context.WithoutCancel(ctx), in.ImportID, store.DeviceRecord, int64(in.OrganizationID))
		if countErr != nil {
			return AcceloSyncDevicesResult{}, countErr
		}
		return AcceloSyncDevicesResult{Devices: countsOf(counts), Stopped: err != nil}, nil
	}
	return AcceloSyncDevicesResult{}, err
}

// deviceBatch is one attempt at an organization's devices.
type deviceBatch struct {
	activities *Activities
	in         AcceloSyncDevicesInput
	// work is the context of the vendors' calls; it outlives a cancellation, so that the device in hand is finished.
	work       func() (context.Context, context.CancelFunc)
	connection tenant.Connection
	company    store.Link
	todo       []asset.State

	mu       sync.Mutex
	done     []store.RecordOutcome // not stored yet
	inOrder  []string              // of these, those that need no longer be parked
	cursor   DevicesCursor
	failed   int // in a row
	leftover []leftDevice
	fatal    error
}

// leftDevice is a device that is left for another attempt.
type leftDevice struct {
	device rules.Device
	err    error
}

func (a *Activities) newDeviceBatch(ctx context.Context, in AcceloSyncDevicesInput) (*deviceBatch, error) {
	c, err := a.tenants.Ready(ctx, in.Connection)
	if err != nil {
		return nil, err
	}
	organization, err := a.stagedOrganization(ctx, in.ImportID, in.OrganizationID)
	if err != nil {
		return nil, err
	}
	views, err := a.views(ctx, in.Connection, in.ImportID, []rules.Organization{organization})
	if err != nil {
		return nil, err
	}
	if err := asset.FindUnlisted(ctx, c, deviceStates(views)); err != nil {
		return nil, err
	}
	view := views[0]
	if view.Link == nil {
		return nil, fmt.Errorf("organization %d has no %s yet", in.OrganizationID, c.Labels().Company.Singular())
	}
	batch := &deviceBatch{activities: a, in: in, connection: c, company: *view.Link}
	batch.work = func() (context.Context, context.CancelFunc) {
		return context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	}
	for _, device := range view.devices {
		if device.Outcome == "" {
			batch.todo = append(batch.todo, device)
		}
	}
	if err := a.assets.NameChanges(ctx, c, in.ImportID, asset.PlaceIn(*view.Link), batch.todo); err != nil {
		return nil, err
	}
	batch.cursor.Total = len(batch.todo)
	reportProgress(ctx, batch.cursor)
	return batch, nil
}

// run works the devices off with a few workers, and then says whether any are left for another attempt.
func (b *deviceBatch) run(ctx context.Context) error {
	queue := make(chan asset.State)
	var workers sync.WaitGroup
	for range min(deviceWorkers, len(b.todo)) {
		workers.Go(func() {
			for device := range queue {
				b.sync(ctx, device)
			}
		})
	}
	var stopped error
	for _, device := range b.todo {
		if stopped = b.stop(ctx); stopped != nil {
			break
		}
		queue <- device
	}
	close(queue)
	workers.Wait()
	if err := b.flush(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	return b.verdict(ctx, stopped)
}

// stop tells why no further device should be taken up.
func (b *deviceBatch) stop(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fatal != nil {
		return b.fatal
	}
	return interrupted(ctx)
}

func (b *deviceBatch) sync(ctx context.Context, view asset.State) {
	work, cancel := b.work()
	defer cancel()
	outcome, err := b.activities.assets.Sync(work, b.connection, b.in.ImportID, b.company, view)
	id, reason := strconv.Itoa(view.Device.ID), ""
	if err != nil && tenant.IsRecordError(err) {
		outcome, reason = rules.Failed, err.Error()
		err = b.activities.parkDevice(ctx, b.in, view.Device, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cursor.Done++
	b.cursor.Last = view.Device.ID
	if err != nil {
		b.putAside(view, err)
		return
	}
	b.failed = 0
	if outcome != rules.Failed {
		b.inOrder = append(b.inOrder, id)
	}
	b.done = append(b.done, store.RecordOutcome{ID: id, Outcome: outcome, Error: reason})
	reportProgress(ctx, b.cursor)
	if len(b.done) >= 50 {
		if err := b.flushLocked(context.WithoutCancel(ctx)); err != nil {
			b.fatal = err
		}
	}
}

// putAside leaves a device for the next attempt. What concerns every device alike, or hits many in a row, ends this one.
func (b *deviceBatch) putAside(view asset.State, err error) {
	err = fmt.Errorf("device %d: %w", view.Device.ID, err)
	b.leftover = append(b.leftover, leftDevice{view.Device, err})
	b.failed++
	var held *store.HeldError
	kind := tenant.Classify(err, time.Now()).Kind
	if kind == tenant.WaitingForBudget || kind == tenant.RateLimited || kind == tenant.WrongCredential || (b.failed >= outageAfter && !errors.As(err, &held)) {
		b.fatal = err
	}
}

func (b *deviceBatch) flush(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.flushLocked(ctx)
}

func (b *deviceBatch) flushLocked(ctx context.Context) error {
	if err := b.activities.store.SetOutcomes(ctx, b.in.ImportID, store.DeviceRecord, b.done); err != nil {
		return err
	}
	if err := b.activities.store.ClearFailures(ctx, b.in.Connection, store.Devices, b.inOrder...); err != nil {
		return err
	}
	b.done, b.inOrder = b.done[:0], b.inOrder[:0]
	return nil
}

// verdict is the error that brings about the next attempt, nil when every device has an outcome. Devices that keep failing
// although the vendor is well are parked in the end, so that one of them cannot hold up the import for ever.
func (b *deviceBatch) verdict(ctx context.Context, stopped error) error {
	switch {
	case b.fatal != nil:
		return b.fatal
	case stopped != nil:
		return stopped
	case len(b.leftover) == 0:
		return nil
	}
	if activity.GetInfo(ctx).Attempt >= patience {
		if _, err := b.connection.Accelo.TokenInfo(ctx); err == nil {
			return b.parkLeftovers(ctx)
		}
	}
	return longest(b.leftover)
}

func (b *deviceBatch) parkLeftovers(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, left := range b.leftover {
		if err := b.activities.parkDevice(ctx, b.in, left.device, left.err); err != nil {
			return err
		}
		b.done = append(b.done, store.RecordOutcome{ID: strconv.Itoa(left.device.ID), Outcome: rules.Failed, Error: left.err.Error()})
	}
	return b.flushLocked(ctx)
}

// longest is the error that asks for the longest wait: a claim that is held takes until it runs out.
func longest(left []leftDevice) error {
	var worst error
	var delay time.Duration = -1
	for _, one := range left {
		if verdict := tenant.Classify(one.err, time.Now()); verdict.Delay > delay {
			worst, delay = one.err, verdict.Delay
		}
	}
	return fmt.Errorf("%d devices are left for another attempt; one of them: %w", len(left), worst)
}
