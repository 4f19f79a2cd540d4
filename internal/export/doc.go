// Package export writes devices as files for Accelo's own asset importer, for deployments whose API makes no assets (contract
// accelo-beyond-docs, "Accelo's asset importer").
//
// It asks no vendor and no database: who uses it brings the rows. Only the files are its business.
package export
