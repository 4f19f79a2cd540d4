// Package rules is the domain: how a NinjaOne record reads in Accelo, what changed since it was last written, and
// what an alert may become. Everything here is a pure function of its arguments.
//
// It may not do I/O, read a clock, log, or import any other package of this module.
package rules
