// Package launch starts our workflows for webhooks, commands and schedules. internal/flow describes the executions; this package
// adds the options of a start.
//
// It doesn't wait for results and doesn't decide what a workflow does.
package launch
