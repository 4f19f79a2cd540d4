// Package status reads the state of the connections for `starter status`, the JSON API and the Integrations page.
//
// It reads only our own database. It may not call a vendor or write anything.
package status
