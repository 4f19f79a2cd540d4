// Package test runs the whole product end to end: the real worker, starter and simulators as separate processes, a real
// PostgreSQL and a real Temporal server. It holds only tests and benchmarks.
//
// Everything is checked from the outside: the programs' output and exit codes, Temporal, and the state and call counters of
// both simulators. The oracle knows the vendors' contracts and docs/interface.md, and nothing about the implementation.
package test
