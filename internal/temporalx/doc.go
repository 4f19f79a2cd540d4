// Package temporalx connects to Temporal by its standard TEMPORAL_* variables, and keeps search attributes and
// schedules there as this version of the program wants them.
//
// It may not define workflows, names or ids, nor know what they mean: callers hand them over.
package temporalx
