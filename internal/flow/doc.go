// Package flow names what the programs agree on with Temporal: workflow types and ids, queries, signals, search
// attributes, and each workflow's input and result. Starters and workers meet here, so that neither imports the other.
//
// It may import internal/rules and nothing else of this module, and it only names and describes.
package flow
