// Package activities holds the registered activities: the methods of Activities, with their inputs and results. Each is a thin
// shell over the packages that hold the domain.
//
// An activity may be cut off at any point and run again, so each one is idempotent. The interceptor gives all of them
// heartbeats, counts their vendor calls, and turns their errors into Temporal's application errors: activities return plain
// errors. Nothing here may import the workflows.
package activities
