// Package program wires what worker and starter share: settings, the database with its migrations, the connection that the
// environment defines, Temporal, the worker, metrics, health and exit codes.
//
// It decides nothing. Only main packages may import it.
package program
