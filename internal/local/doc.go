// Package local runs PostgreSQL, Temporal and our own programs on this machine, without containers: for tests, for
// `make demo` and for `make up`.
//
// Everything listens on 127.0.0.1 only and ends with the process that started it, on Linux even when that process is
// killed. Nothing here is part of the product: worker and starter must not import it.
package local
