// Command worker runs the workflows and activities: it polls Temporal until it receives SIGINT or SIGTERM, then lets running
// activities finish and exits. It only wires.
package main
