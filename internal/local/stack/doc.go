// Package stack runs the product's real programs on this machine, with simulated or real vendors. `make demo`, `make up` and the
// end-to-end tests share it. PostgreSQL and Temporal must be running.
//
// It may start, stop and call programs, and knows nothing about how they work.
package stack
