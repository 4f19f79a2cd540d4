package lab

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"
)

// Delivery is a webhook to send.
type Delivery struct {
	// ID is the vendor's ID of the event, for the log.
	ID string
	// Event is the event's name, such as "CONDITION/TRIGGERED", for the log and for the Path of webhook faults.
	Event string
	// URL, Header and Body form the POST request.
	URL    string
	Header http.Header
	Body   []byte
	// Owner identifies the subscription to OnResult.
	Owner string
}

// DeliveryResult is the outcome of one attempt, or of a delivery that was dropped.
type DeliveryResult struct {
	ID    string    `json:"id"`
	Event string    `json:"event"`
	URL   string    `json:"url"`
	Time  time.Time `json:"time"`
	// Attempt counts from 1; 0 means that the webhook was never sent.
	Attempt int `json:"attempt"`
	// Status is the receiver's HTTP status, or 0 if it did not reply.
	Status int `json:"status"`
	// Millis is the time until the reply, in milliseconds.
	Millis float64 `json:"millis"`
	// Fault is the kind of the fault that hit the delivery.
	Fault string `json:"fault,omitempty"`
	// Error says why there was no reply.
	Error string `json:"error,omitempty"`
	// TimedOut reports that the receiver was too slow, rather than unreachable.
	TimedOut bool   `json:"timed_out,omitempty"`
	Owner    string `json:"owner,omitempty"`
}

// OK reports whether the receiver replied with 2xx.
func (r DeliveryResult) OK() bool { return r.Status >= 200 && r.Status < 300 }

// DeliveryOptions configures a [Deliverer].
type DeliveryOptions struct {
	// Timeout limits one attempt; 0 means 10 seconds.
	Timeout time.Duration
	// Workers is the number of concurrent deliveries; 0 means 8. With 1, deliveries keep their order.
	Workers int
	// Retry decides after a failed attempt whether and when to try again; nil never retries.
	Retry func(result DeliveryResult) (wait time.Duration, again bool)
	// OnResult is called after every queued attempt, from the delivery's goroutine. It may be nil.
	OnResult func(result DeliveryResult)
	// Transport carries the deliveries; nil means the network.
	Transport http.RoundTripper
	// Faults and Now are set by [New].
	Faults *Faults
	Now    func() time.Time
}

type attempt struct {
	Delivery
	number int
	fault  string
}

// work sends queued attempts until the deliverer closes.
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

// finish reports an attempt and schedules a retry if there is one.
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

// Dispatch sends a webhook once, bypassing the queue, and waits for the result.
func (d *Deliverer) Dispatch(ctx context.Context, delivery Delivery) DeliveryResult {
	result := d.send(ctx, attempt{Delivery: delivery, number: 1})
	d.record(result)
	return result
}

// send makes one attempt.
func (d *Deliverer) send(ctx context.Context, next attempt) DeliveryResult {
	result := DeliveryResult{
		ID: next.ID, Event: next.Event, URL: next.URL, Time: d.options.Now(), Attempt: next.number, Fault: next.fault, Owner: next.Owner,
	}
	if _, hit := d.options.Faults.PickFor([]string{FaultWebhookFail}, http.MethodPost, next.Event); hit {
		result.Fault, result.Error = FaultWebhookFail, "failed by an injected fault"
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
	response, err := d.client.Do(request)
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
