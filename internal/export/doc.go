// Package export writes devices as CSV files for Accelo's own asset importer, for deployments whose API can't create assets.
//
// It reads NinjaOne, Accelo and our links, and writes files. It may not write to a vendor or change a link.
package export
