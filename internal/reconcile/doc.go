// Package reconcile finds what webhooks missed, what is overdue, and what was deleted in NinjaOne: it compares both vendors with
// our own rows and returns the differences.
//
// It decides nothing about requests and starts no workflow: the Reconcile workflow starts the same flows that webhooks would have
// started. The package may write only its own progress (cursors, scans, registrations) and the marks of deleted records. It may
// not import Temporal or activities.
package reconcile
