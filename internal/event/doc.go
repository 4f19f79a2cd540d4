// Package event tells what an entry of NinjaOne's activity log means to the alert flows, whether a webhook brought it or a
// walk through the log: one reading for both.
//
// It may neither call anybody nor remember anything.
package event
