// Command starter is how people and webhooks start things: it connects the vendors, runs imports, reports, and serves HTTP.
// One file per subcommand; the work itself is done by workflows on a worker.
package main
