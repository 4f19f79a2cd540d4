// Package activities holds every side effect of the flows: calls to the two vendors and to our own database, one file per
// subject, as methods of one struct that Temporal knows by their names.
//
// An activity may be cut off at any point and run again, so each one is idempotent. Errors become Temporal's application
// errors in one place, translate, as the last thing an activity does. Nothing here may import the workflows.
package activities
