// Package telemetry provides the programs' logs, metrics, liveness and readiness.
//
// It may not know vendors, the database or workflows: callers name what they measure and pass in the readiness checks. It
// may not write or serve a secret.
package telemetry
