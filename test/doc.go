// Package test runs the whole product end to end: the real worker, starter and simulators as programs of their own, a real
// PostgreSQL and a real Temporal server. It holds tests and benchmarks only.
//
// What is checked is read from outside: the programs' output and exit codes, Temporal, and both simulators' state and
// counters. The oracle knows the vendors' contracts and the interface, and nothing of how the product works.
package test
