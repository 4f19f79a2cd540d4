package importer

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// deviceBatch is one attempt at an organization's devices.
type deviceBatch struct {
	importer   *Importer
	request    SyncRequest
	attempt    Attempt
	connection tenant.Connection
	company    store.Link
	todo       []asset.State

	mu       sync.Mutex
	outcomes []store.RecordOutcome // not stored yet
	synced   []string              // the IDs among them that did not fail
	progress DeviceProgress
	inRow    int // failures in a row
	leftover []leftDevice
	fatal    error
	stopped  error // why devices were not started
}

// leftDevice is a device that is left for another attempt.
type leftDevice struct {
	device rules.Device
	err    error
}

// run syncs the devices with a few workers. It returns the reason for another attempt, if there is one.
func (b *deviceBatch) run(ctx context.Context) error {
	queue := make(chan []asset.State)
	var workers sync.WaitGroup
	for range min(deviceWorkers, len(b.todo)) {
		workers.Go(func() {
			for devices := range queue {
				b.syncAll(ctx, devices)
			}
		})
	}
	for _, devices := range namesakes(b.todo) {
		if b.stop() != nil {
			break
		}
		queue <- devices
	}
	close(queue)
	workers.Wait()
	if err := b.flush(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	return b.result(ctx)
}

// namesakes groups devices by the title of their assets, in order. Those of one title are synced one after another, since only one of them
// can be linked or created at a time.
func namesakes(devices []asset.State) [][]asset.State {
	var groups [][]asset.State
	at := map[string]int{}
	for _, device := range devices {
		key := rules.NameKey(device.Device.Title())
		if index, known := at[key]; known {
			groups[index] = append(groups[index], device)
			continue
		}
		at[key] = len(groups)
		groups = append(groups, []asset.State{device})
	}
	return groups
}

func (b *deviceBatch) syncAll(ctx context.Context, devices []asset.State) {
	for _, device := range devices {
		if b.stop() != nil {
			return
		}
		b.sync(ctx, device)
	}
}

// stop returns why no further device should be started, or nil.
func (b *deviceBatch) stop() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fatal != nil {
		return b.fatal
	}
	b.stopped = b.attempt.Interrupted()
	return b.stopped
}

// sync syncs one device. Its calls outlive a cancellation, so that a device that was started is finished.
func (b *deviceBatch) sync(ctx context.Context, state asset.State) {
	work, cancel := context.WithTimeout(context.WithoutCancel(ctx), deviceTimeout)
	defer cancel()
	outcome, err := b.importer.Assets.Sync(work, b.connection, b.request.ImportID, b.company, state)
	id, reason := strconv.Itoa(state.Device.ID), ""
	if err != nil && tenant.IsRecordError(err) {
		outcome, reason = rules.Failed, err.Error()
		err = b.recordFailure(ctx, state.Device, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.progress.Done++
	b.progress.Last = state.Device.ID
	if err != nil {
		b.leave(state.Device, err)
		return
	}
	b.inRow = 0
	if outcome != rules.Failed {
		b.synced = append(b.synced, id)
	}
	b.outcomes = append(b.outcomes, store.RecordOutcome{ID: id, Outcome: outcome, Error: reason})
	b.attempt.Report(b.progress)
	if len(b.outcomes) >= outcomeBatch {
		if err := b.flushLocked(context.WithoutCancel(ctx)); err != nil {
			b.fatal = err
		}
	}
}

// leave leaves a device for the next attempt. An error that concerns all devices, or many in a row, ends this one.
func (b *deviceBatch) leave(device rules.Device, err error) {
	err = fmt.Errorf("device %d: %w", device.ID, err)
	b.leftover = append(b.leftover, leftDevice{device, err})
	b.inRow++
	var held *store.HeldError
	switch kind := tenant.Classify(err, time.Now()).Kind; {
	case kind == tenant.WaitingForBudget, kind == tenant.RateLimited, kind == tenant.VendorBusy, kind == tenant.WrongCredential,
		kind == tenant.ReconnectRequired:
		b.fatal = err
	case b.inRow >= maxFailuresInRow && !errors.As(err, &held):
		b.fatal = err
	}
}

// recordFailure records why a device has no asset, or an outdated one, until a later run succeeds.
func (b *deviceBatch) recordFailure(ctx context.Context, device rules.Device, cause error) error {
	tenant.LoggerFrom(ctx).Warn("device failed", "device_id", device.ID, "organization_id", b.request.OrganizationID, "error", cause)
	return b.importer.Store.RecordFailure(context.WithoutCancel(ctx), store.Failure{
		Connection: b.request.Connection, Kind: store.Devices, NinjaID: strconv.Itoa(device.ID), OrganizationID: b.request.OrganizationID,
		Name: device.Title(), WorkflowID: b.request.WorkflowID, Error: cause.Error(),
	})
}

func (b *deviceBatch) flush(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.flushLocked(ctx)
}

func (b *deviceBatch) flushLocked(ctx context.Context) error {
	if err := b.importer.Store.SetOutcomes(ctx, b.request.ImportID, store.DeviceRecord, b.outcomes); err != nil {
		return err
	}
	if err := b.importer.Store.ClearFailures(ctx, b.request.Connection, store.Devices, b.synced...); err != nil {
		return err
	}
	b.outcomes, b.synced = b.outcomes[:0], b.synced[:0]
	return nil
}

// result returns nil if every device has an outcome, or the reason for another attempt. In the end, the devices that are left are recorded as
// failed if Accelo itself answers, so that one device can't hold up the import forever.
func (b *deviceBatch) result(ctx context.Context) error {
	switch {
	case b.fatal != nil:
		return b.fatal
	case b.progress.Done < b.progress.Total: // some were not started
		return b.stopped
	case len(b.leftover) == 0:
		return nil
	}
	if failing, waiting := b.failing(); len(failing) > 0 {
		if b.connection.Accelo.Answers(ctx) == nil {
			if err := b.failLeftovers(ctx, failing); err != nil || len(waiting) == 0 {
				return err
			}
			return longestWait(waiting)
		}
	}
	return longestWait(b.leftover)
}

// failing returns the devices that have used up their attempts. One whose write fails has fewer of them: what keeps the others waiting, such as a
// claim, a rate limit or a list that couldn't be read, doesn't concern them alone.
func (b *deviceBatch) failing() (failing, waiting []leftDevice) {
	for _, left := range b.leftover {
		limit := maxAttempts
		if tenant.Classify(left.err, time.Now()).Delay > 0 || accelo.IsRead(left.err) {
			limit = maxWaits
		}
		if b.attempt.Number >= limit {
			failing = append(failing, left)
		} else {
			waiting = append(waiting, left)
		}
	}
	return failing, waiting
}

func (b *deviceBatch) failLeftovers(ctx context.Context, failing []leftDevice) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, left := range failing {
		if err := b.recordFailure(ctx, left.device, left.err); err != nil {
			return err
		}
		b.outcomes = append(b.outcomes, store.RecordOutcome{ID: strconv.Itoa(left.device.ID), Outcome: rules.Failed, Error: left.err.Error()})
	}
	return b.flushLocked(ctx)
}

// longestWait returns the error that asks for the longest delay, such as a claim that another worker holds.
func longestWait(left []leftDevice) error {
	var longest error
	delay := time.Duration(-1)
	for _, one := range left {
		if verdict := tenant.Classify(one.err, time.Now()); verdict.Delay > delay {
			longest, delay = one.err, verdict.Delay
		}
	}
	return fmt.Errorf("%s left for another attempt: %w", rules.Count(len(left), "device"), longest)
}
