// Package lenient reads the JSON of systems whose documentation leaves open, or gets wrong, which type a member has. A member that has
// another type than its field is converted if nothing is lost by it, and counts as absent otherwise: it never costs the record, and a record
// never costs its list.
//
// The package knows no vendor and imports nothing of this module.
package lenient
