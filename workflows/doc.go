// Package workflows holds the flows between NinjaOne and Accelo as deterministic Temporal workflows, one file each. Read
// alert_triggered.go first.
//
// Code here only decides and waits: no I/O, no environment, and no clock or goroutine except the workflow's own. Side effects
// are activities, called by method reference. A workflow learns everything from its input and its activities.
package workflows
