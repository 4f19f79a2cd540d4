// Package flow names what starters and workers agree on: workflow types and ids, signals and queries, inputs and results,
// summaries, search attributes and priorities. Both sides import it, so neither imports the other.
//
// It may import internal/rules and nothing else of this module. It only names and describes: no I/O, no decisions.
package flow
