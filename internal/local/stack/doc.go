// Package stack runs the product's real programs on this machine, with simulated vendors or real ones: what `make demo`,
// `make up` and the end-to-end tests share. PostgreSQL and Temporal are given to it.
//
// It may start, stop and call programs; it knows nothing of what they do inside.
package stack
