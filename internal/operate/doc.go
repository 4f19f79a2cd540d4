// Package operate is what a user may do to a connection: import, reconcile, approve, retry, correct. The commands of starter, the API and
// the page are surfaces of it, so that each thing is done in one way and follows the same rules.
//
// It checks the user's role, binds every operation to the connection's pair of accounts, writes an audit entry for it, and returns typed
// errors with words for the user.
// It may not print, know flags or HTTP, or run SQL.
package operate
