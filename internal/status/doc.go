// Package status reads how the connections stand: what `starter status`, the JSON API and the Integrations page show.
//
// It only reads our own database; it asks no vendor and changes nothing.
package status
