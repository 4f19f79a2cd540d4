// Package store keeps everything that must survive a crash in PostgreSQL: connections, the links between the vendors' records, alerts
// and their incidents, failures, and the working sets of running imports.
//
// It holds all of the product's SQL and nothing else. It makes no decisions about vendors or workflows, calls no API, and never reads
// credentials, which pass through it sealed.
package store
