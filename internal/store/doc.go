// Package store keeps what must survive a crash: connections, the links between the two vendors' records, parked failures
// and the working set of running imports, in PostgreSQL.
//
// All SQL of the product is here, and nothing else is: the store decides nothing about vendors or workflows, calls no
// API, and never reads credentials, which pass through it sealed.
package store
