// Package temporalx connects to Temporal using its standard TEMPORAL_* variables, registers search attributes and
// maintains schedules.
//
// It may not define workflows, names or IDs, or know what they mean: callers pass them in.
package temporalx
