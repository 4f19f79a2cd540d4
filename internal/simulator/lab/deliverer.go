package lab

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// reorderHold is how long a reordered webhook waits for the next one.
const reorderHold = 250 * time.Millisecond

// Deliverer sends webhooks in the background and applies the webhook faults. It is safe for concurrent use.
type Deliverer struct {
	options DeliveryOptions
	client  *http.Client
	stop    context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	changed *sync.Cond
	queue   []attempt
	held    []*heldDelivery
	pending int // enqueued and not finished, including held ones
	closed  bool
	results []DeliveryResult
}

type heldDelivery struct {
	attempt
	timer *time.Timer
}

// NewDeliverer starts a queue. Close it to stop its workers.
func NewDeliverer(options DeliveryOptions) *Deliverer {
	if options.Timeout == 0 {
		options.Timeout = 10 * time.Second
	}
	if options.Workers == 0 {
		options.Workers = 8
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Faults == nil {
		options.Faults = NewFaults(0)
	}
	if options.Transport == nil {
		options.Transport = &http.Transport{MaxIdleConnsPerHost: options.Workers}
	}
	client := &http.Client{
		Transport:     options.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	ctx, stop := context.WithCancel(context.Background())
	d := &Deliverer{options: options, client: client, stop: stop}
	d.changed = sync.NewCond(&d.mu)
	for range options.Workers {
		d.running.Go(func() { d.work(ctx) })
	}
	return d
}

// Enqueue queues a webhook. After Close it does nothing.
func (d *Deliverer) Enqueue(delivery Delivery) {
	pick := func(kind string) (Fault, bool) {
		return d.options.Faults.PickFor([]string{kind}, http.MethodPost, delivery.Event)
	}
	first := attempt{Delivery: delivery, number: 1}
	if _, hit := pick(FaultWebhookDrop); hit {
		d.record(DeliveryResult{ID: delivery.ID, Event: delivery.Event, URL: delivery.URL, Fault: FaultWebhookDrop, Owner: delivery.Owner})
		return
	}
	if _, hit := pick(FaultWebhookDuplicate); hit {
		first.fault = FaultWebhookDuplicate
		d.push(first)
	}
	if fault, hit := pick(FaultWebhookDelay); hit {
		first.fault = FaultWebhookDelay
		d.hold(first, time.Duration(fault.DelayMillis)*time.Millisecond)
		return
	}
	if fault, hit := pick(FaultWebhookReorder); hit {
		first.fault = FaultWebhookReorder
		wait := time.Duration(fault.DelayMillis) * time.Millisecond
		d.hold(first, max(wait, reorderHold))
		return
	}
	d.push(first)
	d.release(FaultWebhookReorder)
}

// Drain waits until every webhook has been sent, including held ones and retries, or until ctx ends.
func (d *Deliverer) Drain(ctx context.Context) error {
	wake := context.AfterFunc(ctx, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.changed.Broadcast()
	})
	defer wake()
	d.release(FaultWebhookReorder)
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.pending > 0 && !d.closed {
		if err := ctx.Err(); err != nil {
			return err
		}
		d.changed.Wait()
	}
	return nil
}

// Log returns up to limit results, newest first. A limit of 0 returns all that are kept.
func (d *Deliverer) Log(limit int) []DeliveryResult {
	d.mu.Lock()
	defer d.mu.Unlock()
	return newestFirst(d.results, limit)
}

// Close drops the queue, cancels running attempts and waits for them to end.
func (d *Deliverer) Close() {
	d.mu.Lock()
	d.closed = true
	d.queue = nil
	for _, held := range d.held {
		held.timer.Stop()
	}
	d.held = nil
	d.changed.Broadcast()
	d.mu.Unlock()
	d.stop()
	d.running.Wait()
	d.client.CloseIdleConnections()
}

func (d *Deliverer) clearLog() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.results = nil
}

func (d *Deliverer) push(next attempt) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	d.pending++
	d.queue = append(d.queue, next)
	d.changed.Broadcast()
}

// hold queues an attempt after a delay.
func (d *Deliverer) hold(next attempt, wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	d.pending++
	held := &heldDelivery{attempt: next}
	d.held = append(d.held, held)
	held.timer = time.AfterFunc(wait, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.unhold(func(h *heldDelivery) bool { return h == held })
	})
}

// release queues the attempts that a fault of this kind holds.
func (d *Deliverer) release(fault string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unhold(func(h *heldDelivery) bool { return h.fault == fault })
}

// unhold queues matching held attempts. The caller holds the lock.
func (d *Deliverer) unhold(matches func(*heldDelivery) bool) {
	kept := d.held[:0]
	for _, held := range d.held {
		if !matches(held) {
			kept = append(kept, held)
			continue
		}
		held.timer.Stop()
		d.queue = append(d.queue, held.attempt)
	}
	d.held = kept
	d.changed.Broadcast()
}
