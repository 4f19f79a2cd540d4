// Package bulkhead keeps what one connection's vendor can occupy apart from everything else: a share of calls that is full, or whose calls hang,
// refuses the next one at once instead of letting it wait in a worker's slot.
//
// It makes no calls and knows no vendor, no Temporal and no database: callers tell it when a call begins and how it ended.
package bulkhead
