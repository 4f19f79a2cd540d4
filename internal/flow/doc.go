// Package flow names what the programs agree on with Temporal: workflow types and ids, queries, signals, search
// attributes, and each workflow's input and result. Starters and workers meet here, so that neither imports the other.
//
// It is a leaf: it may import nothing else of this module and may do nothing but name and describe.
package flow
