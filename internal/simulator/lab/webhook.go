package lab

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// Delivery is a webhook to send.
type Delivery struct {
	// ID is the vendor's id of the event, for the log.
	ID string
	// Event names the event, for the log and for the Path of webhook faults, such as "CONDITION/TRIGGERED".
	Event string
	// URL, Header and Body are the request. The method is POST.
	URL    string
	Header http.Header
	Body   []byte
	// Owner is whatever OnResult needs to find the subscription again.
	Owner string
}

// DeliveryResult is the outcome of one attempt, or of a delivery that was never attempted.
type DeliveryResult struct {
	ID    string    `json:"id"`
	Event string    `json:"event"`
	URL   string    `json:"url"`
	Time  time.Time `json:"time"`
	// Attempt counts from 1; 0 means that it was never sent.
	Attempt int `json:"attempt"`
	// Status is the receiver's HTTP status; 0 where there was no answer.
	Status int `json:"status"`
	// Millis is how long the answer took.
	Millis float64 `json:"millis"`
	// Fault is the kind of fault that hit it.
	Fault string `json:"fault,omitempty"`
	// Error says why there was no answer.
	Error string `json:"error,omitempty"`
	// TimedOut tells a receiver that was too slow from one that could not be reached.
	TimedOut bool   `json:"timed_out,omitempty"`
	Owner    string `json:"owner,omitempty"`
}

// OK tells whether the receiver answered 2xx.
func (r DeliveryResult) OK() bool { return r.Status >= 200 && r.Status < 300 }

// DeliveryOptions configure a Deliverer.
type DeliveryOptions struct {
	// Timeout of one attempt; 0 means 10 seconds.
	Timeout time.Duration
	// Workers is how many deliveries run at once; 0 means 8. With 1, deliveries keep their order.
	Workers int
	// Retry tells after an attempt that failed whether and when to try again; nil means never.
	Retry func(result DeliveryResult) (wait time.Duration, again bool)
	// OnResult is told of every attempt, from the delivery's own goroutine; nil means nobody.
	OnResult func(result DeliveryResult)
	// Client sends; nil means a client of its own that follows no redirects.
	Client *http.Client
	// Faults and Now are set by [New].
	Faults *Faults
	Now    func() time.Time
}

// reorderHold is how long a webhook waits for one to overtake it.
const reorderHold = 250 * time.Millisecond

// Deliverer sends webhooks in the background, with the webhook faults. It is safe for concurrent use.
type Deliverer struct {
	options DeliveryOptions
	stop    context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	changed *sync.Cond
	queue   []attempt
	held    []*heldDelivery
	pending int // enqueued and not finished, those held back included
	closed  bool
	results []DeliveryResult
}

type attempt struct {
	Delivery
	number int
	fault  string
}

type heldDelivery struct {
	attempt
	timer *time.Timer
}

// NewDeliverer starts a queue. Close it.
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
	if options.Client == nil {
		options.Client = &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: options.Workers},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	d := &Deliverer{options: options, stop: stop}
	d.changed = sync.NewCond(&d.mu)
	for range options.Workers {
		d.running.Go(func() { d.work(ctx) })
	}
	return d
}

// Enqueue sends a webhook soon. After Close it does nothing.
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

// Drain waits until every webhook has left, those held back and their retries included, or ctx ends.
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

// Log returns the newest results first, at most limit of them; 0 means all that are remembered.
func (d *Deliverer) Log(limit int) []DeliveryResult {
	d.mu.Lock()
	defer d.mu.Unlock()
	return newestFirst(d.results, limit)
}

// Pending is how many webhooks have not left yet.
func (d *Deliverer) Pending() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pending
}

// Close drops what is queued, cancels what is under way and waits for it to end.
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
	d.options.Client.CloseIdleConnections()
}

func (d *Deliverer) forget() {
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

// hold keeps an attempt back for a while.
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

// release lets go what was held back by a fault of this kind.
func (d *Deliverer) release(fault string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unhold(func(h *heldDelivery) bool { return h.fault == fault })
}

// unhold moves matching attempts to the queue; the lock is held.
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

// work sends what is queued until the deliverer closes.
func (d *Deliverer) work(ctx context.Context) {
	for {
		d.mu.Lock()
		for len(d.queue) == 0 && !d.closed {
			d.changed.Wait()
		}
		if d.closed {
			d.mu.Unlock()
			return
		}
		next := d.queue[0]
		d.queue = d.queue[1:]
		d.mu.Unlock()
		d.finish(next, d.send(ctx, next))
	}
}

// finish reports an attempt and arranges the next one, if any.
func (d *Deliverer) finish(done attempt, result DeliveryResult) {
	d.record(result)
	if d.options.OnResult != nil {
		d.options.OnResult(result)
	}
	if !result.OK() && d.options.Retry != nil {
		if wait, again := d.options.Retry(result); again {
			done.number++
			done.fault = ""
			d.hold(done, wait)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pending--
	d.changed.Broadcast()
}

// send makes one attempt.
func (d *Deliverer) send(ctx context.Context, next attempt) DeliveryResult {
	result := DeliveryResult{
		ID: next.ID, Event: next.Event, URL: next.URL, Time: d.options.Now(), Attempt: next.number, Fault: next.fault, Owner: next.Owner,
	}
	if _, hit := d.options.Faults.PickFor([]string{FaultWebhookFail}, http.MethodPost, next.Event); hit {
		result.Fault, result.Error = FaultWebhookFail, "the attempt was made to fail"
		return result
	}
	ctx, cancel := context.WithTimeout(ctx, d.options.Timeout)
	defer cancel()
	started := time.Now()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, next.URL, bytes.NewReader(next.Body))
	if err != nil {
		result.Error = err.Error()
		return result
	}
	for name, values := range next.Header {
		request.Header[name] = values
	}
	response, err := d.options.Client.Do(request)
	result.Millis = float64(time.Since(started).Microseconds()) / 1000
	if err != nil {
		result.Error, result.TimedOut = err.Error(), ctx.Err() == context.DeadlineExceeded
		return result
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	result.Status = response.StatusCode
	return result
}

func (d *Deliverer) record(result DeliveryResult) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if result.Time.IsZero() {
		result.Time = d.options.Now()
	}
	d.results = appendBounded(d.results, result)
}
