// Package company keeps the Accelo company of a NinjaOne organization: it links, creates and updates the company, gives it a
// primary contact, and follows it if someone merges it into another one.
//
// A company that was deleted in Accelo is never recreated here: a user decides that. The package may not import Temporal,
// activities or asset.
package company
