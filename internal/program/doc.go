// Package program holds what worker and starter have in common when they start: the logger, the database with its
// migrations, the connection that the environment defines, and the way to Temporal.
//
// It may wire and nothing else; it is imported by main packages alone.
package program
