// Package importer brings NinjaOne's organizations, devices and active alerts into Accelo: it stages what both vendors list in the
// database, joins both sides, computes the changes to make (the plan, a value), and applies them record by record.
//
// How a company or an asset is written is decided by the packages company and asset, right before the write. The package starts no
// workflow: the FullImport and ImportOrganization workflows call its steps, and alerts go through the workflow of a live alert. It
// may not import Temporal or activities.
package importer
