// Package rules is the domain: how a NinjaOne record maps to Accelo, what has changed since it was last synced, and which request an alert
// opens. Every function is pure.
//
// It may not do I/O, read a clock, log, or import any other package of this module.
package rules
