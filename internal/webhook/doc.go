// Package webhook receives the webhooks of NinjaOne and Accelo. It authenticates a delivery, reads its event, and hands the
// event to Temporal before it responds (interface.md 3).
//
// It may not decide anything about alerts or requests, call a vendor or run SQL. Deliveries arrive at least once, in any order
// and from anyone, so it never panics on input, and everything it starts is safe to start again. It never logs a body or a secret.
package webhook
