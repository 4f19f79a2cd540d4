// Command worker runs the workflows and activities: it polls Temporal until it is told to stop, then finishes the
// activities that run and exits. It wires, and decides nothing.
package main
