// Package workflows holds the flows between NinjaOne and Accelo, one file each, as deterministic Temporal workflows.
//
// Code here may decide and wait, and nothing else: no I/O, no clock but the workflow's, no goroutines but the workflow's,
// no environment. Side effects are activities, called by method reference; everything a flow needs to know comes in its
// input or from an activity.
package workflows
