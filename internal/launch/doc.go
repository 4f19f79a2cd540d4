// Package launch starts executions of our workflows with the right ids, policies, priorities, summaries and search attributes:
// the one place that does, for webhooks, commands and schedules alike.
//
// It decides nothing about what a workflow does, and waits for none.
package launch
