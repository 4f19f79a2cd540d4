// Package server is a Temporal service inside the process, for the deterministic simulation. The real SDK's client and worker
// talk to it through a gRPC interceptor: no network, no goroutine of its own, no clock but time.Now.
//
// It keeps histories in memory and implements what this product uses: starts with their id policies, signals, cancellation,
// termination, timers, activities with retries and timeouts, markers, child workflows and continue as new. Nothing happens
// until the driver calls Tasks, Give and Advance, so that the driver alone decides what runs next. Anything else returns
// Unimplemented.
package server
