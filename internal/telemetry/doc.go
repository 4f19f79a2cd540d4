// Package telemetry is what the programs tell about themselves: logs, metrics, liveness and readiness.
//
// It may not know vendors, the database or workflows: callers name what they measure and hand over the checks that
// readiness consists of. Nothing it writes or serves may hold a secret.
package telemetry
