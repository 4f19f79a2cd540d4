// Package local runs PostgreSQL, Temporal and our own programs on this machine without containers, for tests, `make demo` and
// `make up`.
//
// Everything listens only on 127.0.0.1, and ends with the process that started it: on Linux even if that process is killed.
// It is not part of the product: worker and starter may not import it.
package local
