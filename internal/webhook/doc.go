// Package webhook receives what NinjaOne and Accelo post: it authenticates a delivery, reads which event it is, and hands
// the event to Temporal before it answers (interface section 3).
//
// It does nothing else: it may decide nothing about alerts or requests, call no vendor and run no SQL. Deliveries come at
// least once, in any order and from strangers too, so whatever it is handed it never panics, and what it starts has to be
// safe to start again. Neither a body nor a secret is ever logged.
package webhook
